import { forecast } from './forecast.ts'
import type { Instant } from './plan.ts'
import type { CutoverState } from './state.ts'

/** The end as it stands in the last notice that told one; before that the expected end, else that of the window. */
export const promisedEnd = (state: CutoverState): Instant => plannedEnd(state) + state.extendedMs

/** What the runbook promises, counted from the planned start. */
export function plannedEnd({ plan, plannedStart }: CutoverState): Instant {
  const { expectedMs, lengthMs } = plan.window
  return plannedStart + (expectedMs ?? lengthMs)
}

const ROUND_MS = 5 * 60_000

/** When it will be done if all goes as slowly as estimated, up to the next five minutes: what can be promised. */
export function presumedEnd(state: CutoverState, now: Instant): Instant {
  return Math.ceil(forecast(state, now).done.high / ROUND_MS) * ROUND_MS
}
