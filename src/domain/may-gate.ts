import type { Refusal } from './commands.ts'
import { criteriaOf, evidenceOf, unmet } from './criteria.ts'
import { gateState, gateStep, isComplete, planStep } from './lookup.ts'
import { inStatus } from './may.ts'
import { openBefore } from './order.ts'
import { holds, isHolder, isLead, leadOf } from './people.ts'
import { CRITERION_RULES, GATE_RULES } from './permissions.ts'
import type { CriterionAction, GateAction } from './permissions.ts'
import type { Criterion, Instant, PersonId } from './plan.ts'
import { nameOf, refusal } from './refusals.ts'
import type { CutoverState } from './state.ts'
import { roleOfVote, standingVotes, standsAlone } from './votes.ts'

/** Null when the action may be taken on this gate now, or why not. */
export function mayGate(
  state: CutoverState,
  action: GateAction,
  gate: string,
  person: PersonId | undefined,
  now: Instant,
): Refusal | null {
  const rule = GATE_RULES[action]
  const wrongStatus = inStatus(state, action, isComplete(gate) ? rule.complete : rule.plan)
  if (wrongStatus !== null) return wrongStatus
  switch (action) {
    case 'go':
      return mayGo(state, gate, person, now)
    case 'no-go':
      return mayNoGo(state, gate, person)
    case 'round':
      return mayOpenRound(state, gate, person)
  }
}

function mayGo(
  state: CutoverState,
  gate: string,
  person: PersonId | undefined,
  now: Instant,
): Refusal | null {
  const { open } = gateState(state, gate)
  if (!open) return notOpen(state, gate)
  const waiting = openBefore(state, gate).map((id) => planStep(state, id).title)
  const missing = isComplete(gate) ? [] : waiting
  const red = unmet(evidenceOf(state, gate, now)).map((one) => `${one.criterion} (${one.answer})`)
  const obstacles = [...missing, ...red]
  if (obstacles.length > 0) return refusal('criteria not met', { open: obstacles })
  return person === undefined ? null : mayPersonGo(state, gate, person)
}

function mayPersonGo(state: CutoverState, gate: string, person: PersonId): Refusal | null {
  if (standingVotes(state, gate).some((vote) => vote.person === person))
    return refusal('already voted', { title: gateStep(state, gate).title })
  if (standsAlone(state, gate, person) && isHolder(state, person)) return null
  if (roleOfVote(state, gate, person) !== null) return null
  const { approvers } = gateStep(state, gate)
  const gained = Object.keys(approvers).find((role) => holds(state, person, role))
  if (gained !== undefined) return refusal('votes next round', { role: gained })
  return isHolder(state, person)
    ? refusal('not approver', { roles: Object.keys(approvers) })
    : refusal('not holder', { action: 'go' })
}

function mayNoGo(state: CutoverState, gate: string, person: PersonId | undefined): Refusal | null {
  const { open, closedBecause } = gateState(state, gate)
  // After a deadline the question is still there, and its answer is the lead's.
  const lapsed = closedBecause === 'deadline'
  if (!open && !lapsed) return notOpen(state, gate)
  if (person === undefined || (open && isHolder(state, person))) return null
  if (open) return refusal('not holder', { action: 'no-go' })
  return byLead(state, 'no-go', person)
}

function mayOpenRound(state: CutoverState, gate: string, person: PersonId | undefined): Refusal | null {
  const { round, decision } = gateState(state, gate)
  if (round === 0 || decision?.decision === 'go') return notOpen(state, gate)
  return person === undefined ? null : byLead(state, 'round', person)
}

function byLead(state: CutoverState, action: string, person: PersonId): Refusal | null {
  if (isLead(state, person)) return null
  const lead = leadOf(state)
  return refusal('not lead', { action, ...(lead !== undefined && { lead }) })
}

function notOpen(state: CutoverState, gate: string): Refusal {
  const { title } = gateStep(state, gate)
  const { decision } = gateState(state, gate)
  if (decision === undefined) return refusal('gate not open', { title })
  const word = decision.decision === 'go' ? 'GO' : 'NO-GO'
  return refusal('gate not open', { title, decided: `${word} by ${nameOf(decision.by)}` })
}

export function mayCriterion(
  state: CutoverState,
  action: CriterionAction,
  gate: string,
  criterion: Criterion,
  person: PersonId | undefined,
  now: Instant,
): Refusal | null {
  const rule = CRITERION_RULES[action]
  const wrongStatus = inStatus(state, action, isComplete(gate) ? rule.complete : rule.plan)
  if (wrongStatus !== null) return wrongStatus
  if (!gateState(state, gate).open) return notOpen(state, gate)
  return (
    criterionObstacle(state, action, gate, criterion, now) ??
    (person === undefined ? null : isWhoForCriterion(state, action, criterion, person))
  )
}

function criterionObstacle(
  state: CutoverState,
  action: CriterionAction,
  gate: string,
  criterion: Criterion,
  now: Instant,
): Refusal | null {
  const { id } = criterion
  const confirmed = gateState(state, gate).confirmed[id]
  switch (action) {
    case 'confirm':
      if (criterion.kind !== 'confirm') return refusal('criterion not confirmable', { criterion: id })
      return confirmed === undefined ? null : refusal('already confirmed', { by: nameOf(confirmed.by) })
    case 'unconfirm':
      return confirmed === undefined ? refusal('not confirmed') : null
    case 'override': {
      const shown = evidenceOf(state, gate, now).find((one) => one.criterion === id)
      const isOpen = shown !== undefined && !shown.met && shown.overridden !== true
      return isOpen ? null : refusal('criterion met', { criterion: id })
    }
  }
}

function isWhoForCriterion(
  state: CutoverState,
  action: CriterionAction,
  criterion: Criterion,
  person: PersonId,
): Refusal | null {
  switch (action) {
    case 'confirm': {
      const role = criterion.kind === 'confirm' ? criterion.by : undefined
      if (role === undefined) return isHolder(state, person) ? null : refusal('not holder', { action })
      return holds(state, person, role) ? null : refusal('not confirmer', { role })
    }
    case 'unconfirm':
      return isHolder(state, person) ? null : refusal('not holder', { action })
    case 'override': {
      const owner = criterion.kind === 'step' ? state.plan.steps[criterion.step]?.by : undefined
      if (owner !== undefined && holds(state, person, owner)) return null
      return byLead(state, action, person)
    }
  }
}

export const criterionOf = (state: CutoverState, gate: string, id: string): Criterion | undefined =>
  criteriaOf(state, gate).find((one) => one.id === id)
