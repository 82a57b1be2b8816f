import { dueChoices } from '../alternatives.ts'
import type { CutoverEvent } from '../events.ts'
import { liveAttempts, planStep, stepState } from '../lookup.ts'
import { isReady, stepsInHand } from '../order.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState, StepStatus } from '../state.ts'
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
  return next === undefined ? [] : [{ type: 'plan advanced', data: { byMs: next.at - now, to: next.id } }]
}
