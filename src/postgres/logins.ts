import type { Pool } from 'pg'
import type { Logins } from '../app/ports.ts'
import { ask } from './ask.ts'

/** CLI logins; the database knows tokens by their hash only. */
export function makeLogins(pool: Pool): Logins {
  return {
    async begin({ code, tokenHash, days }) {
      await ask(
        pool,
        `insert into cutover.login (code, token_hash, ends_at) values ($1, $2, now() + $3 * interval '1 day')`,
        [code, tokenHash, days],
      )
    },
    async isWaiting(code, person) {
      const { rowCount } = await ask(
        pool,
        `select from cutover.login where code = $1 and (person is null or person = $2)
         and created_at > now() - interval '10 minutes'`,
        [code, person],
      )
      return rowCount === 1
    },
    async confirm(code, person, days) {
      const { rowCount } = await ask(
        pool,
        `update cutover.login set person = $2, confirmed_at = now(),
           ends_at = least(ends_at, now() + $3 * interval '1 day')
         where code = $1 and person is null and created_at > now() - interval '10 minutes'`,
        [code, person, days ?? null],
      )
      return rowCount === 1
    },
    async personOf(tokenHash) {
      const { rows } = await ask<{ person: string }>(
        pool,
        'select person from cutover.login where token_hash = $1 and person is not null and ends_at > now()',
        [tokenHash],
      )
      return rows[0]?.person ?? null
    },
    async logout(person) {
      const { rowCount } = await ask(pool, 'delete from cutover.login where person = $1', [person])
      return rowCount ?? 0
    },
    async loggedIn() {
      const { rows } = await ask<{ person: string }>(
        pool,
        'select distinct person from cutover.login where person is not null and ends_at > now()',
      )
      return new Set(rows.map((row) => row.person))
    },
  }
}
