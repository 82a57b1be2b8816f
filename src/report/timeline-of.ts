import type { CutoverEvent, Recorded } from '../domain/events.ts'
import type { PersonId, Plan } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { distinct } from './actors.ts'
import { afterwardsOf } from './afterwards.ts'
import { decisionRows, verdictRows } from './decision-rows.ts'
import { durationsOf, openStateRows, timesOf } from './durations.ts'
import { remarksOf } from './remarks.ts'
import { historyOf } from './step-histories.ts'
import { stepRows } from './step-rows.ts'
import type { Timeline, TimelineNotice } from './timeline.ts'

export interface TimelineOptions {
  /** Person → display name; a person without one is shown by id. */
  readonly names?: ReadonlyMap<PersonId, string>
  /** The timeline of a rehearsal of the same runbook, for its durations. */
  readonly rehearsal?: Timeline
  /** Hash of the last event, hex. */
  readonly head?: string
  /** For what is still open; by default the time of the last event. */
  readonly now?: number
}

/**
 * The record of a cutover from its events, which may stop anywhere after its opening. Pure: the same events give
 * the same timeline. Throws when the log is broken or empty.
 */
export function timelineOf(events: readonly Recorded[], options: TimelineOptions = {}): Timeline {
  const history = historyOf(events)
  const { state } = history
  const { plan } = state
  const lastAt = events.at(-1)?.at ?? state.openedAt
  const times = timesOf(events, state)
  const steps = stepRows(history, options.rehearsal)
  const now = options.now ?? lastAt
  const openStates = openStateRows(state, now)
  return {
    format: 1,
    cutover: {
      id: state.id,
      title: plan.title,
      runbook: plan.runbook,
      hash: plan.hash,
      environment: plan.environment,
      live: plan.live,
      channel: state.channelName,
      zone: plan.window.zone,
      windowMs: plan.window.lengthMs,
    },
    people: peopleOf(events, state, options.names ?? new Map()),
    outcome: outcomeOf(state),
    status: state.status,
    verdict: verdictRows(state, now),
    times,
    durations: durationsOf({ plan, times, steps, openStates, now }),
    openStates,
    steps,
    decisions: decisionRows(events, plan),
    ...remarksOf(events, plan),
    notices: noticesOf(events, plan),
    ...afterwardsOf(state),
    log: { events: events.length, lastAt, ...(options.head === undefined ? {} : { head: options.head }) },
  }
}

function outcomeOf(state: CutoverState): Timeline['outcome'] {
  switch (state.status) {
    case 'abandoned':
    case 'postponed':
    case 'rolled back':
      return state.status
    case 'closed':
    case 'guarded':
      return state.rollback?.finishedAt === undefined ? 'completed' : 'rolled back'
    case 'scheduled':
    case 'running':
    case 'watching':
    case 'rolling back':
    case 'rollback stopped':
      return 'under way'
  }
}

/** The opener, the holders, and everybody who did something. */
function peopleOf(
  events: readonly Recorded[],
  state: CutoverState,
  names: ReadonlyMap<PersonId, string>,
): Timeline['people'] {
  const acted = events.map(({ actor }) => (actor.kind === 'person' ? actor.person : undefined))
  const holders = Object.entries(state.holders)
  const ids = distinct([state.opener, ...holders.map(([, holder]) => holder.person), ...acted])
  return ids.map((id) => ({
    id,
    name: names.get(id) ?? id,
    roles: holders.filter(([, holder]) => holder.person === id).map(([role]) => role),
  }))
}

function noticesOf(events: readonly Recorded[], plan: Plan): TimelineNotice[] {
  return events.flatMap((event): TimelineNotice[] => {
    if (event.type === 'timeline mailed') return [mailedTimeline(event)]
    if (event.type !== 'notice delivered' && event.type !== 'notice failed') return []
    const { step, audience, medium } = event.data
    const common = { at: event.at, step, title: plan.steps[step]?.title ?? step, audience, medium }
    if (event.type === 'notice failed') {
      return [{ ...common, to: [], text: '', rejected: [], failed: event.data.why }]
    }
    const { to, subject, text, rejected } = event.data
    return [
      {
        ...common,
        to: [...to],
        ...(subject === undefined ? {} : { subject }),
        text,
        rejected: rejected.map((one) => ({ ...one })),
      },
    ]
  })
}

function mailedTimeline({
  at,
  data,
}: Recorded<Extract<CutoverEvent, { type: 'timeline mailed' }>>): TimelineNotice {
  const { audience, to, subject, text, rejected, failed } = data
  return {
    at,
    step: '',
    title: 'How it ended',
    audience,
    medium: 'email',
    to: failed === undefined ? [...to] : [],
    subject,
    text,
    rejected: rejected.map((one) => ({ ...one })),
    ...(failed === undefined ? {} : { failed }),
  }
}
