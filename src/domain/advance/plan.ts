import { dueChoices } from '../alternatives.ts'
import type { CutoverEvent } from '../events.ts'
import { liveAttempts, planStep, stepState } from '../lookup.ts'
import { isReady, stepsInHand } from '../order.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState, DurationMs, StepStatus } from '../state.ts'
import { advanced } from '../evolve/life.ts'
import { earliest } from '../time.ts'

/** Somebody or something is at it, or must be. */
const BUSY: readonly StepStatus[] = ['due', 'active', 'failed', 'unknown']

/**
 * A rehearsal does not wait for the clock: when nothing is due and nothing runs, its plan moves forward to the
 * next planned time. Never on live.
 */
export function planMovesOn(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  if (state.plan.live || state.realTime || state.held !== undefined) return []
  const steps = stepsInHand(state)
  const isBusy = steps.some((id) => BUSY.includes(stepState(state, id).status))
  const isAsked = dueChoices(state, now).length > 0
  const gateOpen = Object.values(state.gates).some((gate) => gate.open)
  if (isBusy || isAsked || gateOpen || liveAttempts(state).length > 0) return []
  const next = steps
    .filter((id) => planStep(state, id).place === 'plan' && stepState(state, id).status === 'pending')
    .filter((id) => isReady(state, id))
    .map((id) => ({ id, at: earliest(state, id) }))
    .filter((one): one is { id: string; at: Instant } => one.at !== null && one.at > now)
    .sort((one, other) => one.at - other.at)[0]
  if (next === undefined) return []
  return [{ type: 'plan advanced', data: { byMs: byUntilDue(state, next.id, now), to: next.id } }]
}

/** More moves than there are quarters of an hour in a month. */
const MOVES_MAX = 3_000

/**
 * How far everything moves until the time of this step has come. What is planned for a wall clock stays where it is until
 * T-0 is on another day, so that the distance is not simply the time until then.
 */
function byUntilDue(state: CutoverState, id: string, now: Instant): DurationMs {
  let byMs = 0
  for (let moves = 0; moves < MOVES_MAX; moves += 1) {
    const at = earliest(byMs === 0 ? state : advanced(state, byMs), id)
    if (at === null || at <= now) break
    byMs += at - now
  }
  return byMs
}
