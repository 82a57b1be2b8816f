import type { Refusal } from './commands.ts'
import type { TwoPersonAction } from './events.ts'
import {
  isUnderWay,
  lastAttempt,
  liveAttempt,
  liveAttempts,
  mutationsInForce,
  planStep,
  stepState,
} from './lookup.ts'
import { whoAllowsChanges } from './freeze.ts'
import { followers } from './order.ts'
import { poolObstacle } from './pools.ts'
import { holds, isEligible, isHolder, isKnown, isLead, leadOf } from './people.ts'
import { CUTOVER_RULES, NOTICE_STATUSES, STEP_RULES } from './permissions.ts'
import type { CutoverAction, StepAction } from './permissions.ts'
import type { Item, PersonId, Step } from './plan.ts'
import { nameOf, refusal } from './refusals.ts'
import type { CutoverState, Status, StepState } from './state.ts'
import { teamObstacle } from './team/may.ts'
import { unblockObstacle } from './blockers.ts'
import { hasAsked, isSecond, stepMatter } from './two-people.ts'
import { possibleWaysBack } from './ways-back.ts'

/**
 * Each `may…` says null when the action may be taken now by `person`, or why not. Without a person it asks
 * whether anybody might. What else an action needs (a reason, a name, fields) is for `decide`.
 */
export function mayCutover(
  state: CutoverState,
  action: CutoverAction,
  person: PersonId | undefined,
): Refusal | null {
  const { statuses } = CUTOVER_RULES[action]
  return (
    inStatus(state, action, statuses) ??
    cutoverObstacle(state, action, person) ??
    (person === undefined ? null : isWho(state, action, person))
  )
}

export function inStatus(state: CutoverState, action: string, allowed: readonly Status[]): Refusal | null {
  if (allowed.includes(state.status)) return null
  return refusal('wrong state', { action, status: state.status, allowed })
}

export function isHeld(state: CutoverState): Refusal | null {
  const { held } = state
  return held === undefined ? null : refusal('held', { by: nameOf(held.by), reason: held.reason })
}

function cutoverObstacle(
  state: CutoverState,
  action: CutoverAction,
  person: PersonId | undefined,
): Refusal | null {
  switch (action) {
    case 'hold': {
      const { held } = state
      if (held === undefined) return null
      return refusal('already held', { by: nameOf(held.by), reason: held.reason, at: held.at })
    }
    case 'resume':
      return state.held === undefined ? refusal('not held') : null
    case 'rollback':
      return rollbackObstacle(state, person)
    case 'postpone':
      return inForceObstacle(state) ?? runsObstacle(state)
    case 'abandon':
      return runsObstacle(state)
    case 'reschedule':
    case 'assign':
    case 'take over':
    case 'vouch':
    case 'note':
      return null
    default:
      return teamObstacle(state, action, person)
  }
}

function rollbackObstacle(state: CutoverState, person: PersonId | undefined): Refusal | null {
  if (mutationsInForce(state).length === 0) return refusal('not in force')
  const unseen = liveAttempts(state).filter((attempt) => attempt.status === 'unobserved')
  if (unseen.length > 0)
    return refusal('undeclared attempts', { titles: unseen.map((one) => planStep(state, one.step).title) })
  const stood = standsStill(state)
  if (stood !== null) return stood
  // Where there are several ways back, who asked for one may still ask for another.
  if (state.plan.rollback.options.length > 0) return null
  const hasAsked = state.rollbackAsked.some((one) => one.person === person)
  const needs = Object.keys(state.plan.rollback.approvers).join(', ')
  return hasAsked ? refusal('rollback asked', { needs }) : null
}

/** A rollback that stands still goes on another way only when it is known how far it came. */
function standsStill(state: CutoverState): Refusal | null {
  if (state.status !== 'rollback stopped') return null
  if (possibleWaysBack(state).length === 0) return refusal('no other way back')
  const at = state.rollback?.stoppedAt
  const isUnknown = at !== undefined && stepState(state, at).status === 'unknown'
  return isUnknown ? refusal('undeclared attempts', { titles: [planStep(state, at).title] }) : null
}

export function inForceObstacle(state: CutoverState): Refusal | null {
  const inForce = mutationsInForce(state)
  if (inForce.length === 0) return null
  return refusal('still in force', { titles: inForce.map((id) => planStep(state, id).title) })
}

/** Runs that are alive, or of which nobody has said how they ended; looks are simply called back. */
export function runsObstacle(state: CutoverState): Refusal | null {
  const runs = Object.values(state.attempts).filter((one) => planStep(state, one.step).kind === 'run')
  const titles = (found: typeof runs): string[] => found.map((one) => planStep(state, one.step).title)
  const undeclared = runs.filter((one) => one.status === 'unknown' || one.status === 'unobserved')
  if (undeclared.length > 0) return refusal('undeclared attempts', { titles: titles(undeclared) })
  const live = runs.filter(isUnderWay)
  return live.length === 0 ? null : refusal('attempts live', { titles: titles(live) })
}

function isWho(state: CutoverState, action: CutoverAction, person: PersonId): Refusal | null {
  switch (CUTOVER_RULES[action].who) {
    case 'anybody known':
      return isKnown(state, person) ? null : refusal('not known', { person })
    case 'lead':
      return isLead(state, person) ? null : notLead(state, action)
    case 'lead or who held':
      return isLead(state, person) || hasHeld(state, person) ? null : notLead(state, action)
    case 'rollback approver':
      return isRollbackApprover(state, person)
    case 'lead, eligible or two holders':
      return maySomehowAssign(state, person) ? null : notLead(state, action)
    case 'stand-in': {
      const standsIn = Object.values(state.holders).some((holder) => holder.backup === person)
      return standsIn ? null : refusal('not backup', { role: 'any role' })
    }
    case 'role that allows changes':
      return mayAllowChanges(state, person)
    case 'holder':
      return isHolder(state, person) ? null : refusal('not holder', { action })
  }
}

function mayAllowChanges(state: CutoverState, person: PersonId): Refusal | null {
  const { changesBy } = state.plan.window
  if (changesBy === undefined ? isLead(state, person) : holds(state, person, changesBy)) return null
  const holder = whoAllowsChanges(state)
  const role = changesBy ?? 'the lead'
  return refusal('not who allows changes', { role, ...(holder !== undefined && { person: holder }) })
}

export function notLead(state: CutoverState, action: string): Refusal {
  const lead = leadOf(state)
  return refusal('not lead', { action, ...(lead !== undefined && { lead }) })
}

function hasHeld(state: CutoverState, person: PersonId): boolean {
  const by = state.held?.by
  return by?.kind === 'person' && by.person === person && isHolder(state, person)
}

function maySomehowAssign(state: CutoverState, person: PersonId): boolean {
  if (isLead(state, person)) return true
  const free = Object.keys(state.plan.roles).filter((role) => state.holders[role] === undefined)
  if (free.some((role) => isEligible(state, person, role))) return true
  return isHolder(state, person) && Object.values(state.holders).some((holder) => holder.person !== person)
}

function isRollbackApprover(state: CutoverState, person: PersonId): Refusal | null {
  const asked = state.plan.rollback.approvers
  const roles = Object.keys(asked)
  if (!isHolder(state, person)) {
    const standsIn = roles.some((role) => (asked[role] ?? 0) > 1 && state.holders[role]?.backup === person)
    if (!standsIn) return refusal('not holder', { action: 'rollback' })
  }
  const counts =
    roles.length === 0 || !state.plan.live || roles.some((role) => canTurnBackFor(state, person, role))
  return counts ? null : refusal('not approver', { roles })
}

const canTurnBackFor = (state: CutoverState, person: PersonId, role: string): boolean =>
  holds(state, person, role) ||
  ((state.plan.rollback.approvers[role] ?? 0) > 1 && state.holders[role]?.backup === person)

export function mayStep(
  state: CutoverState,
  action: StepAction,
  id: string,
  person: PersonId | undefined,
): Refusal | null {
  const step = planStep(state, id)
  const rule = STEP_RULES[action]
  const wanted = (rule.steps as Partial<Record<Step['kind'], readonly string[]>>)[step.kind]
  if (wanted === undefined)
    return refusal('not for this step', { action, title: step.title, kind: step.kind })
  const { status } = stepState(state, id)
  const statuses = statusesFor(action, step)
  const isHeldBack = !(rule.whileHeld as readonly Step['kind'][]).includes(step.kind)
  return (
    inStatus(state, action, statuses) ??
    (isHeldBack ? isHeld(state) : null) ??
    (wanted.includes(status) ? null : refusal('step not ready', { action, title: step.title, status })) ??
    outsideRollback(state, action, step, status) ??
    stepObstacle(state, action, step, person) ??
    (person === undefined ? null : isWhoForStep(state, action, step, person))
  )
}

function statusesFor(action: StepAction, { place }: Step): readonly Status[] {
  const rule = STEP_RULES[action]
  if (place === 'notice') return action === 'move' ? [] : NOTICE_STATUSES
  return place === 'plan' || place === 'built-in' ? rule.plan : rule.rollback
}

/** The same for one item of a `do`, which may belong to another role than its step. */
export function mayItem(
  state: CutoverState,
  action: 'tick' | 'untick',
  id: string,
  item: Item,
  person: PersonId | undefined,
): Refusal | null {
  if (item.by === undefined) return mayStep(state, action, id, person)
  const refused = mayStep(state, action, id, undefined)
  if (refused !== null || person === undefined || holds(state, person, item.by)) return refused
  const holder = state.holders[item.by]?.person
  const named = { action, title: item.text, role: item.by }
  return refusal('not owner', { ...named, ...(holder !== undefined && { holder }) })
}

/** Steps around a rollback are carried out only as part of one. */
function outsideRollback(
  state: CutoverState,
  action: StepAction,
  step: Step,
  status: StepState['status'],
): Refusal | null {
  const isPart =
    step.place === 'plan' || step.place === 'notice' || state.rollback?.order.includes(step.id) === true
  return isPart ? null : refusal('step not ready', { action, title: step.title, status })
}

function stepObstacle(
  state: CutoverState,
  action: StepAction,
  step: Step,
  person: PersonId | undefined,
): Refusal | null {
  switch (action) {
    case 'tick':
      return null
    case 'untick':
      return untickObstacle(state, step)
    case 'cancel':
      return cancelObstacle(state, step)
    case 'unblock':
      return unblockObstacle(state, step)
    case 'approve':
    case 'reject':
      return draftObstacle(state, step)
    case 'run':
    case 'move':
      return startObstacle(state, action, step)
    case 'mark':
      return declareObstacle(state, step)
    case 'retry':
    case 'skip':
    case 'override':
      return (
        declareObstacle(state, step) ??
        (action === 'retry' ? poolObstacle(state, step) : null) ??
        repeatObstacle(state, action, step, person)
      )
  }
}

const startObstacle = (state: CutoverState, action: 'run' | 'move', step: Step): Refusal | null =>
  (action === 'run' ? (unapproved(state, step) ?? poolObstacle(state, step)) : null) ??
  liveObstacle(state, step) ??
  stoppedElsewhere(state, action, step)

function repeatObstacle(
  state: CutoverState,
  action: 'retry' | 'skip' | 'override',
  { id }: Step,
  person: PersonId | undefined,
): Refusal | null {
  const repeats = person !== undefined && hasAsked(stepMatter(state, id, action), person)
  return repeats ? refusal('second person needed', { action }) : null
}

function liveObstacle(state: CutoverState, { id, title }: Step): Refusal | null {
  const live = liveAttempt(state, id)
  return live === undefined ? null : refusal('attempt live', { title, attempt: live.id })
}

function draftObstacle(state: CutoverState, { id, title }: Step): Refusal | null {
  const { draft } = stepState(state, id)
  if (draft === undefined) return refusal('no draft', { title })
  return draft.approved === undefined
    ? null
    : refusal('approved already', { title, by: nameOf(draft.approved.by) })
}

/** What somebody must read first is sent by their approval. */
function unapproved(state: CutoverState, step: Step): Refusal | null {
  if (step.kind !== 'tell' || step.approve === undefined) return null
  return stepState(state, step.id).draft?.approved === undefined
    ? refusal('wants approval', { title: step.title, role: step.approve })
    : null
}

/** An unobserved attempt is not at work as far as anybody knows; two people declare it dead by such a word. */
function declareObstacle(state: CutoverState, step: Step): Refusal | null {
  return liveAttempt(state, step.id)?.status === 'unobserved' ? null : liveObstacle(state, step)
}

function cancelObstacle(state: CutoverState, { id, title }: Step): Refusal | null {
  const live = liveAttempt(state, id)
  if (live === undefined) return refusal('nothing runs', { title })
  if (live.cancelRequested === undefined) return null
  return refusal('cancelled already', { title, by: nameOf(live.cancelRequested.by) })
}

/** While a rollback stands still, work begins only where it stopped; looking is always allowed. */
function stoppedElsewhere(state: CutoverState, action: StepAction, step: Step): Refusal | null {
  const { status, rollback } = state
  if (status !== 'rollback stopped' || step.kind === 'check' || rollback?.stoppedAt === step.id) return null
  return refusal('wrong state', { action, status, allowed: ['rolling back'] })
}

/** A wrong tick is taken back, unless something that needs it has started. */
function untickObstacle(state: CutoverState, step: Step): Refusal | null {
  const own = stepState(state, step.id)
  if (own.tick === undefined && Object.keys(own.items).length === 0)
    return refusal('not ticked', { title: step.title })
  const order = state.rollback?.order ?? []
  const behind =
    step.place === 'plan' ? followers(state.plan, step.id) : order.slice(order.indexOf(step.id) + 1)
  const started = behind.find((id) => hasStarted(state, id))
  if (started === undefined) return null
  return refusal('something follows', { title: step.title, follower: planStep(state, started).title })
}

/** An open gate is no obstacle: its criteria may turn red, and its votes go stale with them. */
function hasStarted(state: CutoverState, id: string): boolean {
  const step = stepState(state, id)
  if (planStep(state, id).kind === 'decide') return step.status === 'done'
  return step.startedAt !== undefined || lastAttempt(state, id) !== undefined
}

function isWhoForStep(state: CutoverState, action: StepAction, step: Step, person: PersonId): Refusal | null {
  const seconds = TWO_PERSON[action]?.some((one) => isSecond(stepMatter(state, step.id, one), person))
  return seconds === true && isHolder(state, person) ? null : isOwner(state, action, step, person)
}

const TWO_PERSON: { readonly [action in StepAction]?: readonly TwoPersonAction[] } = {
  retry: ['retry'],
  skip: ['skip'],
  override: ['override'],
  mark: ['mark succeeded', 'mark failed'],
}

/** Null when a person may take the action as the first, or the only one. */
export function isOwner(
  state: CutoverState,
  action: StepAction,
  step: Step,
  person: PersonId,
): Refusal | null {
  const { who } = STEP_RULES[action]
  const role = who === 'role that approves' && step.kind === 'tell' ? step.approve : step.by
  // Looking again changes nothing, so it is nobody's privilege.
  const isLook = action === 'run' && step.kind === 'check'
  if (who === 'holder' || isLook || role === undefined)
    return isHolder(state, person) ? null : refusal('not holder', { action })
  if (holds(state, person, role)) return null
  if (who === 'lead or owner' && isLead(state, person)) return null
  const holder = state.holders[role]?.person
  return refusal('not owner', {
    action,
    title: step.title,
    role,
    ...(holder !== undefined && { holder }),
  })
}
