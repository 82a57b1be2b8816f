import type { Client } from 'pg'

/** What a snapshot holds, each as a map of name → how it is. */
export const PARTS = [
  'tables',
  'columns',
  'rows',
  'indexes',
  'constraints',
  'sequences',
  'views',
  'functions',
  'triggers',
  'policies',
  'extensions',
  'settings',
] as const
export type Part = (typeof PARTS)[number]

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`
const notOfExtension = (catalogue: string, oid: string) =>
  `not exists (select from pg_depend x where x.classid = '${catalogue}'::regclass and x.objid = ${oid} and x.deptype = 'e')`
const FROM_TABLES = `pg_class c join pg_namespace n on n.oid = c.relnamespace`
const OF_TABLES = `${OURS} and ${notOfExtension('pg_class', 'c.oid')} and c.relpersistence <> 't'`
const TABLE = `quote_ident(n.nspname) || '.' || quote_ident(c.relname)`

// Schemas stand in every name, so that no search path changes what is written.
const QUERIES: Readonly<Record<Exclude<Part, 'rows'>, string>> = {
  tables: `select ${TABLE} as name,
      case c.relkind when 'p' then 'partitioned' when 'f' then 'foreign' else 'table' end
        || case when c.relpersistence = 'u' then ', unlogged' else '' end
        || case when c.relrowsecurity then ', row security' else '' end as how
    from ${FROM_TABLES} where c.relkind in ('r', 'p', 'f') and ${OF_TABLES}`,
  columns: `select ${TABLE} || '.' || quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod)
      || case when a.attnotnull then ' not null' else '' end
      || case when a.attidentity <> '' then ' identity' else '' end
      || coalesce(case when a.attgenerated <> '' then ' generated ' else ' default ' end || pg_get_expr(d.adbin, d.adrelid), '') as how
    from ${FROM_TABLES} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'f') and ${OF_TABLES}`,
  indexes: `select quote_ident(n.nspname) || '.' || quote_ident(o.relname) as name, pg_get_indexdef(o.oid)
      || case when i.indisvalid and i.indisready and i.indislive then '' else ' (invalid)' end as how
    from ${FROM_TABLES} join pg_index i on i.indrelid = c.oid join pg_class o on o.oid = i.indexrelid
    where c.relkind in ('r', 'p', 'm') and ${OF_TABLES}`,
  constraints: `select ${TABLE} || '.' || quote_ident(k.conname) as name, pg_get_constraintdef(k.oid)
      || case when k.convalidated then '' else ' (not validated)' end as how
    from ${FROM_TABLES} join pg_constraint k on k.conrelid = c.oid where k.contype in ('p', 'u', 'f', 'c', 'x') and ${OF_TABLES}`,
  sequences: `select ${TABLE} as name, coalesce(s.last_value::text, 'never used') as how
    from ${FROM_TABLES} join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
    where c.relkind = 'S' and ${OF_TABLES}`,
  views: `select ${TABLE} as name, case c.relkind when 'm' then 'materialized, ' else '' end
      || 'definition ' || left(md5(pg_get_viewdef(c.oid)), 12) as how
    from ${FROM_TABLES} where c.relkind in ('v', 'm') and ${OF_TABLES}`,
  functions: `select p.oid::regprocedure::text as name, 'definition ' || left(md5(concat_ws('|', p.prosrc, p.prorettype::regtype,
      p.prokind::text, p.provolatile::text, p.prosecdef, p.proisstrict, p.proconfig::text, pg_get_function_arguments(p.oid))), 12) as how
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${notOfExtension('pg_proc', 'p.oid')}`,
  triggers: `select ${TABLE} || '.' || quote_ident(g.tgname) as name, pg_get_triggerdef(g.oid)
      || case g.tgenabled when 'O' then '' when 'D' then ' (disabled)' else ' (enabled ' || g.tgenabled::text || ')' end as how
    from ${FROM_TABLES} join pg_trigger g on g.tgrelid = c.oid where not g.tgisinternal and ${OF_TABLES}`,
  policies: `select ${TABLE} || '.' || quote_ident(p.polname) as name,
      concat_ws(' ', 'for', p.polcmd::text, 'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) as how
    from ${FROM_TABLES} join pg_policy p on p.polrelid = c.oid where ${OF_TABLES}`,
  extensions: `select extname as name, extversion as how from pg_extension`,
  // What somebody has set, be it in a file, for the database or for the user; not what a session chose for itself.
  settings: `select name, concat(setting, unit) as how from pg_settings
    where source in ('configuration file', 'command line', 'environment variable', 'database', 'user', 'database user')
      and name not in ('port', 'data_directory', 'config_file', 'hba_file', 'ident_file', 'external_pid_file')`,
}

/** Tables that hold rows of their own: partitions are counted with their parent. */
const COUNTED = `select ${TABLE} as name, case c.relkind when 'r' then 'only ' else '' end || ${TABLE} as "from",
    greatest(c.reltuples, 0)::float8 as estimate
  from ${FROM_TABLES} where c.relkind in ('r', 'p') and not c.relispartition and ${OF_TABLES} order by 1`

export type Entries = Readonly<Record<string, string>>

export async function readPart(client: Client, part: Exclude<Part, 'rows'>): Promise<Entries> {
  const { rows } = await client.query<{ name: string; how: string }>(`${QUERIES[part]} order by 1`)
  return Object.fromEntries(rows.map(({ name, how }) => [name, how]))
}

/** Rows of each table, counted, or as the statistics believe (`~1200`). */
export async function readRows(
  client: Client,
  {
    exact,
    onTable,
  }: { readonly exact: boolean; readonly onTable: (table: string, done: number, of: number) => void },
): Promise<Entries> {
  const { rows } = await client.query<{ name: string; from: string; estimate: number }>(COUNTED)
  const entries: [string, string][] = []
  for (const [at, { name, from, estimate }] of rows.entries()) {
    onTable(name, at, rows.length)
    entries.push([name, exact ? await countOf(client, from) : `~${Math.round(estimate)}`])
  }
  return Object.fromEntries(entries)
}

/** The name is quoted by the server. */
async function countOf(client: Client, from: string): Promise<string> {
  const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${from}`)
  return rows[0]?.n ?? '0'
}
