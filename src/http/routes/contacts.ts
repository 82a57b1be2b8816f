import { z } from 'zod'
import { keepContact, maySeeContacts } from '../../app/keep-contact.ts'
import type { Contacts, Loaded } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { problem, type Answer, type Request } from '../server.ts'

const Given = z.strictObject({ phone: z.string().max(60).optional(), email: z.string().max(260).optional() })

/** How the people of a cutover are reached: for those who hold a role in it. */
export async function readContacts(contacts: Contacts, { state }: Loaded, person: PersonId): Promise<Answer> {
  if (!maySeeContacts(state, person))
    return problem(403, 'not holder', 'Contacts are for people who hold a role in this cutover.')
  const people = Object.fromEntries(await contacts.of(state.id))
  return { status: 200, body: { ok: true, people, outside: state.plan.contacts } }
}

/** One's own phone number and address. */
export async function writeContact(
  contacts: Contacts,
  { state }: Loaded,
  { request, person }: { readonly request: Request; readonly person: PersonId },
): Promise<Answer> {
  const given = Given.safeParse(request.body)
  if (!given.success)
    return problem(400, 'bad request', 'A contact is a phone number, an e-mail address, or both.')
  const { phone, email } = given.data
  const why = await keepContact(contacts, state, person, {
    ...(phone !== undefined && { phone }),
    ...(email !== undefined && { email }),
  })
  return why === null ? { status: 200, body: { ok: true } } : problem(409, 'contact refused', why)
}
