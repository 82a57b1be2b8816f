import type { Actor } from '../domain/events.ts'
import { isSatisfied, personOf } from '../domain/lookup.ts'
import type { Instant, PersonId } from '../domain/plan.ts'
import type { AttemptState, CutoverState, Holder } from '../domain/state.ts'
import { promisedEnd } from '../domain/promised.ts'
import { instantOf, plannedAt } from '../domain/time.ts'
import { meetingOf, updateOf } from './context-of-occasion.ts'
import { downtimeMs } from './downtime.ts'
import type { NoticeContext, NoticePerson } from './notice-context.ts'

export interface ContextOptions {
  /** Display name of a person; the id where nobody knows one. */
  readonly nameOf: (person: PersonId) => string
  readonly now: Instant
  /** The notice that is written: what called for it is part of what it says. */
  readonly step?: string
  readonly forecast?: { readonly earliest: Instant; readonly latest: Instant }
}

/** What a notice may say about a cutover as it is now. Pure. */
export function noticeContextOf(state: CutoverState, options: ContextOptions): NoticeContext {
  const { now, nameOf, forecast } = options
  const { plan, plannedStart, holders } = state
  const person = (id: PersonId): NoticePerson => ({ id, name: nameOf(id) })
  const held = Object.keys(plan.roles).flatMap((role) => {
    const holder: Holder | undefined = holders[role]
    return holder === undefined
      ? []
      : [{ role, title: plan.roles[role]?.title ?? role, person: person(holder.person) }]
  })
  const windowEnd = plannedStart + plan.window.lengthMs
  const called = options.step === undefined ? undefined : state.steps[options.step]?.called
  return {
    now,
    cutover: {
      id: state.id,
      title: plan.title,
      runbook: plan.runbook,
      environment: plan.environment,
      rehearsal: !plan.live,
      target: plan.rollback.name,
      state: state.status,
      postponed: state.status === 'postponed',
    },
    window: {
      start: plannedStart,
      end: windowEnd,
      length: plan.window.lengthMs,
      freeze: plan.window.freezeMs,
      zone: plan.window.zone,
    },
    planned: { start: plannedStart, end: called?.end ?? promisedEnd(state) },
    contacts: plan.contacts,
    ...(called?.was === undefined ? {} : { before: { start: called.was.start, end: called.was.end } }),
    ...updateOf(state, options),
    ...meetingOf(state, options.step),
    ...(forecast === undefined ? {} : { forecast }),
    lead: person(holders['lead']?.person ?? state.opener),
    opener: person(state.opener),
    holders: Object.fromEntries(held.map(({ role, title, person }) => [role, { title, person }])),
    people: held,
    ...openAndClosed(state, now),
    ...whatHappened(state, person),
    ...whatComes(state, now),
    ...measured(state),
    channel: { name: state.channelName },
    links: Object.entries(plan.links)
      .filter(([, url]) => /^https?:\/\//.test(url))
      .map(([title, url]) => ({ title, url })),
  }
}

function openAndClosed(
  state: CutoverState,
  now: Instant,
): Pick<NoticeContext, 'open' | 'closed' | 'downtime'> {
  const length = downtimeMs(state.openings, now)
  const rows = state.openings.map(({ name, openedAt, closedAt }) => ({
    isOpen: closedAt === undefined,
    row: { name, since: openedAt, length: Math.max(0, (closedAt ?? now) - openedAt) },
  }))
  return {
    open: rows.filter(({ isOpen }) => isOpen).map(({ row }) => row),
    closed: rows.filter(({ isOpen }) => !isOpen).map(({ row }) => row),
    ...(length === 0 ? {} : { downtime: { length } }),
  }
}

type People = (id: PersonId) => NoticePerson

function actorOf(actor: Actor, person: People): NoticePerson {
  const id = personOf(actor)
  return id === null ? { id: 'cutover', name: 'Cutover' } : person(id)
}

function whatHappened(
  state: CutoverState,
  person: People,
): Pick<NoticeContext, 'started' | 'decision' | 'reason' | 'rollback' | 'completed'> {
  const { startedAt, completedAt, rollback, held } = state
  const decision = latestDecision(state, person)
  const reason = held ?? state.putOff ?? decision?.refused
  return {
    ...(startedAt === undefined ? {} : { started: { at: startedAt } }),
    ...(decision === undefined ? {} : { decision: decision.shown }),
    ...(reason === undefined ? {} : { reason: { text: reason.reason, by: actorOf(reason.by, person) } }),
    ...(rollback === undefined
      ? {}
      : {
          rollback: {
            since: rollback.startedAt,
            by: actorOf(rollback.by, person),
            reason: rollback.reason,
            ...(rollback.finishedAt === undefined
              ? {}
              : { finished: { at: rollback.finishedAt, took: rollback.finishedAt - rollback.startedAt } }),
          },
        }),
    ...(completedAt === undefined
      ? {}
      : {
          completed: {
            at: completedAt,
            took: Math.max(0, completedAt - (state.beganAt ?? startedAt ?? completedAt)),
          },
        }),
  }
}

function latestDecision(state: CutoverState, person: People) {
  const [latest] = Object.entries(state.gates)
    .flatMap(([id, gate]) => (gate.decision === undefined ? [] : [{ id, gate, decision: gate.decision }]))
    .toSorted((a, b) => b.decision.at - a.decision.at)
  if (latest === undefined) return undefined
  const { id, gate, decision } = latest
  const voters = gate.votes.filter(
    (vote) =>
      vote.round === decision.round && vote.vote === decision.decision && vote.staleBecause === undefined,
  )
  const outcome: 'GO' | 'NO-GO' = decision.decision === 'go' ? 'GO' : 'NO-GO'
  const people = [...new Set(voters.map((vote) => vote.person))].map(person)
  return {
    shown: { gate: state.plan.steps[id]?.title ?? id, outcome, at: decision.at, people },
    refused:
      outcome === 'NO-GO' && decision.reason !== undefined
        ? { reason: decision.reason, by: decision.by }
        : undefined,
  }
}

function whatComes(state: CutoverState, now: Instant): Pick<NoticeContext, 'watch' | 'next'> {
  const { plan, steps } = state
  const isOver = (id: string) => isSatisfied(steps[id]?.status ?? 'pending')
  const watches = Object.values(plan.steps).flatMap((step) => {
    const start = steps[step.id]?.startedAt ?? plannedAt(state, step.id)
    if (step.kind !== 'watch' || isOver(step.id) || start === null) return []
    return [{ start, end: start + step.forMs, length: step.forMs }]
  })
  const phases = plan.phases.flatMap((phase) => {
    const start = phase.at === undefined ? null : instantOf(state, phase.at)
    return start === null || start <= now || phase.steps.every(isOver) ? [] : [{ title: phase.title, start }]
  })
  const [watch] = watches.toSorted((a, b) => a.start - b.start)
  const [next] = phases.toSorted((a, b) => a.start - b.start)
  return { ...(watch === undefined ? {} : { watch }), ...(next === undefined ? {} : { next }) }
}

/** What the last successful runs of these actions gave; facts under other names are not looked at. */
function measured(state: CutoverState): Pick<NoticeContext, 'backup' | 'copied' | 'compared' | 'written'> {
  const backup = lastRun(state, (uses) => uses.endsWith('.backup'))
  const copy = lastRun(state, (uses) => uses.endsWith('.copy'))
  const comparison = lastRun(state, (uses) => uses === 'compare')
  const size = count(backup, 'bytes')
  const copied = count(copy, 'rows')
  const compared = count(comparison, 'rows')
  const differences = count(comparison, 'differences')
  return {
    ...(size === undefined ? {} : { backup: { size, took: tookOf(backup) } }),
    ...(copied === undefined ? {} : { copied: { rows: copied, took: tookOf(copy) } }),
    ...(compared === undefined || differences === undefined
      ? {}
      : { compared: { rows: compared, differences, took: tookOf(comparison) } }),
    ...writtenSince(state),
  }
}

function writtenSince(state: CutoverState): Pick<NoticeContext, 'written'> {
  const attempt = lastRun(state, (uses) => uses === 'pg.written-since')
  const marked = attempt?.facts?.['since']
  const since = typeof marked === 'string' ? Date.parse(marked) : NaN
  const [rows, replaced, tables] = ['rows', 'replaced', 'tables'].map((fact) => count(attempt, fact))
  if (attempt === undefined || rows === undefined || replaced === undefined || tables === undefined) return {}
  return Number.isNaN(since)
    ? {}
    : { written: { rows, replaced, tables, since, until: attempt.dispatchedAt } }
}

function lastRun(state: CutoverState, isOne: (uses: string) => boolean): AttemptState | undefined {
  return Object.values(state.attempts)
    .filter(({ step, outcome }) => {
      const definition = state.plan.steps[step]
      return definition?.kind === 'run' && isOne(definition.work.uses) && outcome === 'succeeded'
    })
    .toSorted((a, b) => a.dispatchedAt - b.dispatchedAt)
    .at(-1)
}

function count(attempt: AttemptState | undefined, fact: string): number | undefined {
  const value = attempt?.facts?.[fact]
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}

function tookOf(attempt: AttemptState | undefined): number {
  return Math.round(attempt?.durationMs ?? 0)
}
