import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { ActionFailure } from '../action.ts'
import { exactText, quoteName } from './open.ts'
import type { SqliteTable } from './schema.ts'

const FIRST_ROWS = 50
const ROWS_LIMIT = 2_000

export interface PageRequest {
  readonly database: DatabaseSyncInstance
  readonly table: SqliteTable
  /** Of each row: `expression as name`. */
  readonly columns: readonly string[]
  /** Over the rows of a page, using those names; they are what a page consists of. */
  readonly aggregates: readonly string[]
  /** Bytes that a page should have; its rows are chosen by what the page before had. */
  readonly pageBytes: number
  readonly bytesOf: (values: readonly unknown[]) => number
}

export interface Page {
  readonly rows: number
  readonly values: readonly unknown[]
}

/** Goes through a table a page at a time, in the order it lies on disk: memory stays flat, wide rows or many. */
export function* pagesOf(request: PageRequest): Generator<Page> {
  const walk = walkOf(request)
  let place: readonly Place[] | undefined
  let limit = FIRST_ROWS
  for (;;) {
    const page = walk(place, limit)
    if (page.rows === 0) return
    yield page
    if (page.rows < limit) return
    place = page.place
    const perRow = Math.max(request.bytesOf(page.values) / page.rows, 1)
    limit = Math.max(1, Math.min(limit * 4, ROWS_LIMIT, Math.floor(request.pageBytes / perRow)))
  }
}

interface Place {
  readonly type: string
  readonly value: bigint | string | Uint8Array
}

type Walk = (
  after: readonly Place[] | undefined,
  limit: number,
) => Page & { readonly place: readonly Place[] }

function walkOf({ database, table, columns, aggregates }: PageRequest): Walk {
  const keys = keysOf(table)
  const from = quoteName(table.name)
  const order = keys.join(', ')
  const places = keys.map((key, at) => `${key} as place${at}`)
  const statements = new Map<string, ReturnType<DatabaseSyncInstance['prepare']>>()
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const select = (after: readonly Place[] | undefined, what: readonly string[]) =>
    `select ${what.join(', ')} from ${from} ${whereOf(order, after)} order by ${order} limit ?`
  const endOf = (after: readonly Place[] | undefined, bounds: readonly unknown[], limit: number) => {
    const exact = keys.flatMap((key) => [
      `typeof(${key})`,
      `iif(typeof(${key}) = 'text', ${exactText(key)}, ${key})`,
    ])
    const row = prepare(`${select(after, exact)} offset ?`).get(...bounds, 1, limit - 1) as unknown[]
    return keys.map((_, at) => placeOf(row[at * 2], row[at * 2 + 1]))
  }
  return (after, limit) => {
    const bounds = after?.map(({ value }) => value) ?? []
    // A rowid is a number, and its greatest is where the page ends; other keys may hold anything.
    const end = table.withoutRowid ? 'null' : 'max(place0)'
    const page = `select count(*), ${end}, ${aggregates.join(', ')} from (${select(after, [...columns, ...places])})`
    const [rows, last, ...values] = prepare(page).get(...bounds, limit) as unknown[]
    const full = Number(rows) === limit
    const place = full && table.withoutRowid ? endOf(after, bounds, limit) : [placeOf('integer', last)]
    return { rows: Number(rows), values, place }
  }
}

function whereOf(order: string, after: readonly Place[] | undefined): string {
  const types: Readonly<Record<string, string>> = { text: 'cast(? as text)', real: 'cast(? as real)' }
  return after ? `where (${order}) > (${after.map(({ type }) => types[type] ?? '?').join(', ')})` : ''
}

function placeOf(type: unknown, value: unknown): Place {
  // The binding takes a fraction near zero for zero; its digits arrive whole.
  if (typeof value === 'number') return { type: 'real', value: String(value) }
  if (typeof value === 'bigint' || value instanceof Uint8Array) return { type: String(type), value }
  return { type: 'integer', value: 0n }
}

/** What the rows are stored by: the primary key where SQLite says WITHOUT ROWID, else the rowid. */
function keysOf(table: SqliteTable): readonly string[] {
  if (table.withoutRowid) return table.primaryKey.map(quoteName)
  const taken = new Set(table.columns.map(({ name }) => name.toLowerCase()))
  const alias = ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name))
  if (table.rowidKey) return table.primaryKey.map(quoteName)
  if (alias !== undefined) return [alias]
  throw new ActionFailure(
    `The table ${table.name} uses all three names of SQLite’s rowid for columns of its own.`,
    {
      hint: 'Rename one of its columns rowid, _rowid_ and oid.',
      changed: 'nothing was changed',
    },
  )
}
