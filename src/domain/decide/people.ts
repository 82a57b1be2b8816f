import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import type { CutoverEvent } from '../events.ts'
import { personOf } from '../lookup.ts'
import { mayCutover, notLead } from '../may.ts'
import { isEligible, isHolder, isLead } from '../people.ts'
import type { PersonId, Plan } from '../plan.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState, Holder } from '../state.ts'
import { votesOnRole } from '../votes.ts'
import { notCarried } from './carry.ts'
import { accept, badReason, badText, foresee, no, staleCutover } from './deciding.ts'
import type { By } from './deciding.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

export const unknownRole = (plan: Plan, role: string): Refusal | null =>
  plan.roles[role] === undefined ? refusal('role unknown', { role, known: Object.keys(plan.roles) }) : null

/** What is wrong with somebody holding a role, with this stand-in. */
export function badHolder(plan: Plan, role: string, holder: Holder, eligible: Eligible): Refusal | null {
  const { person, backup } = holder
  if (!eligible(person, role)) return refusal('not eligible', { person, role })
  if (backup === undefined) {
    const mustName = plan.live && plan.roles[role]?.backup === true
    return mustName ? refusal('backup missing', { role }) : null
  }
  if (backup === person) return refusal('backup is holder', { role })
  return eligible(backup, role) ? null : refusal('not eligible', { person: backup, role })
}

type Eligible = (person: PersonId, role: string) => boolean

export function assign(state: CutoverState, command: Of<'assign'>, by: By): Decision {
  const { role, person, backup, reason = '' } = command
  const holder: Holder = { person, ...(backup !== undefined && { backup }) }
  const refused =
    staleCutover(state, by) ??
    mayCutover(state, 'assign', by.person) ??
    unknownRole(state.plan, role) ??
    badAssignment(state, role, holder) ??
    badText('reason', reason)
  if (refused !== null) return no(refused)
  return authorised(state, command, by, holder)
}

function badAssignment(state: CutoverState, role: string, holder: Holder): Refusal | null {
  const now = state.holders[role]
  if (now?.person === holder.person && now.backup === holder.backup)
    return refusal('already holds', { person: holder.person, role })
  const eligible: Eligible = (person, wanted) => isEligible(state, person, wanted)
  return (
    badHolder(state.plan, role, holder, eligible) ??
    notCarried(state.plan, { ...state.holders, [role]: holder }, state.opener, state)
  )
}

/** The lead's word, a free role taken by oneself, or two holders for a role whose holder is away. */
function authorised(state: CutoverState, command: Of<'assign'>, by: By, holder: Holder): Decision {
  const { role, person } = command
  const reason = command.reason?.trim() ?? ''
  const words = reason === '' ? {} : { reason }
  const takesFree = state.holders[role] === undefined && person === by.person
  if (isLead(state, by.person) || takesFree) return assigned(state, { role, holder, ...words }, by)
  const now = state.holders[role]
  const handsOn = isHolder(state, by.person) && now !== undefined && now.person !== by.person
  return handsOn ? handOn(state, command, by, holder) : no(notLead(state, 'assign'))
}

/** The first of two holders asks, the second carries it out. */
function handOn(state: CutoverState, command: Of<'assign'>, by: By, holder: Holder): Decision {
  const { role, person } = command
  const reason = command.reason?.trim() ?? ''
  const asked = state.handovers[role]
  if (asked === undefined || asked.person !== person) {
    const bad = badReason('assign', reason)
    return bad === null ? accept({ type: 'handover asked', data: { role, person, reason } }) : no(bad)
  }
  const first = personOf(asked.by)
  if (first === null || first === by.person)
    return no(refusal('second person needed', { action: `hand on ${role}` }))
  const why = reason === '' ? asked.reason : reason
  return assigned(state, { role, holder, reason: why, second: first }, by)
}

type Assigned = Extract<CutoverEvent, { type: 'role assigned' }>

/** Who has lost a role no longer carries a GO with it, from this moment on. */
function assigned(state: CutoverState, data: Assigned['data'], by: By): Decision {
  const event: Assigned = { type: 'role assigned', data }
  const after = foresee(state, [event], by.actor, by.at)
  const { role } = data
  const open = Object.entries(after.gates).filter(([, gate]) => gate.open)
  const stale = open.flatMap(([gate, { round }]) =>
    votesOnRole(state, after, gate, role).map((person): CutoverEvent => ({
      type: 'votes went stale',
      data: { gate, round, role, person },
    })),
  )
  return accept(event, ...stale)
}

/** One click by the stand-in; the former holder stands in from now on. */
export function takeOver(state: CutoverState, command: Of<'take over'>, by: By): Decision {
  const { role } = command
  const refused = unknownRole(state.plan, role) ?? mayCutover(state, 'take over', by.person)
  if (refused !== null) return no(refused)
  const now = state.holders[role]
  if (now?.backup !== by.person) {
    const backup = now?.backup
    return no(refusal('not backup', { role, ...(backup !== undefined && { backup }) }))
  }
  const holder: Holder = { person: by.person, backup: now.person }
  const lost = notCarried(state.plan, { ...state.holders, [role]: holder }, state.opener, state)
  return lost === null ? assigned(state, { role, holder }, by) : no(lost)
}
