import type { Client } from 'pg'

export interface WrittenTable {
  /** Quoted, with its schema. */
  readonly name: string
  /** The same for `from`: rows of tables that inherit from a plain one are theirs. */
  readonly from: string
  /** As the statistics know them; null where nothing is counted. */
  readonly deletions: number | null
}

// A partitioned table stands for its partitions, whose statistics are added up.
const TABLES = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
    case c.relkind when 'r' then 'only ' else '' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as "from",
    (with recursive part as (select c.oid union all
        select i.inhrelid from pg_inherits i join part on part.oid = i.inhparent where c.relkind = 'p')
      select sum(pg_stat_get_tuples_deleted(part.oid)) from part)::float8 as deletions
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend x where x.classid = 'pg_class'::regclass and x.objid = c.oid and x.deptype = 'e')
  order by 1`

export async function tablesOf(client: Client): Promise<readonly WrittenTable[]> {
  const { rows } = await client.query<WrittenTable>(TABLES)
  return rows
}

export async function countRows(client: Client, { from }: WrittenTable): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`select count(*)::float8 as n from ${from}`)
  return rows[0]?.n ?? 0
}

export interface Moment {
  readonly at: Date
  readonly database: string
  readonly oid: number
  readonly systemIdentifier: string
  readonly lsn: string | null
  /** Oldest transaction under way, and the next to begin. */
  readonly xmin: string
  readonly xmax: string
}

/** How many sessions have written something that is not committed yet. */
export async function writersOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(distinct l.pid)::int as n from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted and a.pid <> pg_backend_pid()
       and a.datname = current_database()`,
  )
  return rows[0]?.n ?? 0
}

/** Where a database stands, in the transaction of the client. */
export async function momentOf(client: Client): Promise<Moment> {
  const { rows } = await client.query<Moment>(
    `select now() as at, d.datname as database, d.oid::int8::float8 as oid,
       (select system_identifier::text from pg_control_system()) as "systemIdentifier",
       case when pg_is_in_recovery() then null else pg_current_wal_lsn()::text end as lsn,
       txid_snapshot_xmin(s)::text as xmin, txid_snapshot_xmax(s)::text as xmax
     from pg_database d, txid_current_snapshot() s where d.datname = current_database()`,
  )
  const [row] = rows
  if (!row) throw new Error('A query that always gives a row gave none.')
  return row
}
