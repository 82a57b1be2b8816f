import type { Pool } from 'pg'
import type { LogCounts } from '../app/log-counts.ts'
import { ask } from './ask.ts'

/** Throws `LogUnavailable`. */
export async function countLog(pool: Pool): Promise<LogCounts> {
  const [cutovers, attempts, outbox, pools, serves] = await Promise.all([
    ask<{ status: string; live: boolean; count: string }>(
      pool,
      `select status, live, count(*) from cutover.cutover
       where status not in ('closed', 'abandoned') group by status, live`,
    ),
    ask<{ state: string; count: string }>(
      pool,
      `select case when status in ('spawning', 'running') and sight <> 'in sight'
                   then case sight when 'unknown' then 'unknown' else 'unobserved' end
                   else status end as state, count(*)
       from cutover.ticket where status <> 'ended' group by 1`,
    ),
    ask<{ waiting: string; oldest: string | null }>(
      pool,
      `select count(*) as waiting, extract(epoch from clock_timestamp() - min(o.created_at)) as oldest
       from cutover.outbox o join cutover.ticket t using (attempt) where t.status = 'dispatched'`,
    ),
    ask<{ pool: string; version: string; silent: string }>(
      pool,
      `select name as pool, version, extract(epoch from clock_timestamp() - seen_at) as silent from cutover.pool`,
    ),
    ask<{ version: string; count: string }>(
      pool,
      `select version, count(*) from cutover.serve
       where seen_at > clock_timestamp() - interval '15 seconds' group by version`,
    ),
  ])
  return {
    cutovers: cutovers.rows.map(({ count, ...one }) => ({ ...one, count: Number(count) })),
    attempts: attempts.rows.map(({ count, ...one }) => ({ ...one, count: Number(count) })),
    outbox: {
      waiting: Number(outbox.rows[0]?.waiting ?? 0),
      oldestSeconds: Number(outbox.rows[0]?.oldest ?? 0),
    },
    pools: pools.rows.map(({ silent, ...one }) => ({ ...one, silentSeconds: Number(silent) })),
    serves: serves.rows.map(({ count, ...one }) => ({ ...one, count: Number(count) })),
  }
}
