import type { Refusal } from './commands.ts'
import { criteriaOf, evidenceOf, unmet } from './criteria.ts'
import { gateState, gateStep, isComplete, planStep } from './lookup.ts'
import { inStatus, notLead } from './may.ts'
import { openBefore } from './order.ts'
import { holds, isHolder, isLead } from './people.ts'
import { CRITERION_RULES, GATE_RULES } from './permissions.ts'
import type { CriterionAction, GateAction } from './permissions.ts'
import type { Criterion, Instant, PersonId } from './plan.ts'
import { nameOf, refusal } from './refusals.ts'
import type { CutoverState } from './state.ts'
import { criterionMatter, hasAsked, isSecond } from './two-people.ts'
import { needsAnother, roleOfVote, standingVotes, standsAlone } from './votes.ts'

/** Null when the action may be taken on this gate now, or why not. */
export function mayGate(
  state: CutoverState,
  action: GateAction,
  gate: string,
  person: PersonId | undefined,
  now: Instant,
): Refusal | null {
  const rule = GATE_RULES[action]
  const statuses = isComplete(gate) ? rule.complete : rule.plan
  return (
    inStatus(state, action, statuses) ??
    gateObstacle(state, action, gate, now) ??
    (person === undefined ? null : isWhoForGate(state, action, gate, person))
  )
}

function gateObstacle(state: CutoverState, action: GateAction, gate: string, now: Instant): Refusal | null {
  const { open, round, decision, closedBecause } = gateState(state, gate)
  switch (action) {
    case 'go':
      return open ? notGreen(state, gate, now) : notOpen(state, gate)
    case 'no-go':
      // After a deadline the question is still there.
      return open || closedBecause === 'deadline' ? null : notOpen(state, gate)
    case 'round':
      return round === 0 || decision?.decision === 'go' ? notOpen(state, gate) : null
  }
}

/** GO is said on green: with every criterion met or overridden, and everything before the gate done. */
function notGreen(state: CutoverState, gate: string, now: Instant): Refusal | null {
  const missing = openBefore(state, gate).map((id) => planStep(state, id).title)
  const red = unmet(evidenceOf(state, gate, now)).map((one) => `${one.criterion} (${one.answer})`)
  const open = [...missing, ...red]
  return open.length === 0 ? null : refusal('criteria not met', { open })
}

function isWhoForGate(
  state: CutoverState,
  action: GateAction,
  gate: string,
  person: PersonId,
): Refusal | null {
  switch (GATE_RULES[action].who) {
    case 'approver':
      return isApprover(state, gate, person)
    case 'holder, and after a deadline the lead':
      if (!gateState(state, gate).open) return byLead(state, action, person)
      return isHolder(state, person) ? null : refusal('not holder', { action })
    case 'lead':
      return byLead(state, action, person)
  }
}

function isApprover(state: CutoverState, gate: string, person: PersonId): Refusal | null {
  if (standingVotes(state, gate).some((vote) => vote.person === person))
    return refusal('already voted', { title: gateStep(state, gate).title })
  if (standsAlone(state, gate, person) || roleOfVote(state, gate, person) !== null) return null
  const { approvers } = gateStep(state, gate)
  const { voters } = gateState(state, gate)
  const wanted = needsAnother(approvers, voters, state.opener)
    ? Object.keys(state.holders)
    : Object.keys(approvers)
  const gained = wanted.find((role) => holds(state, person, role))
  if (gained !== undefined) return refusal('votes next round', { role: gained })
  return isHolder(state, person)
    ? refusal('not approver', { roles: Object.keys(approvers) })
    : refusal('not holder', { action: 'go' })
}

const byLead = (state: CutoverState, action: string, person: PersonId): Refusal | null =>
  isLead(state, person) ? null : notLead(state, action)

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
    (person === undefined ? null : mayPersonally(state, action, gate, criterion, person))
  )
}

function mayPersonally(
  state: CutoverState,
  action: CriterionAction,
  gate: string,
  criterion: Criterion,
  person: PersonId,
): Refusal | null {
  if (action !== 'override') return isWhoForCriterion(state, action, criterion, person)
  const matter = criterionMatter(state, gate, criterion.id)
  if (hasAsked(matter, person)) return refusal('second person needed', { action })
  if (isSecond(matter, person) && isHolder(state, person)) return null
  return isWhoForCriterion(state, action, criterion, person)
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
  switch (CRITERION_RULES[action].who) {
    case 'confirmer': {
      const role = criterion.kind === 'confirm' ? criterion.by : undefined
      if (role === undefined) return isHolder(state, person) ? null : refusal('not holder', { action })
      return holds(state, person, role) ? null : refusal('not confirmer', { role })
    }
    case 'holder':
      return isHolder(state, person) ? null : refusal('not holder', { action })
    case 'lead or owner': {
      const owner = criterion.kind === 'step' ? state.plan.steps[criterion.step]?.by : undefined
      if (owner !== undefined && holds(state, person, owner)) return null
      return byLead(state, action, person)
    }
  }
}

export const criterionOf = (state: CutoverState, gate: string, id: string): Criterion | undefined =>
  criteriaOf(state, gate).find((one) => one.id === id)
