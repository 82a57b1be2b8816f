import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import { criteriaOf } from '../criteria.ts'
import { gateState, gateStep } from '../lookup.ts'
import { criterionOf, mayCriterion, mayGate } from '../may-gate.ts'
import type { CriterionAction } from '../permissions.ts'
import type { DecideStep, Instant } from '../plan.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { instantOf, plannedAt } from '../time.ts'
import { consent, criterionMatter } from '../two-people.ts'
import { accept, badReason, no, staleStep } from './deciding.ts'
import type { By } from './deciding.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

export const unknownGate = (state: CutoverState, gate: string): Refusal | null =>
  state.gates[gate] === undefined ? refusal('gate unknown', { gate }) : null

function refusedForCriterion(
  state: CutoverState,
  action: CriterionAction,
  gate: string,
  id: string,
  by: By,
): Refusal | null {
  const refused = unknownGate(state, gate)
  if (refused !== null) return refused
  const criterion = criterionOf(state, gate, id)
  if (criterion === undefined) return refusal('criterion unknown', { criterion: id })
  return staleStep(state, gate, by) ?? mayCriterion(state, action, gate, criterion, by.person, by.at)
}

export function confirm(state: CutoverState, command: Of<'confirm'>, by: By): Decision {
  const { gate, criterion } = command
  const refused = refusedForCriterion(state, 'confirm', gate, criterion, by)
  return refused === null ? accept({ type: 'criterion confirmed', data: { gate, criterion } }) : no(refused)
}

export function unconfirm(state: CutoverState, command: Of<'unconfirm'>, by: By): Decision {
  const { gate, criterion, reason } = command
  const refused =
    refusedForCriterion(state, 'unconfirm', gate, criterion, by) ?? badReason('unconfirm', reason)
  if (refused !== null) return no(refused)
  return accept({ type: 'criterion unconfirmed', data: { gate, criterion, reason } })
}

/**
 * `override` with a gate: the criterion counts as met in this round, as long as its answer stays what it is. What
 * takes two people to override as a step takes them here too.
 */
export function overrideCriterion(
  state: CutoverState,
  gate: string,
  command: Of<'override'>,
  by: By,
): Decision {
  const { reason } = command
  const criterion = criterionOfStep(state, gate, command.step) ?? command.step
  const refused = refusedForCriterion(state, 'override', gate, criterion, by)
  if (refused !== null) return no(refused)
  const given = consent(state, criterionMatter(state, gate, criterion), by.person, reason.trim())
  if (given.kind === 'asked already') return no(refusal('second person needed', { action: 'override' }))
  const said = given.kind === 'given' ? given.reason : reason
  const bad = badReason('override', said)
  if (bad !== null) return no(bad)
  if (given.kind === 'ask')
    return accept({
      type: 'second person asked',
      data: { step: gate, action: 'override', reason, criterion },
    })
  const { second, alone } = given
  const people = { ...(second !== undefined && { second }), ...(alone === true && { alone }) }
  const { round } = gateState(state, gate)
  return accept({
    type: 'criterion overridden',
    data: { gate, round, criterion, reason: said, ...people },
  })
}

/** People name the criterion, or the step it looks at. */
function criterionOfStep(state: CutoverState, gate: string, named: string): string | undefined {
  if (state.gates[gate] === undefined) return undefined
  const criteria = criteriaOf(state, gate)
  const found =
    criteria.find((one) => one.id === named) ??
    criteria.find((one) => one.kind === 'step' && one.step === named)
  return found?.id
}

/** A new round: all votes of the one before are void. */
export function round(state: CutoverState, command: Of<'round'>, by: By): Decision {
  const { gate, reason, deadline } = command
  const refused =
    unknownGate(state, gate) ??
    staleStep(state, gate, by) ??
    mayGate(state, 'round', gate, by.person, by.at) ??
    badReason('round', reason)
  if (refused !== null) return no(refused)
  if (deadline !== undefined && deadline <= by.at)
    return no(refusal('time in the past', { what: 'deadline', at: deadline }))
  const planned = deadlineOf(state, gateStep(state, gate), by.at)
  const until = deadline ?? (planned !== undefined && planned > by.at ? planned : undefined)
  return accept({
    type: 'gate opened',
    data: {
      gate,
      round: gateState(state, gate).round + 1,
      ...(until !== undefined && { deadline: until }),
      reason,
    },
  })
}

/**
 * When the round of a gate that opens at `at` must be over. A deadline that had passed before the cutover was
 * scheduled leaves the time that the runbook gave between the gate and its deadline.
 */
export function deadlineOf(state: CutoverState, gate: DecideStep, at: Instant): Instant | undefined {
  if (gate.deadline === undefined) return undefined
  const deadline = instantOf(state, gate.deadline)
  if (deadline === null) return undefined
  if (deadline > state.scheduledAt) return deadline
  const opens = gate.at === undefined ? null : instantOf(state, gate.at)
  const planned = opens ?? plannedBefore(state, gate, deadline)
  return deadline > planned ? at + deadline - planned : undefined
}

function plannedBefore(state: CutoverState, gate: DecideStep, deadline: Instant): Instant {
  const phase = state.plan.phases.find((one) => one.id === gate.phase)
  const planned = phase?.at === undefined ? null : instantOf(state, phase.at)
  return planned ?? plannedAt(state, gate.id) ?? deadline
}
