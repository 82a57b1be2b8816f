import type { Client } from 'pg'
import { maskedQuery } from './session-words.ts'

/** The session that an attempt waits for. */
export interface FoundBlocker {
  readonly pid: number
  readonly backendStart?: string
  readonly app: string
  readonly role: string
  readonly state: string
  readonly openMs: number
  readonly query: string
  readonly lockOn: string
}

interface Row {
  readonly pid: number
  readonly started: string | null
  readonly app: string | null
  readonly role: string | null
  readonly state: string | null
  readonly open_ms: number | null
  readonly query: string | null
  readonly lock_on: string | null
}

/**
 * Of the sessions in the way, the one to name is at the head of the queue: it waits for nobody itself. Sessions of
 * the attempt itself do not count, nor does a wait that has only begun.
 */
const HEAD_OF_QUEUE = `
  with recursive waiting as (
    select l.pid, min(coalesce(l.relation::regclass::text, l.locktype)) as lock_on
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where not l.granted and a.application_name = $1
      and coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start) < clock_timestamp() - $2::float8 * interval '1 millisecond'
    group by l.pid
  ), queue (pid, lock_on, depth) as (
    select b.pid, w.lock_on, 1 from waiting w cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
    union
    select b.pid, q.lock_on, q.depth + 1 from queue q cross join lateral unnest(pg_blocking_pids(q.pid)) as b (pid)
    where q.depth < 10
  )
  select q.pid, h.backend_start::text as started, h.application_name as app, h.usename as role, h.state, h.query,
    extract(epoch from clock_timestamp() - h.xact_start)::float8 * 1000 as open_ms, q.lock_on
  from queue q left join pg_stat_activity h on h.pid = q.pid
  where cardinality(pg_blocking_pids(q.pid)) = 0 and h.application_name is distinct from $1
  order by h.xact_start nulls last limit 1`

/** Who holds up the sessions of that application name for longer than `patienceMs`; undefined: nobody. */
export async function findBlocker(
  client: Client,
  applicationName: string,
  patienceMs: number,
): Promise<FoundBlocker | undefined> {
  const { rows } = await client.query<Row>(HEAD_OF_QUEUE, [applicationName, patienceMs])
  const [row] = rows
  if (!row) return undefined
  return {
    pid: row.pid,
    ...(row.started === null ? {} : { backendStart: row.started }),
    // A prepared transaction blocks as pid 0 and has no session.
    app: row.app ?? (row.pid === 0 ? 'a prepared transaction' : ''),
    role: row.role ?? '',
    state: row.state ?? '',
    openMs: Math.max(0, Math.round(row.open_ms ?? 0)),
    query: maskedQuery(row.query),
    lockOn: row.lock_on ?? 'a lock',
  }
}
