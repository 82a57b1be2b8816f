import { noGoIsTold } from '../advance/notices.ts'
import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import { evidenceOf, lookable } from '../criteria.ts'
import type { CutoverEvent } from '../events.ts'
import { gateState, gateStep, isComplete, openStates, mutationsInForce } from '../lookup.ts'
import { mayGate } from '../may-gate.ts'
import { mayCutover } from '../may.ts'
import type { Instant, NoGo } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { isCarried, mayTurnBack, roleOfVote, standsAlone, votersOf } from '../votes.ts'
import { accept, badText, foresee, no, staleStep } from './deciding.ts'
import type { By } from './deciding.ts'
import { unknownGate } from './gate.ts'
import { rollbackEvents } from './rollback.ts'
import { abandonEvents, heldEvents, postponeEvents } from './stops.ts'

type Vote = Extract<PersonCommand, { type: 'vote' }>

export function vote(state: CutoverState, command: Vote, by: By): Decision {
  const refused = unknownGate(state, command.gate) ?? badText('reason', command.reason ?? '')
  if (refused !== null) return no(refused)
  return command.vote === 'go' ? go(state, command, by) : noGo(state, command, by)
}

function go(state: CutoverState, command: Vote, by: By): Decision {
  const { gate } = command
  const refused: Refusal | null = staleStep(state, gate, by) ?? mayGate(state, 'go', gate, by.person, by.at)
  if (refused !== null) return no(refused)
  const cast = castVote(state, command, by)
  const after = foresee(state, [cast], by.actor, by.at)
  if (!isCarried(after, gate)) return accept(cast)
  const { round } = gateState(after, gate)
  if (lookable(after, gate).length > 0) return accept(cast, { type: 'go given', data: { gate, round } })
  return accept(cast, ...goDecided(after, gate, by.at))
}

function castVote(state: CutoverState, command: Vote, by: By): CutoverEvent {
  const { gate, vote, reason } = command
  const isAlone = vote === 'go' && standsAlone(state, gate, by.person)
  const held = Object.entries(state.holders).find(([, holder]) => holder.person === by.person)?.[0]
  const role = vote === 'go' ? roleOfVote(state, gate, by.person) : held
  return {
    type: 'vote cast',
    data: {
      gate,
      round: gateState(state, gate).round,
      vote,
      role: role ?? held ?? by.person,
      ...(reason !== undefined && reason.trim() !== '' && { reason }),
      evidence: evidenceOf(state, gate, by.at),
      ...(isAlone && { alone: true }),
    },
  }
}

/** GO takes effect, with the evidence of this moment. */
export function goDecided(state: CutoverState, gate: string, at: Instant): readonly CutoverEvent[] {
  const { round } = gateState(state, gate)
  const decided: CutoverEvent = {
    type: 'gate decided',
    data: { gate, round, decision: 'go', evidence: evidenceOf(state, gate, at), took: 'go' },
  }
  const completes = isComplete(gate) && state.status === 'watching'
  if (!completes) return [decided]
  // A rehearsal that moves forward does not sit the guard out.
  const until = state.realTime ? at + state.plan.guardMs : at
  return [decided, { type: 'cutover guarded', data: { until } }]
}

/** One NO-GO is enough, from an old button too. It closes the round for good and takes the gate's `no_go`. */
function noGo(state: CutoverState, command: Vote, by: By): Decision {
  const { gate } = command
  const refused = mayGate(state, 'no-go', gate, by.person, by.at)
  if (refused !== null) return no(refused)
  const cast = castVote(state, command, by)
  const reason = command.reason?.trim() ?? ''
  const evidence = evidenceOf(state, gate, by.at)
  const { round } = gateState(state, gate)
  const decided = (took: NoGo): CutoverEvent => ({
    type: 'gate decided',
    data: { gate, round, decision: 'no-go', ...(reason !== '' && { reason }), evidence, took },
  })
  const after = foresee(state, [cast, decided('hold')], by.actor, by.at)
  const words = reason === '' ? `NO-GO on ${gateStep(state, gate).title}` : `NO-GO: ${reason}`
  const { took, events } = consequence(after, gateStep(state, gate).noGo, words, by)
  return accept(cast, decided(took), ...events, ...noGoIsTold(state, gate, by.at))
}

type Consequence = { readonly took: NoGo; readonly events: readonly CutoverEvent[] }

/** What the runbook asks for, or hold where the state refuses that. */
function consequence(state: CutoverState, wanted: NoGo, reason: string, by: By): Consequence {
  const held: Consequence = { took: 'hold', events: heldEvents(state, reason, 'no-go') }
  switch (wanted) {
    case 'hold':
      return held
    case 'postpone': {
      if (mayCutover(state, 'postpone', undefined) !== null) return held
      return { took: 'postpone', events: postponeEvents(state, reason) }
    }
    case 'abandon': {
      const leavesNothing = openStates(state).length === 0 && mutationsInForce(state).length === 0
      if (!leavesNothing || mayCutover(state, 'abandon', undefined) !== null) return held
      return { took: 'abandon', events: abandonEvents(state, reason, [], by.at) }
    }
    case 'rollback': {
      const alone = mayTurnBack(state.plan.rollback.approvers, votersOf(state.holders), [by.person])
      // Which of several ways back is a decision of its own: the card offers it.
      const { options } = state.plan.rollback
      if (!alone || options.length > 1 || mayCutover(state, 'rollback', undefined) !== null) return held
      return { took: 'rollback', events: rollbackEvents(state, { reason }, 'wait', options[0]) }
    }
  }
}
