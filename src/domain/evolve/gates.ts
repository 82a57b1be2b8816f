import { gateState, personOf } from '../lookup.ts'
import type { GateEvent, Recorded } from '../events.ts'
import type { CutoverState, GateState, Vote } from '../state.ts'
import { answerOf } from '../criteria.ts'
import { isCarried } from '../votes.ts'
import { weighed } from '../team/changes.ts'
import { changeGate, changeStep, without } from './patch.ts'
import { finish } from './steps.ts'

type Of<Type extends GateEvent['type']> = Recorded<Extract<GateEvent, { type: Type }>>

export function gates(state: CutoverState, event: Recorded<GateEvent>): CutoverState {
  switch (event.type) {
    case 'gate opened':
      return gateOpened(state, event)
    case 'criterion confirmed': {
      const { gate, criterion } = event.data
      const confirmation = { by: event.actor, at: event.at }
      return changeGate(state, gate, (one) => ({
        ...one,
        confirmed: { ...one.confirmed, [criterion]: confirmation },
      }))
    }
    case 'criterion unconfirmed':
      return unconfirmed(state, event)
    case 'criterion overridden':
      return overridden(state, event)
    case 'vote cast':
      return voteCast(state, event)
    case 'votes went stale':
      return wentStale(state, event)
    case 'go given':
      return changeGate(state, event.data.gate, (one) => ({ ...one, goGivenAt: event.at }))
    case 'gate decided':
      return decided(state, event)
    case 'round closed':
      return roundClosed(state, event)
  }
}

function gateOpened(state: CutoverState, event: Of<'gate opened'>): CutoverState {
  const { gate, round, deadline } = event.data
  const voters = Object.entries(state.holders).map(([role, holder]) => [
    role,
    holder.backup === undefined ? [holder.person] : [holder.person, holder.backup],
  ])
  const next = changeGate(state, gate, (one) => ({
    ...without(one, 'deadline', 'goGivenAt', 'decision', 'closedBecause'),
    round,
    open: true,
    openedAt: event.at,
    ...(deadline !== undefined && { deadline }),
    voters: Object.fromEntries(voters),
    overridden: {},
    overrideAsked: {},
  }))
  return changeStep(next, gate, event, (step) => ({
    ...without(step, 'reason', 'finishedAt', 'asked'),
    status: 'active',
    dueAt: step.dueAt ?? event.at,
    startedAt: step.startedAt ?? event.at,
  }))
}

function unconfirmed(state: CutoverState, event: Of<'criterion unconfirmed'>): CutoverState {
  const { gate, criterion } = event.data
  const next = changeGate(state, gate, (one) => {
    const rest = Object.entries(one.confirmed).filter(([id]) => id !== criterion)
    return { ...one, confirmed: Object.fromEntries(rest) }
  })
  return changeStep(next, gate, event, (step) => step)
}

function overridden(state: CutoverState, event: Of<'criterion overridden'>): CutoverState {
  const { gate, criterion, reason } = event.data
  const override = { by: event.actor, reason, answer: answerOf(state, gate, criterion) }
  return changeGate(state, gate, (one) => ({
    ...one,
    overridden: { ...one.overridden, [criterion]: override },
  }))
}

function voteCast(state: CutoverState, event: Of<'vote cast'>): CutoverState {
  const { gate, round, vote, role, reason, evidence, alone } = event.data
  const person = personOf(event.actor)
  if (person === null) return state
  const cast: Vote & { round: number } = {
    person,
    role,
    vote,
    at: event.at,
    ...(reason !== undefined && { reason }),
    evidence,
    ...(alone === true && { alone }),
    round,
  }
  return changeGate(state, gate, (one) => ({ ...one, votes: [...one.votes, cast] }))
}

function wentStale(state: CutoverState, event: Of<'votes went stale'>): CutoverState {
  const { gate, round, criterion, role, person } = event.data
  const because =
    criterion === undefined ? { staleBecause: role, staleByRole: true as const } : { staleBecause: criterion }
  const stale = (vote: GateState['votes'][number]): GateState['votes'][number] => {
    const isMeant = vote.round === round && (person === undefined || vote.person === person)
    return isMeant && vote.staleBecause === undefined ? { ...vote, ...because } : vote
  }
  const next = changeGate(state, gate, (one) => ({ ...one, votes: one.votes.map(stale) }))
  // One vote less may leave enough of them.
  const stands = isCarried(next, gate)
  const after = stands ? next : changeGate(next, gate, (one) => without(one, 'goGivenAt'))
  return changeStep(after, gate, event, (step) => step)
}

function decided(state: CutoverState, event: Of<'gate decided'>): CutoverState {
  const { gate, round, decision, reason, evidence } = event.data
  const next = changeGate(state, gate, (one) => ({
    ...without(one, 'closedBecause'),
    open: false,
    decision: {
      round,
      decision,
      at: event.at,
      by: event.actor,
      ...(reason !== undefined && { reason }),
      evidence,
    },
  }))
  return changeStep(decision === 'go' ? weighed(next, gate) : next, gate, event, (step) => ({
    ...finish(step, decision === 'go' ? 'done' : 'failed', event.at),
    ...(decision === 'no-go' && { reason: reason ?? 'NO-GO' }),
  }))
}

const WHY_CLOSED = {
  deadline: 'the deadline passed without a decision',
  rollback: 'the cutover is rolled back',
  postponed: 'the cutover was postponed',
} as const satisfies Record<Of<'round closed'>['data']['why'], string>

function roundClosed(state: CutoverState, event: Of<'round closed'>): CutoverState {
  const { gate, why } = event.data
  const before = gateState(state, gate)
  if (!before.open) return state
  const next = changeGate(state, gate, (one) => ({
    ...without(one, 'goGivenAt'),
    open: false,
    closedBecause: why,
  }))
  return changeStep(next, gate, event, (step) => ({
    ...finish(step, 'failed', event.at),
    reason: WHY_CLOSED[why],
  }))
}
