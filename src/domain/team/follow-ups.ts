import { perPlan } from '../per-plan.ts'
import type { Criterion, Instant, Plan } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { belongsToMigration, instantOf } from '../time.ts'
import type { TeamEvent } from './events.ts'
import type { FollowUpPlan } from './plan.ts'
import type { FollowUp } from './state.ts'

const DAY_MS = 24 * 60 * 60_000
const WEEK_MS = 7 * DAY_MS

export const REVIEW = 'review-runbook'

/** Those of the runbook open when their time has come: before a live run at once, the others at completion. */
export function followUpsOpen(state: CutoverState, now: Instant): readonly TeamEvent[] {
  const known = new Set(state.followUps.map(({ id }) => id))
  const due = state.plan.followUps.filter(
    (one) => !known.has(one.id) && (one.beforeLive ? isComing(state) : isCompleted(state)),
  )
  const opened = due.map((one): TeamEvent => ({
    type: 'follow-up opened',
    data: {
      followUp: one.id,
      title: one.title,
      owner: one.owner,
      dueAt: plannedDue(state, one) ?? (one.beforeLive ? state.plannedStart - DAY_MS : now + WEEK_MS),
      source: 'runbook',
    },
  }))
  const { live, reviewAfterLive } = state.plan
  const wantsReview = live && reviewAfterLive && !known.has(REVIEW)
  const isSettled = isCompleted(state) || (state.status === 'closed' && state.rollback !== undefined)
  return wantsReview && isSettled ? [...opened, review(state, now)] : opened
}

const isComing = ({ plan, status }: CutoverState): boolean =>
  plan.live && (status === 'scheduled' || status === 'running')

/** What was turned back leaves nothing to do that the runbook could have known. */
const isCompleted = ({ status, completedAt }: CutoverState): boolean =>
  completedAt !== undefined && (status === 'guarded' || status === 'closed')

const review = (state: CutoverState, now: Instant): TeamEvent => ({
  type: 'follow-up opened',
  data: {
    followUp: REVIEW,
    title: `Review the runbook ${state.plan.runbook}: measured times, deviations, what was learnt`,
    owner: state.plan.roles['lead'] === undefined ? state.plan.owner : 'lead',
    dueAt: now + WEEK_MS,
    source: 'review',
  },
})

function plannedDue(state: CutoverState, { due }: FollowUpPlan): Instant | null {
  if (due === undefined) return null
  return due.kind === 'date' ? due.at : instantOf(state, due)
}

/** A time of the runbook moves with the cutover; one that somebody gave stays. */
export function dueOf(state: CutoverState, followUp: FollowUp): Instant {
  const planned = state.plan.followUps.find(({ id }) => id === followUp.id)
  return (planned === undefined ? null : plannedDue(state, planned)) ?? followUp.dueAt
}

export const openFollowUps = (state: CutoverState): readonly FollowUp[] =>
  state.followUps.filter(({ closed }) => closed === undefined)

/** Its owner is reminded when it is due, then after a day, two, four, and every week, until it is closed. */
export function remindAt(state: CutoverState, followUp: FollowUp): Instant {
  const { reminders, remindedAt } = followUp
  if (remindedAt === undefined) return dueOf(state, followUp)
  return remindedAt + Math.min(DAY_MS * 2 ** (reminders - 1), WEEK_MS)
}

/** A rehearsal shows what would be left to do and reminds nobody of it. */
const reminded = (state: CutoverState): readonly FollowUp[] => (state.plan.live ? openFollowUps(state) : [])

export const followUpsRemind = (state: CutoverState, now: Instant): readonly TeamEvent[] =>
  reminded(state)
    .filter((one) => remindAt(state, one) <= now)
    .map(({ id }) => ({ type: 'follow-up reminded', data: { followUp: id } }))

export const followUpTimes = (state: CutoverState): readonly Instant[] =>
  reminded(state).map((one) => remindAt(state, one))

/** Gates that let a live migration begin: those before T-0, or the first one where all come later. */
export const gatesBeforeLive = perPlan((plan): readonly string[] => {
  const gates = plan.phases.flatMap(({ steps }) => steps).filter((id) => plan.steps[id]?.kind === 'decide')
  const before = gates.filter((id) => !belongsToMigration(plan, id))
  return before.length > 0 ? before : gates.slice(0, 1)
})

/** What must be done before a live run stands on its gates as criteria of their own. */
export function followUpCriteria(plan: Plan, gate: string): readonly Criterion[] {
  if (!plan.live || !gatesBeforeLive(plan).includes(gate)) return []
  return plan.followUps
    .filter(({ beforeLive }) => beforeLive)
    .map(({ id }) => ({ kind: 'follow-up', id: `follow-up-${id}`, followUp: id }))
}

export function followUpShown(
  state: CutoverState,
  id: string,
): { readonly met: boolean; readonly answer: string; readonly at?: Instant } {
  const closed = state.followUps.find((one) => one.id === id)?.closed
  if (closed === undefined) return { met: false, answer: 'still to be done' }
  const why = closed.text === undefined ? '' : `: ${closed.text}`
  return { met: true, answer: `${closed.waived ? 'waived' : 'done'}${why}`, at: closed.at }
}
