import { maySeeContacts } from '../../app/keep-contact.ts'
import type { ContactData } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { dotted, person as mention, value } from './words.ts'

/** Whom to call: holders with their stand-ins, and who is outside. For people who have a part in the cutover. */
export function contactsText(
  state: CutoverState,
  person: PersonId,
  known: ReadonlyMap<PersonId, ContactData>,
): string {
  if (!maySeeContacts(state, person)) return 'Contacts are for people who hold a role in this cutover.'
  const roles = Object.entries(state.plan.roles).map(([role, { title }]) => {
    const holder = state.holders[role]
    if (holder === undefined) return `• ${value(title, 60)} — nobody`
    const reached = (one: PersonId): string => {
      const { phone, email } = known.get(one) ?? {}
      return dotted([mention(one), phone !== undefined && value(phone), email !== undefined && value(email)])
    }
    const standIn = holder.backup === undefined ? '' : `; stand-in ${reached(holder.backup)}`
    return `• ${value(title, 60)} — ${reached(holder.person)}${standIn}`
  })
  const outside = contactLines(state)
  return ['*Roles*', ...roles, ...(outside.length === 0 ? [] : ['*Outside*', ...outside])].join('\n')
}

/** Companies and people outside, who are called by telephone. */
export const contactLines = ({ plan }: CutoverState): readonly string[] =>
  Object.values(plan.contacts).map((one) =>
    dotted([
      `• ${value(one.name, 100)}`,
      one.phone !== undefined && value(one.phone, 60),
      one.email !== undefined && value(one.email, 100),
      one.link !== undefined && value(one.link, 200),
      one.text !== undefined && value(one.text, 200),
    ]),
  )
