import type { Pool } from 'pg'
import type { Observation, Presence } from '../app/ports.ts'
import { ask } from './ask.ts'

/** What has to be done about attempts that are under way, found by their tickets: cheap enough for every second. */
export function makeOpenAttempts(
  pool: Pool,
): Pick<Presence, 'observations' | 'cancelRequests' | 'unblockRequests'> {
  return {
    async observations({ claimedMs, silentMs }) {
      const { rows } = await ask<Omit<Observation, 'since'> & { since: string }>(
        pool,
        `select attempt, cutover, what, floor(extract(epoch from since) * 1000)::bigint as since from (
           select t.attempt, t.cutover, coalesce(p.seen_at, t.changed_at) as since,
             case
               when t.status = 'claimed' and t.changed_at < now() - $1 * interval '1 millisecond' then 'not begun'
               when t.status in ('spawning', 'running') and t.sight = 'in sight'
                 and coalesce(p.seen_at, t.changed_at) < now() - $2 * interval '1 millisecond' then 'out of sight'
               when t.status in ('spawning', 'running') and t.sight = 'out of sight'
                 and p.seen_at >= now() - $2 * interval '1 millisecond' then 'in sight'
             end as what
           from cutover.ticket t left join cutover.pool p on p.name = t.pool
           where t.status in ('claimed', 'spawning', 'running')
         ) seen where what is not null`,
        [claimedMs, silentMs],
      )
      return rows.map(({ since, ...observation }) => ({ ...observation, since: Number(since) }))
    },
    async unblockRequests(name, withinMs) {
      const { rows } = await ask<{ attempt: string; cutover: string }>(
        pool,
        `select attempt, cutover from cutover.ticket
         where pool = $1 and unblock_asked_at > now() - $2 * interval '1 millisecond'`,
        [name, withinMs],
      )
      return rows
    },
    async cancelRequests(name) {
      const { rows } = await ask<{ attempt: string; cutover: string }>(
        pool,
        `select attempt, cutover from cutover.ticket
         where pool = $1 and cancel_requested and status in ('spawning', 'running')`,
        [name],
      )
      return rows
    },
  }
}
