import { planStep, stepState } from '../lookup.ts'
import type { NoticeEvent, Recorded } from '../events.ts'
import { noticeKey, outstanding } from '../notices.ts'
import type { CutoverState } from '../state.ts'
import { changeStep, touchStep } from './patch.ts'
import { succeed } from './effects.ts'
import { finish } from './steps.ts'

type Of<Type extends NoticeEvent['type']> = Recorded<Extract<NoticeEvent, { type: Type }>>

export function notices(state: CutoverState, event: Recorded<NoticeEvent>): CutoverState {
  switch (event.type) {
    case 'notice delivered':
      return answered(state, event, 'delivered')
    case 'notice failed':
      return answered(state, event, 'failed')
    case 'timeline posted':
    case 'timeline mailed':
      return state
  }
}

/** A notice is done when every medium of every audience has it, and asks when one cannot be reached. */
function answered(
  state: CutoverState,
  event: Of<'notice delivered' | 'notice failed'>,
  how: 'delivered' | 'failed',
): CutoverState {
  const { step: id, audience, medium } = event.data
  const definition = planStep(state, id)
  const next = touchStep(state, id, (step) => ({
    ...step,
    notices: { ...step.notices, [noticeKey(audience, medium)]: how },
  }))
  const step = stepState(next, id)
  // People may have gone on without it; a late answer is kept and changes nothing else.
  if (definition.kind !== 'tell' || (step.status !== 'active' && step.status !== 'failed')) return next
  const failed = Object.values(step.notices).includes('failed')
  if (failed) {
    if (step.status === 'failed') return next
    const reason = event.type === 'notice failed' ? event.data.why : 'a notice could not be delivered'
    return changeStep(next, id, event, (one) => ({ ...finish(one, 'failed', event.at), reason }))
  }
  if (outstanding(state.plan, definition, step).length > 0) return next
  return succeed(
    changeStep(next, id, event, (one) => finish(one, 'done', event.at)),
    id,
    event.at,
  )
}
