import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { quoteName } from './open.ts'

export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric'

export interface SqliteColumn {
  readonly name: string
  /** As in CREATE TABLE: `VARCHAR(40)`; empty where it names none. */
  readonly declared: string
  readonly affinity: Affinity
  readonly notNull: boolean
  /** The DEFAULT expression as SQL. */
  readonly defaultSql: string | null
  readonly generated: boolean
}

export interface SqliteIndex {
  readonly name: string
  readonly unique: boolean
  /** `constraint`: from UNIQUE in CREATE TABLE. */
  readonly origin: 'index' | 'constraint'
  /** Empty name: an expression. */
  readonly columns: readonly {
    readonly name: string
    readonly descending: boolean
    readonly collation: string
  }[]
  readonly partial: boolean
}

export interface SqliteForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  /** Empty: the primary key of the other table. */
  readonly references: readonly string[]
  readonly onUpdate: string
  readonly onDelete: string
}

export interface SqliteTable {
  readonly name: string
  readonly columns: readonly SqliteColumn[]
  /** Column names in key order; empty where the table has no primary key. */
  readonly primaryKey: readonly string[]
  /** The one INTEGER PRIMARY KEY, which is the rowid itself. */
  readonly rowidKey: boolean
  readonly withoutRowid: boolean
  readonly autoincrement: boolean
  /** The CREATE TABLE statement. */
  readonly sql: string
}

/** The ordinary tables, by name. Virtual tables and what belongs to them are not data of their own. */
export function readTables(database: DatabaseSyncInstance): readonly SqliteTable[] {
  const rows = all(
    database,
    `select l.name, l.wr, coalesce(s.sql, '') from pragma_table_list as l
     join sqlite_schema as s on s.type = 'table' and s.name = l.name
     where l.schema = 'main' and l.type = 'table' and l.name not like 'sqlite\\_%' escape '\\' order by l.name`,
  )
  return rows.map(([name, withoutRowid, sql]) =>
    readTable(database, String(name), withoutRowid === 1n, String(sql)),
  )
}

function readTable(
  database: DatabaseSyncInstance,
  name: string,
  withoutRowid: boolean,
  sql: string,
): SqliteTable {
  const rows = all(
    database,
    `select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo(?) order by cid`,
    name,
  )
  const columns = rows.map(([name, declared, notNull, defaultSql, , hidden]) => ({
    name: String(name),
    declared: String(declared),
    affinity: affinityOf(String(declared)),
    notNull: notNull === 1n,
    defaultSql: defaultSql === null ? null : String(defaultSql),
    generated: hidden === 2n || hidden === 3n,
  }))
  const primaryKey = rows
    .filter((row) => row[4] !== 0n)
    .sort((a, b) => Number(a[4]) - Number(b[4]))
    .map((row) => String(row[0]))
  const only = primaryKey.length === 1 ? columns.find((column) => column.name === primaryKey[0]) : undefined
  const rowidKey = !withoutRowid && only?.declared.toUpperCase() === 'INTEGER'
  // AUTOINCREMENT is legal only in the rowid key, so the word cannot stand for anything else outside quotes.
  const autoincrement = rowidKey && /\bAUTOINCREMENT\b/i.test(withoutQuoted(sql))
  return { name, columns, primaryKey, rowidKey, withoutRowid, autoincrement, sql }
}

export function readIndexes(database: DatabaseSyncInstance, table: string): readonly SqliteIndex[] {
  const rows = all(
    database,
    `select name, "unique", origin, partial from pragma_index_list(?) order by seq desc`,
    table,
  )
  return rows
    .filter(([, , origin]) => origin !== 'pk')
    .map(([name, unique, origin, partial]) => ({
      name: String(name),
      unique: unique === 1n,
      origin: origin === 'u' ? 'constraint' : 'index',
      partial: partial === 1n,
      columns: all(
        database,
        `select name, "desc", coll from pragma_index_xinfo(?) where key = 1 order by seqno`,
        String(name),
      ).map(([column, descending, collation]) => ({
        name: column === null ? '' : String(column),
        descending: descending === 1n,
        collation: String(collation).toUpperCase(),
      })),
    }))
}

export function readForeignKeys(database: DatabaseSyncInstance, table: string): readonly SqliteForeignKey[] {
  const rows = all(
    database,
    `select id, "table", "from", "to", on_update, on_delete from pragma_foreign_key_list(?) order by id, seq`,
    table,
  )
  const ids = [...new Set(rows.map(([id]) => id))]
  return ids.map((id) => {
    const parts = rows.filter((row) => row[0] === id)
    const [, other, , , onUpdate, onDelete] = parts[0] ?? []
    return {
      table: String(other),
      columns: parts.map((part) => String(part[2])),
      references: parts.every((part) => part[3] !== null) ? parts.map((part) => String(part[3])) : [],
      onUpdate: String(onUpdate),
      onDelete: String(onDelete),
    }
  })
}

export function countRows(database: DatabaseSyncInstance, table: string): number {
  return Number(all(database, `select count(*) from ${quoteName(table)}`)[0]?.[0])
}

/** Rows as arrays, integers as bigint: what the connection of openSqlite gives. */
export function all(database: DatabaseSyncInstance, sql: string, ...values: readonly unknown[]): unknown[][] {
  return database.prepare(sql).all(...values) as unknown[][]
}

/** SQLite's own rules, in its order: https://sqlite.org/datatype3.html#determination_of_column_affinity */
function affinityOf(declared: string): Affinity {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text'
  if (type === '' || type.includes('BLOB')) return 'blob'
  if (/REAL|FLOA|DOUB/.test(type)) return 'real'
  return 'numeric'
}

function withoutQuoted(sql: string): string {
  return sql.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
}
