import type { Pool } from 'pg'
import { ask } from './ask.ts'

/** Attempts of a pool that the log takes to be running and in sight. */
export async function runningTickets(pool: Pool, name: string): Promise<readonly string[]> {
  const { rows } = await ask<{ attempt: string }>(
    pool,
    `select attempt from cutover.ticket
     where pool = $1 and status in ('spawning', 'running') and sight = 'in sight'`,
    [name],
  )
  return rows.map(({ attempt }) => attempt)
}
