import type { Pool } from 'pg'
import type { NoticeClaims } from '../app/ports.ts'
import { ask } from './ask.ts'

type ClaimState = 'busy' | 'sending' | 'sent' | 'failed'

/** Longer than any mail server is waited for. */
const BUSY_FOR = '2 minutes'

export function makeNoticeClaims(pool: Pool): NoticeClaims {
  return {
    async claim(cutover, key) {
      const inserted = await ask(
        pool,
        `insert into cutover.notice (cutover, key, state) values ($1, $2, 'sending') on conflict do nothing`,
        [cutover, key],
      )
      if (inserted.rowCount === 1) return 'claimed'
      const { rows } = await ask<{ state: ClaimState }>(
        pool,
        `select case when state = 'sending' and changed_at > now() - $3::interval then 'busy' else state end as state
         from cutover.notice where cutover = $1 and key = $2`,
        [cutover, key, BUSY_FOR],
      )
      return rows[0]?.state ?? 'sending'
    },
    async settle(cutover, key, state) {
      await ask(
        pool,
        'update cutover.notice set state = $3, changed_at = now() where cutover = $1 and key = $2',
        [cutover, key, state],
      )
    },
    async reopen(cutover, key) {
      await ask(pool, `delete from cutover.notice where cutover = $1 and key = $2 and state <> 'sent'`, [
        cutover,
        key,
      ])
    },
  }
}
