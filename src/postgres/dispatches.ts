import type { Pool } from 'pg'
import type { Dispatches } from '../app/ports.ts'
import { ask } from './ask.ts'

/** After this long an attempt that nobody claimed is handed to the queue again; a duplicate loses at the claim. */
const AGAIN_AFTER = '5 seconds'

export function makeDispatches(pool: Pool): Dispatches {
  return {
    async due() {
      const { rows } = await ask<{ attempt: string; cutover: string; pool: string }>(
        pool,
        `select t.attempt, t.cutover, t.pool
         from cutover.outbox o join cutover.ticket t using (attempt)
         where t.status = 'dispatched' and (o.relayed_at is null or o.relayed_at < now() - $1::interval)
         order by o.id limit 200`,
        [AGAIN_AFTER],
      )
      return rows
    },
    async relayed(attempts) {
      await ask(pool, 'update cutover.outbox set relayed_at = now() where attempt = any($1)', [attempts])
    },
  }
}
