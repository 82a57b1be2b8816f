import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'

/** A schema as it must be made again, and what is in it. */
export interface SchemaState {
  readonly oid: number
  readonly owner: string
  readonly comment: string | null
  /** Tables and partitioned tables, by name. */
  readonly tables: readonly string[]
  /** How many views, sequences, functions and types of its own stand beside the tables. */
  readonly others: number
  /** Statements that give a schema of this name the rights, and its future objects the default rights, of this one. */
  readonly grants: readonly string[]
  /** Extensions in it that can be moved. */
  readonly extensions: readonly string[]
}

const SCHEMA = `
  select n.oid::int8::float8 as oid, pg_get_userbyid(n.nspowner) as owner, obj_description(n.oid, 'pg_namespace') as comment,
    array(select c.relname::text from pg_class c
      where c.relnamespace = n.oid and c.relkind in ('r', 'p') and not exists (select 1 from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') order by 1) as tables,
    (select count(*)::int from pg_depend d
      where d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.deptype = 'n'
        and d.classid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
        and not exists (select 1 from pg_class t where d.classid = 'pg_class'::regclass and t.oid = d.objid and t.relkind in ('r', 'p'))
        and not exists (select 1 from pg_depend e
          where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')) as others,
    array(select e.extname::text from pg_extension e
      where e.extnamespace = n.oid and e.extrelocatable order by 1) as extensions
  from pg_namespace n where n.nspname = $1`

const GRANTS = `
  select a.privilege_type as privilege, a.is_grantable as grantable,
    case a.grantee when 0 then null else pg_get_userbyid(a.grantee) end as grantee,
    null as kind, null as "for"
  from pg_namespace n cross join aclexplode(n.nspacl) a where n.nspname = $1
  union all
  select a.privilege_type, a.is_grantable, case a.grantee when 0 then null else pg_get_userbyid(a.grantee) end,
    d.defaclobjtype, pg_get_userbyid(d.defaclrole)
  from pg_namespace n join pg_default_acl d on d.defaclnamespace = n.oid cross join aclexplode(d.defaclacl) a
  where n.nspname = $1`

interface Grant {
  readonly privilege: string
  readonly grantable: boolean
  /** Null: everybody. */
  readonly grantee: string | null
  /** Of default rights: what kind of object, and made by whom. */
  readonly kind: string | null
  readonly for: string | null
}

/** The schema of that name, or undefined when there is none. */
export async function readSchemaState(client: Client, name: string): Promise<SchemaState | undefined> {
  const { rows } = await client.query<Omit<SchemaState, 'grants'>>(SCHEMA, [name])
  const [state] = rows
  if (!state) return undefined
  const grants = await client.query<Grant>(GRANTS, [name])
  return { ...state, grants: grants.rows.map((grant) => statementOf(name, grant)) }
}

const KINDS: Readonly<Record<string, string>> = { r: 'tables', S: 'sequences', f: 'functions', T: 'types' }

function statementOf(name: string, { privilege, grantable, grantee, kind, for: role }: Grant): string {
  const to = `to ${grantee === null ? 'public' : escapeIdentifier(grantee)}${grantable ? ' with grant option' : ''}`
  const schema = escapeIdentifier(name)
  if (kind === null || role === null) return `grant ${privilege} on schema ${schema} ${to}`
  const objects = KINDS[kind] ?? 'tables'
  return `alter default privileges for role ${escapeIdentifier(role)} in schema ${schema} grant ${privilege} on ${objects} ${to}`
}
