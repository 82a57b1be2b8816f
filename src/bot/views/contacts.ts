import { isKnown } from '../../domain/people.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { contactLines } from './team.ts'
import { person as mention, value } from './words.ts'

/** Whom to call: holders with their stand-ins, and who is outside. For people who have a part in the cutover. */
export function contactsText(state: CutoverState, person: PersonId): string {
  if (!isKnown(state, person)) return 'Contacts are for people who have a part in this cutover.'
  const roles = Object.entries(state.plan.roles).map(([role, { title }]) => {
    const holder = state.holders[role]
    if (holder === undefined) return `• ${value(title, 60)} — nobody`
    const standIn = holder.backup === undefined ? '' : `, stand-in ${mention(holder.backup)}`
    return `• ${value(title, 60)} — ${mention(holder.person)}${standIn}`
  })
  const outside = contactLines(state)
  return ['*Roles*', ...roles, ...(outside.length === 0 ? [] : ['*Outside*', ...outside])].join('\n')
}
