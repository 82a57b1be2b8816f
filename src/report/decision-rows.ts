import type { CutoverEvent, Recorded } from '../domain/events.ts'
import type { DecideStep, Plan } from '../domain/plan.ts'
import { verdictOf } from '../domain/criteria.ts'
import { CHANGES } from '../domain/team/changes.ts'
import { COMPLETE } from '../domain/plan.ts'
import type { CutoverState, Evidence } from '../domain/state.ts'
import { actorId } from './actors.ts'
import type { Timeline, TimelineDecision, TimelineEvidence } from './timeline.ts'

type Of<Type extends CutoverEvent['type']> = Recorded<Extract<CutoverEvent, { type: Type }>>

/** Every round of every gate, with the votes and what they were cast on, in the order they were opened. */
export function decisionRows(events: readonly Recorded[], plan: Plan): TimelineDecision[] {
  const rounds = new Map<string, TimelineDecision>()
  const change = (
    { gate, round }: { gate: string; round: number },
    next: (row: TimelineDecision) => TimelineDecision,
  ) => {
    const row = rounds.get(`${gate}/${round}`)
    if (row !== undefined) rounds.set(`${gate}/${round}`, next(row))
  }
  for (const event of events) {
    switch (event.type) {
      case 'gate opened':
        rounds.set(`${event.data.gate}/${event.data.round}`, openedRound(event, plan))
        break
      case 'vote cast':
        change(event.data, (row) => ({ ...row, votes: [...row.votes, voteOf(event, plan)] }))
        break
      case 'votes went stale':
        change(event.data, (row) => ({ ...row, votes: staled(row.votes, event, plan) }))
        break
      case 'gate decided':
        change(event.data, (row) => decided(row, event, plan))
        break
      case 'round closed':
        change(event.data, (row) => ({ ...row, outcome: 'closed', at: event.at, took: event.data.why }))
        break
      default:
    }
  }
  return [...rounds.values()]
}

function openedRound(event: Of<'gate opened'>, plan: Plan): TimelineDecision {
  const { gate, round, deadline, reason } = event.data
  return {
    gate,
    title: plan.steps[gate]?.title ?? gate,
    round,
    openedAt: event.at,
    ...(deadline === undefined ? {} : { deadlineAt: deadline }),
    ...(reason === undefined ? {} : { openedFor: reason }),
    votes: [],
    outcome: 'open',
    evidence: [],
  }
}

function voteOf(event: Of<'vote cast'>, plan: Plan): TimelineDecision['votes'][number] {
  const { gate, role, vote, reason, evidence, alone } = event.data
  return {
    person: actorId(event.actor),
    role,
    vote,
    at: event.at,
    ...(reason === undefined ? {} : { reason }),
    alone: alone === true,
    evidence: evidence.map((one) => evidenceOf(one, gate, plan)),
  }
}

function staled(
  votes: TimelineDecision['votes'],
  event: Of<'votes went stale'>,
  plan: Plan,
): TimelineDecision['votes'] {
  const { person } = event.data
  const staleBecause = whyStale(event, plan)
  return votes.map((vote) => {
    const isMeant = vote.vote === 'go' && (person === undefined || vote.person === person)
    return isMeant && vote.staleBecause === undefined ? { ...vote, staleBecause } : vote
  })
}

/** `Free disk turned red`, `observer changed hands`. */
function whyStale({ data }: Of<'votes went stale'>, plan: Plan): string {
  if (data.criterion === CHANGES) return 'a change was allowed during the freeze'
  return data.criterion === undefined
    ? `${data.role} changed hands`
    : `${criterionTitle(data.criterion, data.gate, plan)} turned red`
}

function decided(row: TimelineDecision, event: Of<'gate decided'>, plan: Plan): TimelineDecision {
  const { decision, reason, evidence, took } = event.data
  return {
    ...row,
    outcome: decision,
    at: event.at,
    by: actorId(event.actor),
    ...(reason === undefined ? {} : { reason }),
    ...(took === 'go' ? {} : { took }),
    evidence: evidence.map((one) => evidenceOf(one, row.gate, plan)),
  }
}

function evidenceOf(one: Evidence, gate: string, plan: Plan): TimelineEvidence {
  return {
    criterion: one.criterion,
    title: criterionTitle(one.criterion, gate, plan),
    met: one.met,
    answer: one.answer,
    ...(one.at === undefined ? {} : { at: one.at }),
    overridden: one.overridden === true,
  }
}

/** What success and failure look like at the end; nothing where the runbook names neither. */
export const verdictRows = (state: CutoverState, now: number): Timeline['verdict'] =>
  verdictOf(state, now).map(({ about, ...one }) => ({ ...evidenceOf(one, COMPLETE, state.plan), about }))

/** What a criterion is called where people read it. */
export function criterionTitle(criterion: string, gate: string, plan: Plan): string {
  const step = plan.steps[gate]
  const criteria = step?.kind === 'decide' ? criteriaOf(step, plan) : []
  const found = criteria.find((one) => one.id === criterion)
  if (found?.kind === 'confirm') return found.text
  if (found?.kind === 'rehearsed') return 'Rehearsed'
  if (criterion === CHANGES) return 'Changed during the freeze'
  if (criterion === 'rto' && plan.objectives.rtoMs !== undefined) return 'Restoring fits its objective (RTO)'
  if (criterion === 'rpo' && plan.objectives.rpoMs !== undefined)
    return 'What restoring would lose fits its objective (RPO)'
  const about = found?.kind === 'step' ? found.step : criterion
  return plan.steps[about]?.title ?? about
}

const criteriaOf = (step: DecideStep, plan: Plan) => [
  ...step.criteria,
  ...(step.against ?? []),
  ...plan.success,
  ...plan.failure,
]
