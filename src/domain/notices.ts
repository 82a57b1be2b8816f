import type { NoticeMedium, ToldTime } from './events.ts'
import { isOver, planStep, stepState } from './lookup.ts'
import { isReady, stepsInHand } from './order.ts'
import { NOTICE_STATUSES } from './permissions.ts'
import type { Instant, Plan, TellStep } from './plan.ts'
import { promisedEnd } from './promised.ts'
import type { CutoverState, StepState } from './state.ts'
import { earliest } from './time.ts'

/** Under this key a step's state holds how one medium of one audience went. */
export const noticeKey = (audience: string, medium: NoticeMedium): string => `${audience}/${medium}`

/** The media of an audience; one that this environment does not name is rendered into the report. */
export function mediaOf(plan: Plan, audience: string): readonly NoticeMedium[] {
  const named = plan.audiences[audience]
  const media: NoticeMedium[] = []
  if (named !== undefined && named.slack.length > 0) media.push('slack')
  if (named !== undefined && named.email.length > 0) media.push('email')
  if (named?.webhook !== undefined) media.push('webhook')
  return media.length === 0 ? ['report'] : media
}

export interface Address {
  readonly audience: string
  readonly medium: NoticeMedium
}

/** Whom a notice goes to now, by which media. A meeting is nobody's business but of those who have the invitation. */
export function addressesOf(plan: Plan, tell: TellStep, state: StepState): readonly Address[] {
  const to = tell.occasion === undefined ? tell.to : (state.called?.to ?? tell.to)
  const all = to.flatMap((audience) => mediaOf(plan, audience).map((medium) => ({ audience, medium })))
  return tell.occasion?.kind === 'meeting'
    ? all.filter(({ medium }) => medium === 'email' || medium === 'report')
    : all
}

/** What of a notice is still to go out: everything that is neither delivered nor failed. */
export function outstanding(plan: Plan, tell: TellStep, state: StepState): readonly Address[] {
  return addressesOf(plan, tell, state).filter(
    ({ audience, medium }) =>
      state.notices[noticeKey(audience, 'report')] === undefined &&
      state.notices[noticeKey(audience, medium)] === undefined,
  )
}

/** What a notice tells of the time when it is written now. */
export const toldNow = (state: CutoverState, called: StepState['called']): ToldTime => ({
  start: state.plannedStart,
  end: called?.end ?? promisedEnd(state),
})

/** So long before its time the text of a planned notice is shown to whoever approves it. */
export const DRAFT_AHEAD_MS = 30 * 60_000

/** From when on somebody is asked to approve a notice that is planned and not due yet; null: its turn is not near. */
export function draftFrom(state: CutoverState, id: string): Instant | null {
  const step = planStep(state, id)
  if (step.kind !== 'tell' || step.approve === undefined || step.place !== 'plan') return null
  if (stepState(state, id).status !== 'pending' || !stepsInHand(state).includes(id) || !isReady(state, id))
    return null
  const from = earliest(state, id)
  return from === null ? null : from - DRAFT_AHEAD_MS
}

/** A text that somebody has to approve is to be written: it is due or nearly, and there is none. */
export function wantsDraft(state: CutoverState, id: string, now: Instant): boolean {
  const step = state.plan.steps[id]
  if (step?.kind !== 'tell' || step.approve === undefined || !isSeenTo(state, step)) return false
  const own = stepState(state, id)
  if (own.draft !== undefined) return false
  const from = draftFrom(state, id)
  return own.status === 'due' || (from !== null && from <= now)
}

const isSeenTo = ({ status }: CutoverState, { place }: TellStep): boolean =>
  place === 'notice' ? NOTICE_STATUSES.includes(status) : !isOver(status)

/** A draft that nobody has approved or rejected. */
export const asksForApproval = ({ status, draft }: StepState): boolean =>
  (status === 'due' || status === 'pending') && draft !== undefined && draft.approved === undefined
