import type { Client } from 'pg'
import type { Progress } from '../action.ts'

/** What PostgreSQL says of the work of a session: counters begin anew with each phase. */
interface Row {
  readonly what: string
  readonly phase: string | null
  readonly relation: string | null
  readonly done: number | null
  readonly total: number | null
  readonly unit: string
}

const one = (view: string, what: string, counters: string): string => `
  select ${what} as what, ${counters}, p.pid
  from ${view} p`

const blocks = (done: string, total: string) =>
  `p.phase, p.relid, p.${done}::float8 as done, p.${total}::float8 as total, 'blocks' as unit`

/** Since PostgreSQL 12; the others came with 13 and 14. */
const ALWAYS = [
  one(
    'pg_stat_progress_create_index',
    'p.command',
    `p.phase, p.relid,
    (case when p.blocks_total > 0 then p.blocks_done when p.tuples_total > 0 then p.tuples_done else p.lockers_done end)::float8 as done,
    (case when p.blocks_total > 0 then p.blocks_total when p.tuples_total > 0 then p.tuples_total else p.lockers_total end)::float8 as total,
    case when p.blocks_total > 0 then 'blocks' when p.tuples_total > 0 then 'rows' else 'sessions' end as unit`,
  ),
  one('pg_stat_progress_vacuum', `'VACUUM'`, blocks('heap_blks_scanned', 'heap_blks_total')),
  one('pg_stat_progress_cluster', 'p.command', blocks('heap_blks_scanned', 'heap_blks_total')),
]
const SINCE_13 = [
  one('pg_stat_progress_analyze', `'ANALYZE'`, blocks('sample_blks_scanned', 'sample_blks_total')),
  one(
    'pg_stat_progress_basebackup',
    `'BASE BACKUP'`,
    `p.phase, null::oid, p.backup_streamed::float8 as done, coalesce(p.backup_total, 0)::float8 as total, 'bytes' as unit`,
  ),
]
/** A pipe has no length: then rows are counted, and what leaves a table is as much as it is thought to hold. */
const SINCE_14 = [
  one(
    'pg_stat_progress_copy',
    'p.command',
    `null::text as phase, p.relid,
    (case when p.bytes_total > 0 then p.bytes_processed else p.tuples_processed end)::float8 as done,
    (case when p.bytes_total > 0 then p.bytes_total when p.command = 'COPY TO'
      then greatest((select reltuples from pg_class where oid = p.relid), 0) else 0 end)::float8 as total,
    case when p.bytes_total > 0 then 'bytes' else 'rows' end as unit`,
  ),
]

/** The query for a server of that `server_version_num`. */
function progressQuery(version: number): string {
  const views = [...ALWAYS, ...(version >= 130_000 ? SINCE_13 : []), ...(version >= 140_000 ? SINCE_14 : [])]
  return `
    select w.what, w.phase, w.done, w.total, w.unit,
      case when a.datname = current_database() and w.relid <> 0 then w.relid::regclass::text end as relation
    from pg_stat_activity a
      join (${views.join('\n union all ')}) as w (what, phase, relid, done, total, unit, pid) on w.pid = a.pid
    where a.application_name = $1 order by w.total desc nulls last`
}

/** How far the sessions of that application name are, of several the largest; undefined when PostgreSQL says nothing. */
export async function serverProgress(client: Client, applicationName: string): Promise<Progress | undefined> {
  const version = await client.query<{ number: number }>(
    `select current_setting('server_version_num')::int as number`,
  )
  const query = progressQuery(version.rows[0]?.number ?? 0)
  const { rows } = await client.query<Row>(query, [applicationName])
  const [row] = rows
  if (!row) return undefined
  const parts = [row.what, row.relation, row.phase === null ? null : `(${row.phase})`]
  const more = rows.length > 1 ? `, and ${rows.length - 1} more` : ''
  const total = row.total ?? 0
  return {
    done: total > 0 ? Math.min(row.done ?? 0, total) : (row.done ?? 0),
    ...(total > 0 ? { total } : {}),
    unit: row.unit,
    label: `${parts.filter((part) => part !== null).join(' ')}${more}`,
  }
}
