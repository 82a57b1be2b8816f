import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import { ActionFailure } from '../action.ts'
import type { PgTable } from '../pg/schema.ts'
import type { CopiedTable } from './plan.ts'
import type { Work } from './work.ts'

export function fullName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
}

/** Rows that are there already are never touched, nor mixed with others. */
export async function refuseRows(client: Client, tables: readonly PgTable[], place: string): Promise<void> {
  const filled: string[] = []
  for (const table of tables) {
    const { rowCount } = await client.query(`select 1 from ${fullName(table)} limit 1`)
    if (rowCount !== 0) filled.push(table.name)
  }
  if (filled.length === 0) return
  throw new ActionFailure(`${place} already has rows in ${filled.join(', ')}.`, {
    hint: 'If they are from an earlier try, set the database aside (pg.set-aside) or empty the tables (truncate), then try again; to leave a table out, name it under exclude.',
    changed: 'nothing was changed',
  })
}

export interface SetDown {
  /** Takes down what only slows the load, and shuts the triggers up. */
  readonly takeDown: readonly string[]
  /** Puts all of it back, indexes first. */
  readonly putBack: readonly { readonly label: string; readonly sql: string }[]
}

interface Definition {
  readonly kind: 'foreign key' | 'index' | 'triggers'
  readonly table: string
  readonly name: string
  readonly definition: string
}

/**
 * The secondary indexes and foreign keys of tables that exist, and whether they have triggers. Primary keys and unique
 * constraints stay: other tables and views may stand on them. All happens inside the transaction of the load, so a
 * crash half way leaves everything as it was.
 */
export async function setDownOf(client: Client, tables: readonly PgTable[]): Promise<SetDown> {
  const definitions: Definition[] = []
  for (const table of tables) {
    const { rows } = await client.query<Definition>(DEFINITIONS, [fullName(table)])
    definitions.push(...rows)
  }
  const of = (kind: Definition['kind']) => definitions.filter((definition) => definition.kind === kind)
  return {
    takeDown: [
      ...of('foreign key').map(
        ({ table, name }) => `alter table ${table} drop constraint ${escapeIdentifier(name)}`,
      ),
      ...of('index').map(({ name }) => `drop index ${name}`),
      ...of('triggers').map(({ table }) => `alter table ${table} disable trigger user`),
    ],
    putBack: [
      ...of('index').map(({ name, definition }) => ({ label: `index ${name}`, sql: definition })),
      ...of('foreign key').map(({ table, name, definition }) => ({
        label: `foreign key ${name}`,
        sql: `alter table ${table} add constraint ${escapeIdentifier(name)} ${definition}`,
      })),
      ...of('triggers').map(({ table, definition }) => ({ label: `triggers of ${table}`, sql: definition })),
    ],
  }
}

// Not taken down: an index behind a constraint, the replica identity, one that clusters or belongs to a partition, and
// one with a comment or statistics of its own, which its definition would not bring back. A foreign key with a
// comment is left as well. Triggers come back exactly as enabled as each was.
const DEFINITIONS = `
  select 'foreign key' as kind, c.conrelid::regclass::text as table, c.conname as name, pg_get_constraintdef(c.oid) as definition
  from pg_constraint c where c.conrelid = $1::regclass and c.contype = 'f' and c.conparentid = 0
    and not exists (select 1 from pg_description d where d.objoid = c.oid)
  union all
  select 'index', i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
  from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indrelid = $1::regclass and not i.indisprimary and not i.indisunique and not i.indisreplident and not i.indisclustered
    and x.relkind = 'i' and not x.relispartition and x.reltablespace = 0
    and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)
    and not exists (select 1 from pg_description d where d.objoid = i.indexrelid)
    and not exists (select 1 from pg_attribute a where a.attrelid = i.indexrelid and a.attstattarget > -1)
  union all
  select 'triggers', t.tgrelid::regclass::text, '',
    string_agg(format('alter table %s %s trigger %I', t.tgrelid::regclass,
      case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always' else 'enable' end,
      t.tgname), '; ')
  from pg_trigger t where t.tgrelid = $1::regclass and not t.tgisinternal group by t.tgrelid`

/** Takes down indexes and foreign keys of given tables. `frozen`: they were emptied, so rows may be written as old. */
export async function emptyHands(
  { client, request }: Work,
  tables: readonly CopiedTable[],
): Promise<SetDown & { readonly frozen: boolean }> {
  const targets = tables.map(({ target }) => target)
  const names = targets.map(fullName).join(', ')
  await client.query(`lock table ${names} in access exclusive mode`)
  await refuseRows(client, targets, request.to.name)
  const setDown = await setDownOf(client, targets)
  for (const sql of setDown.takeDown) await client.query(sql)
  const frozen = targets.every(({ partitioned }) => !partitioned) && (await truncate(client, names))
  return { ...setDown, frozen }
}

/** The tables are empty; this only tells PostgreSQL that all their rows will be from this transaction. */
async function truncate(client: Client, names: string): Promise<boolean> {
  await client.query('savepoint emptied')
  try {
    await client.query(`truncate ${names}`)
    await client.query('release savepoint emptied')
    return true
  } catch {
    // A foreign key of a table that is not copied points here: the load works without this as well.
    await client.query('rollback to savepoint emptied')
    return false
  }
}
