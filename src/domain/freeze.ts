import type { Instant } from './plan.ts'
import type { CutoverState } from './state.ts'

/** From when on nothing else may change, by the runbook's `window.freeze`; null where it asks for none. */
export const freezeFrom = ({ plan, plannedStart }: CutoverState): Instant | null =>
  plan.window.freezeMs === 0 ? null : plannedStart - plan.window.freezeMs

/** Whether it is on now: until everything is changed, given up, or put off. */
export function isFrozen(state: CutoverState, now: Instant): boolean {
  const from = freezeFrom(state)
  const isAhead = state.status === 'scheduled' || state.status === 'running'
  return from !== null && from <= now && isAhead
}
