import type { Instant } from '../plan.ts'
import type { StepState } from '../state.ts'

/** Its turn has come: what was delivered before stays delivered. */
export function sending(step: StepState, at: Instant): StepState {
  const delivered = Object.entries(step.notices).filter(([, how]) => how === 'delivered')
  return {
    ...step,
    status: 'active',
    startedAt: step.startedAt ?? at,
    notices: Object.fromEntries(delivered),
  }
}
