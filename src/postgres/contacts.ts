import type { Pool } from 'pg'
import type { Contacts } from '../app/ports.ts'
import { ask } from './ask.ts'

interface Row {
  readonly person: string
  readonly phone: string | null
  readonly email: string | null
}

/** Phone numbers and addresses of people in a cutover, in a table of their own beside the events. */
export function makeContacts(pool: Pool): Contacts {
  return {
    async of(cutover) {
      const { rows } = await ask<Row>(
        pool,
        'select person, phone, email from cutover.contact where cutover = $1 order by person',
        [cutover],
      )
      return new Map(
        rows.map(({ person, phone, email }) => [
          person,
          { ...(phone !== null && { phone }), ...(email !== null && { email }) },
        ]),
      )
    },
    async put(cutover, person, { phone, email }) {
      await ask(
        pool,
        `insert into cutover.contact (cutover, person, phone, email) values ($1, $2, $3, $4)
         on conflict (cutover, person) do update set phone = $3, email = $4, changed_at = now()`,
        [cutover, person, phone ?? null, email ?? null],
      )
    },
  }
}
