import type { Client } from 'pg'
import { z } from 'zod'
import type { Content } from './manifest.ts'

/** What `hash_record_extended` hashes by value; anything else is hashed as its text. */
const NATIVE =
  "'bool','int2','int4','int8','float4','float8','numeric','text','varchar','bpchar','bytea','uuid','date','time','timetz','timestamp','timestamptz','interval','jsonb','inet','cidr','macaddr'"

/** From this version on the server hashes whole rows. */
const HASHES_RECORDS = 140_000

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`
const notOfExtension = (catalogue: string, oid: string) =>
  `not exists (select from pg_depend x where x.classid = '${catalogue}'::regclass and x.objid = ${oid} and x.deptype = 'e')`

// An enum is hashed by its number, which a restore gives anew; so it is no native type.
const TABLES = `
  select n.nspname as schema, c.relname as name, greatest(c.reltuples, 0)::float8 as estimate,
    (select coalesce(json_agg(json_build_object('name', a.attname,
        'native', coalesce(b.typname, t.typname) in (${NATIVE}) and coalesce(b.typnamespace, t.typnamespace) = 'pg_catalog'::regnamespace)
        order by a.attnum), '[]')
     from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and ${OURS} and ${notOfExtension('pg_class', 'c.oid')}
  order by 1, 2`

const SEQUENCES = `
  select n.nspname as schema, c.relname as name, s.last_value::text as "lastValue", s.increment_by::text as increment
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname and not s.cycle
  where c.relkind = 'S' and c.relpersistence <> 't' and ${OURS} and ${notOfExtension('pg_class', 'c.oid')}
  order by 1, 2`

// pg_dump leaves invalid indexes out; what hangs on a partition is made again with it.
const OBJECTS = `
  select 'indexes' as kind, count(*)::int as found from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${OURS} and ${notOfExtension('pg_class', 'c.oid')} and c.relkind in ('r', 'p', 'm') and (i.indisvalid or c.relkind = 'p')
  union all select 'constraints', count(*)::int from pg_constraint k join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${OURS} and ${notOfExtension('pg_class', 'c.oid')} and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
  union all select 'triggers', count(*)::int from pg_trigger g join pg_class c on c.oid = g.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${OURS} and ${notOfExtension('pg_class', 'c.oid')} and not g.tgisinternal
  union all select 'views', count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${OURS} and ${notOfExtension('pg_class', 'c.oid')} and c.relkind in ('v', 'm')
  union all select 'functions', count(*)::int from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${OURS} and ${notOfExtension('pg_proc', 'p.oid')}
  union all select 'policies', count(*)::int from pg_policy p join pg_class c on c.oid = p.polrelid
    join pg_namespace n on n.oid = c.relnamespace where ${OURS} and ${notOfExtension('pg_class', 'c.oid')}`

const TableRow = z.object({
  schema: z.string(),
  name: z.string(),
  estimate: z.number(),
  columns: z.array(z.object({ name: z.string(), native: z.boolean() })),
})
type TableRow = z.infer<typeof TableRow>

const SequenceRow = z.object({
  schema: z.string(),
  name: z.string(),
  lastValue: z.string().nullable(),
  increment: z.string(),
})

/** A value as text must not depend on who reads it; a limit that a role has set must not end a long look. */
const READING = `set local statement_timeout = 0; set local jit = off; set local row_security = off;
  set local search_path = pg_catalog; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';
  set local xmlbinary = 'base64'; set local lc_monetary = 'C'`

export interface ContentOptions {
  /** Called before each table; `rows` is what the statistics believe all tables to hold. */
  readonly onTable?: (table: string, done: number, of: number) => void
  /** False: one process of the server only, for it has other work to do. Default: as the server likes. */
  readonly parallel?: boolean
}

/**
 * Counts and hashes every table. The client is inside a transaction of one snapshot (`repeatable read`, read only),
 * and its `set local` settings are changed. Order of rows, dead rows and object numbers make no difference; it is
 * exact but for what two values that compare equal hide: 1.0 and 1.00, -0 and 0. Throws what `pg` throws.
 */
export async function contentOf(client: Client, options: ContentOptions = {}): Promise<Content> {
  await client.query(READING)
  if (options.parallel === false) await client.query('set local max_parallel_workers_per_gather = 0')
  const method = (await versionOf(client)) >= HASHES_RECORDS ? 'record' : 'text'
  // Sequences first: what is read of them must never be ahead of what pg_dump reads later.
  const sequences = z.array(SequenceRow).parse((await client.query(SEQUENCES)).rows)
  const objects = await client.query<{ kind: string; found: number }>(OBJECTS)
  const rows = z.array(TableRow).parse((await client.query(TABLES)).rows)
  const tables: Content['tables'] = []
  for (const [at, table] of rows.entries()) {
    options.onTable?.(`${table.schema}.${table.name}`, at, rows.length)
    tables.push({
      schema: table.schema,
      name: table.name,
      ...(await tally(client, hashQuery(table, method))),
    })
  }
  return {
    method,
    tables,
    sequences,
    largeObjects: await tally(client, largeObjectsQuery(method)),
    objects: Object.fromEntries(objects.rows.map(({ kind, found }) => [kind, found])),
  }
}

async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  return rows[0]?.version ?? 0
}

async function tally(client: Client, query: string): Promise<{ rows: number; hash: string }> {
  const { rows } = await client.query<{ rows: string; hash: string }>(query)
  return { rows: Number(rows[0]?.rows ?? 0), hash: rows[0]?.hash ?? '0' }
}

function hashQuery({ schema, name, columns }: TableRow, method: Content['method']): string {
  const cells = columns.map((column) => `t.${quote(column.name)}${column.native ? '' : '::text'}`)
  const from = `only ${quote(schema)}.${quote(name)} t`
  // Rows without columns are all alike: their number says everything.
  if (cells.length === 0) return `select count(*) as rows, '0' as hash from ${from}`
  return `select count(*) as rows, coalesce(sum(${rowHash(cells, method)}), 0)::text as hash from ${from}`
}

function largeObjectsQuery(method: Content['method']): string {
  return `select count(*) as rows, coalesce(sum(${rowHash(['l.oid::int8', 'sha256(lo_get(l.oid))'], method)}), 0)::text as hash
    from pg_largeobject_metadata l`
}

/** A sum, for equal rows would cancel each other out in an exclusive or. */
function rowHash(cells: readonly string[], method: Content['method']): string {
  const row = `row(${cells.join(', ')})`
  return method === 'record' ? `hash_record_extended(${row}, 0)` : `hashtextextended((${row})::text, 0)`
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
