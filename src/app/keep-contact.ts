import { isOver } from '../domain/lookup.ts'
import { isHolder, isKnown } from '../domain/people.ts'
import type { PersonId } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import type { ContactData, Contacts } from './ports.ts'

const PHONE = /^\+?[0-9][0-9 ()/-]{2,39}$/
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/

/** What is wrong with contact data, or with keeping it now; null when it may be kept. */
export function badContact(state: CutoverState, person: PersonId, contact: ContactData): string | null {
  if (!isKnown(state, person))
    return 'Contacts are for people who have a part in this cutover. Nothing was kept.'
  if (isOver(state.status))
    return `The cutover is ${state.status}; its contacts are not changed any more. Nothing was kept.`
  const { phone, email } = contact
  if (phone === undefined && email === undefined)
    return 'Give a phone number, an address, or both. Nothing was kept.'
  if (phone !== undefined && !PHONE.test(phone))
    return `“${phone.slice(0, 40)}” is no phone number: digits, spaces and a leading plus, like +49 30 123456. Nothing was kept.`
  if (email !== undefined && !EMAIL.test(email))
    return `“${email.slice(0, 60)}” is no e-mail address. Nothing was kept.`
  return null
}

/** Who holds a role, or stands in for one, may see how the others are reached. */
export const maySeeContacts = (state: CutoverState, person: PersonId): boolean =>
  isHolder(state, person) || Object.values(state.holders).some(({ backup }) => backup === person)

/** Keeps how somebody is reached, unless it may not be. Returns why not. */
export async function keepContact(
  contacts: Contacts,
  state: CutoverState,
  person: PersonId,
  contact: ContactData,
): Promise<string | null> {
  const bad = badContact(state, person, contact)
  if (bad === null) await contacts.put(state.id, person, contact)
  return bad
}
