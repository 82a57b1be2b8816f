import { REHEARSAL } from './lookup.ts'
import type { PersonId } from './plan.ts'
import type { CutoverState } from './state.ts'

/** The role that leads a cutover, by name; a runbook without it is led by whoever opened the cutover. */
export const LEAD = 'lead'

/** In a rehearsal without people the rehearsal itself stands in for everybody. */
const standsInForAll = (state: CutoverState, person: PersonId): boolean =>
  person === REHEARSAL && !state.plan.live

export const holds = (state: CutoverState, person: PersonId, role: string): boolean =>
  state.holders[role]?.person === person || standsInForAll(state, person)

export const isHolder = (state: CutoverState, person: PersonId): boolean =>
  Object.values(state.holders).some((holder) => holder.person === person) || standsInForAll(state, person)

export function leadOf(state: CutoverState): PersonId | undefined {
  return state.plan.roles[LEAD] === undefined ? state.opener : state.holders[LEAD]?.person
}

export const isLead = (state: CutoverState, person: PersonId): boolean =>
  leadOf(state) === person || standsInForAll(state, person)

export const isEligible = (state: CutoverState, person: PersonId, role: string): boolean =>
  state.plan.roles[role]?.eligible.includes(person) === true || standsInForAll(state, person)

/** Holders, people eligible for a role, and the opener: everybody whose word belongs into the record. */
export const isKnown = (state: CutoverState, person: PersonId): boolean =>
  isHolder(state, person) ||
  person === state.opener ||
  Object.values(state.holders).some((holder) => holder.backup === person) ||
  Object.values(state.plan.roles).some((role) => role.eligible.includes(person))

/** Only one person is there at all: in a rehearsal that one stands in for the second of two. */
export const isAlone = (state: CutoverState, person: PersonId): boolean =>
  !state.plan.live &&
  (person === REHEARSAL || Object.values(state.holders).every((holder) => holder.person === person))

/** Who may read a cutover from outside its channel: a private one is for those who have a part in it. */
export const mayRead = (state: CutoverState, person: PersonId): boolean =>
  !state.plan.channel.isPrivate || isKnown(state, person)

export const PRIVATE_TEXT =
  'This cutover is private: its opener, its holders and those eligible for a role may read it, and you are none of them.'
