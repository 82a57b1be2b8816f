import { offsetOf, plannedAt } from '../domain/time.ts'
import { phaseSteps } from '../domain/lookup.ts'
import type { Instant } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'

/**
 * When each step of the phases would begin if everything took its upper estimate: at its own or its phase's
 * time, or when the steps before it are done, whichever is later. T+ counts from the planned start, because
 * this is the plan. Steps before the first stated time are absent.
 */
export function plannedTimes(state: CutoverState): ReadonlyMap<string, Instant> {
  const { beganAt: _real, ...asPlanned } = state
  const times = new Map<string, Instant>()
  let free: Instant | undefined
  let overlapped: Instant | undefined
  for (const id of phaseSteps(state.plan)) {
    const step = state.plan.steps[id]
    // What does not apply was no part of this plan.
    if (step === undefined || state.steps[id]?.status === 'not applicable') continue
    const stated = offsetOf(state.plan, id) === undefined ? null : plannedAt(asPlanned, id)
    const from = step.parallel ? overlapped : free
    const begin = Math.max(stated ?? from ?? Number.NaN, from ?? stated ?? Number.NaN)
    if (Number.isNaN(begin)) continue
    times.set(id, begin)
    overlapped = begin
    // A watch holds nothing up.
    const end = step.kind === 'watch' ? begin : begin + (step.estimate?.highMs ?? 0)
    free = Math.max(end, free ?? end)
  }
  return times
}
