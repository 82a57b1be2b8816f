import type { Client } from 'pg'
import { z } from 'zod'
import type { DatabaseNote } from './note.ts'
import { readNote } from './note.ts'

const Grant = z.object({
  /** Null: everybody. */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
})
export type Grant = z.infer<typeof Grant>

const Setting = z.object({
  /** Null: whoever connects. */
  role: z.string().nullable(),
  /** `work_mem=64MB` */
  config: z.array(z.string()),
})
export type Setting = z.infer<typeof Setting>

const Row = z.object({
  oid: z.number(),
  name: z.string(),
  owner: z.string(),
  /** False: nobody can connect. */
  allowed: z.boolean(),
  /** -1: no limit of its own. */
  limit: z.number(),
  encoding: z.string(),
  collate: z.string().nullable(),
  ctype: z.string().nullable(),
  /** `c` libc, `i` ICU, `b` built in. */
  provider: z.string(),
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  tablespace: z.string(),
  comment: z.string().nullable(),
  grants: z.array(Grant),
  settings: z.array(Setting),
})

/** A database as the whole server sees it: what stays behind when another one takes its name. */
export interface DatabaseState extends Omit<z.infer<typeof Row>, 'comment'> {
  /** Without what Cutover wrote at its end. */
  readonly comment: string | null
  readonly note: DatabaseNote
}

// The catalogue has other columns in each major version; as JSON, a column that is not there is null.
const STATE = `
  select d.oid::int8::float8 as oid, d.datname as name, pg_get_userbyid(d.datdba) as owner,
    d.datallowconn as allowed, d.datconnlimit as "limit", pg_encoding_to_char(d.encoding) as encoding,
    d.datcollate as collate, d.datctype as ctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as provider,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale,
    to_jsonb(d) ->> 'daticurules' as "icuRules", t.spcname as tablespace,
    shobj_description(d.oid, 'pg_database') as comment,
    (select coalesce(json_agg(json_build_object(
        'grantee', case a.grantee when 0 then null else pg_get_userbyid(a.grantee) end,
        'privilege', a.privilege_type, 'grantable', a.is_grantable) order by a.grantee, a.privilege_type), '[]')
      from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) as grants,
    (select coalesce(json_agg(json_build_object('role', r.rolname, 'config', s.setconfig) order by s.setrole), '[]')
      from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid) as settings
  from pg_database d join pg_tablespace t on t.oid = d.dattablespace`

/** The database of that name, or undefined. Any connection to the server will do. */
export async function readDatabase(client: Client, name: string): Promise<DatabaseState | undefined> {
  const { rows } = await client.query(`${STATE} where d.datname = $1`, [name])
  return stateOf(rows)
}

export async function readDatabaseByOid(client: Client, oid: number): Promise<DatabaseState | undefined> {
  const { rows } = await client.query(`${STATE} where d.oid = $1`, [oid])
  return stateOf(rows)
}

export async function databaseNames(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>('select datname as name from pg_database')
  return new Set(rows.map(({ name }) => name))
}

function stateOf(rows: readonly unknown[]): DatabaseState | undefined {
  if (rows[0] === undefined) return undefined
  const { comment, ...row } = Row.parse(rows[0])
  const { own, note } = readNote(comment)
  return { ...row, comment: own, note }
}
