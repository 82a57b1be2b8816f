import { planStep, stepState } from '../lookup.ts'
import type { NoticeEvent, Recorded } from '../events.ts'
import { noticeKey, outstanding } from '../notices.ts'
import { plannedEnd } from '../promised.ts'
import type { CutoverState, StepState } from '../state.ts'
import { changeStep, touchStep, without } from './patch.ts'
import { succeed } from './effects.ts'
import { sending } from './sending.ts'
import { finish } from './steps.ts'

type Of<Type extends NoticeEvent['type']> = Recorded<Extract<NoticeEvent, { type: Type }>>

export function notices(state: CutoverState, event: Recorded<NoticeEvent>): CutoverState {
  switch (event.type) {
    case 'notice delivered':
      return answered(refusals(heard(state, event), event), event, 'delivered')
    case 'notice failed':
      return answered(state, event, 'failed')
    case 'notice parked':
      return answered(state, event, 'parked')
    case 'notice called for':
      return calledFor(state, event)
    case 'notice drafted': {
      const { step, hash, texts } = event.data
      return changeStep(state, step, event, (own) => ({ ...own, draft: { hash, texts, at: event.at } }))
    }
    case 'notice approved':
      return approved(state, event)
    case 'notice rejected': {
      const { step, reason } = event.data
      return changeStep(state, step, event, (own) => ({
        ...finish(without(own, 'draft'), 'failed', event.at),
        reason: `the draft was rejected: ${reason}`,
      }))
    }
    case 'pager called': {
      const { subject, audience } = event.data
      return { ...state, alerts: { ...state.alerts, [`${audience} ${subject}`]: event.data } }
    }
    case 'update missed':
    case 'timeline posted':
    case 'timeline mailed':
      return state
  }
}

/** A new occasion: whatever became of the one before, this is about the present. */
function calledFor(state: CutoverState, event: Of<'notice called for'>): CutoverState {
  const { step: id, ...called } = event.data
  const definition = planStep(state, id)
  const isRead = definition.kind === 'tell' && definition.approve !== undefined
  const next = changeStep(state, id, event, (step) => ({
    ...without(step, 'draft', 'reason', 'asked', 'lateMs', 'finishedAt', 'refused'),
    status: isRead ? 'due' : 'active',
    dueAt: called.dueAt,
    startedAt: event.at,
    notices: {},
    called,
  }))
  const isLate = definition.kind === 'tell' && definition.occasion?.kind === 'late'
  return isLate ? { ...next, lateForMs: state.extendedMs } : next
}

/** What was read goes out when its time has come, or at once when that is now. */
function approved(state: CutoverState, event: Of<'notice approved'>): CutoverState {
  const { step: id, text } = event.data
  return changeStep(state, id, event, (step) => {
    if (step.draft === undefined) return step
    const said = { by: event.actor, at: event.at, ...(text !== undefined && { text }) }
    const next = { ...step, draft: { ...step.draft, approved: said } }
    return step.status === 'due' ? sending(next, event.at) : next
  })
}

/** Who did not get it, although the notice went out. */
function refusals(state: CutoverState, { data }: Of<'notice delivered'>): CutoverState {
  if (data.rejected.length === 0 || data.late === true) return state
  return touchStep(state, data.step, (step) => ({
    ...step,
    refused: [...(step.refused ?? []), ...data.rejected],
  }))
}

/** What the world outside knows now. */
function heard(state: CutoverState, event: Of<'notice delivered'>): CutoverState {
  const { step: id, audience, told, page, meeting, late } = event.data
  const step = planStep(state, id)
  const occasion = step.kind === 'tell' ? step.occasion : undefined
  const isOff = occasion?.kind === 'postponed' && state.status === 'postponed' && late !== true
  return {
    ...state,
    ...(told !== undefined && {
      told: { ...state.told, [audience]: { ...told, ...(isOff && { postponed: true as const }) } },
    }),
    ...(told !== undefined &&
      occasion?.kind === 'late' && { extendedMs: Math.max(0, told.end - plannedEnd(state)) }),
    ...(page !== undefined && { pages: { ...state.pages, [audience]: { ...page, at: event.at } } }),
    ...(meeting !== undefined && {
      meetings: { ...state.meetings, [occasion?.kind === 'meeting' ? occasion.of : id]: meeting },
    }),
  }
}

/** A notice is done when every medium of every audience has it, and asks when one cannot be reached. */
function answered(
  state: CutoverState,
  event: Of<'notice delivered' | 'notice failed' | 'notice parked'>,
  how: StepState['notices'][string],
): CutoverState {
  const { step: id, audience, medium } = event.data
  if (event.data.late === true) return state
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
