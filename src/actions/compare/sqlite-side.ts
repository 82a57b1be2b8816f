import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { addFunctions } from '../sqlite/functions.ts'
import { openSqlite, quoteName } from '../sqlite/open.ts'
import { all, readTables } from '../sqlite/schema.ts'
import type { SqliteTable } from '../sqlite/schema.ts'
import type { SqliteTarget } from '../targets.ts'
import type { Kind } from '../values/kinds.ts'
import type { Side, SideTable } from './plan.ts'
import { makeSqliteReader } from './sqlite-reader.ts'

/** Opens a SQLite file for a comparison; all that is read until `close` is one state of it. */
export function openSqliteSide(target: SqliteTarget): Side {
  const database = openSqlite(target)
  addFunctions(database)
  database.exec('begin')
  const tables = readTables(database).map((table) => sideTable(database, table))
  return {
    kind: 'sqlite',
    tables,
    close: async () => {
      // Only reading happened; closing ends the transaction as well.
      database.close()
    },
  }
}

function sideTable(database: DatabaseSyncInstance, table: SqliteTable): SideTable {
  const readColumn = ({ name, kind }: { readonly name: string; readonly kind: Kind }) => ({
    name,
    kind,
    affinity: table.columns.find((column) => column.name === name)?.affinity ?? 'blob',
  })
  return {
    name: table.name,
    columns: table.columns.map(({ name, generated }) => ({ name, generated, kind: undefined })),
    primaryKey: table.primaryKey,
    walk: (columns) => walk(database, table, columns),
    reader: ({ columns, key, naming }) =>
      makeSqliteReader({
        database,
        table,
        columns: columns.map(readColumn),
        key,
        naming: naming.map(readColumn),
      }),
  }
}

/** SQLite takes any value in any column, and NULL in most keys: only a look at the values says how they sort. */
function walk(database: DatabaseSyncInstance, table: SqliteTable, columns: readonly string[]) {
  const asKey =
    columns.length === table.primaryKey.length && columns.every((name, at) => name === table.primaryKey[at])
  if (!asKey) return undefined
  if (table.rowidKey) return ['integer' as const]
  if (!sortsByBytes(database, table.name)) return undefined
  const types = columns.map((name) => {
    const only = (type: string) =>
      all(
        database,
        `select 1 from ${quoteName(table.name)} where typeof(${quoteName(name)}) <> ? limit 1`,
        type,
      ).length === 0
    if (only('integer')) return 'integer' as const
    return only('text') ? ('text' as const) : undefined
  })
  return types.every((type) => type !== undefined) ? types : undefined
}

function sortsByBytes(database: DatabaseSyncInstance, table: string): boolean {
  const collations = all(
    database,
    `select x.coll from pragma_index_list(?) as l, pragma_index_xinfo(l.name) as x where l.origin = 'pk' and x.key = 1`,
    table,
  )
  return collations.every(([collation]) => String(collation).toUpperCase() === 'BINARY')
}
