import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { ActionFailure } from '../action.ts'
import { exactText, quoteName } from './open.ts'
import type { SqliteTable } from './schema.ts'

const FIRST_ROWS = 50
const ROWS_LIMIT = 2_000

interface TableRequest {
  readonly database: DatabaseSyncInstance
  readonly table: SqliteTable
  /** Bytes that a page should have; its rows are chosen by what the page before had. */
  readonly pageBytes: number
}

/** What one query gave, with the place in the table where it ended. */
interface Step<Result> {
  readonly rows: number
  readonly bytes: number
  readonly result: Result
  readonly end: readonly Place[]
}

/** A value of the key of storage, with its type. */
interface Place {
  readonly type: string
  readonly value: bigint | string | Uint8Array
}

export interface PageRequest extends TableRequest {
  /** Of each row: `expression as name`. */
  readonly columns: readonly string[]
  /** Over the rows of a page, using those names; they are what a page consists of. The first is its bytes. */
  readonly aggregates: readonly string[]
}

export interface Page {
  readonly rows: number
  readonly values: readonly unknown[]
}

/** Goes through a table a page at a time, in the order it lies on disk: memory stays flat, wide rows or many. */
export function* pagesOf(request: PageRequest): Generator<Page> {
  const { table, columns, aggregates } = request
  const { keys, prepare, select, endOf } = storageOf(request)
  // A rowid is a number, and its greatest is where the page ends; other keys may hold anything.
  const end = table.withoutRowid ? 'null' : 'max(place0)'
  const inner = [...columns, ...keys.map((key, at) => `${key} as place${at}`)]
  yield* walk(request, (after, limit) => {
    const page = `select count(*), ${end}, ${aggregates.join(', ')} from (${select(after, inner)})`
    const [rows, last, ...values] = prepare(page).get(...boundsOf(after), limit) as unknown[]
    const full = Number(rows) === limit
    return {
      rows: Number(rows),
      bytes: sizeOf(values[0]),
      result: { rows: Number(rows), values },
      end: full && table.withoutRowid ? endOf(after, limit) : [placeOf('integer', last)],
    }
  })
}

/**
 * The rows of a table, a page at a time. Not an iterator of the binding: that one does not keep its statement alive,
 * and fails when the collector takes it.
 */
export function* rowPagesOf(
  request: TableRequest & { readonly columns: readonly string[] },
): Generator<unknown[][]> {
  const { keys, prepare, select } = storageOf(request)
  const places = keys.flatMap((key) => [`typeof(${key})`, exactPlace(key)])
  yield* walk(request, (after, limit) => {
    const rows = prepare(select(after, [...places, ...request.columns])).all(
      ...boundsOf(after),
      limit,
    ) as unknown[][]
    const last = rows.at(-1) ?? []
    const result = rows.map((row) => row.slice(places.length))
    const bytes = result.reduce(
      (sum, row) => sum + row.reduce<number>((size, value) => size + sizeOf(value), 0),
      0,
    )
    return {
      rows: rows.length,
      bytes,
      result,
      end: keys.map((_, at) => placeOf(last[at * 2], last[at * 2 + 1])),
    }
  })
}

function* walk<Result>(
  { pageBytes }: TableRequest,
  step: (after: readonly Place[] | undefined, limit: number) => Step<Result>,
): Generator<Result> {
  let after: readonly Place[] | undefined
  let limit = FIRST_ROWS
  for (;;) {
    const { rows, bytes, result, end } = step(after, limit)
    if (rows > 0) yield result
    if (rows < limit) return
    after = end
    limit = Math.max(1, Math.min(limit * 4, ROWS_LIMIT, Math.floor((pageBytes * rows) / Math.max(bytes, 1))))
  }
}

/** How a table is read along the key it is stored by. Each select takes the bounds of `after`, then a limit. */
function storageOf({ database, table }: TableRequest) {
  const keys = keysOf(table)
  const order = keys.join(', ')
  const statements = new Map<string, ReturnType<DatabaseSyncInstance['prepare']>>()
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const select = (after: readonly Place[] | undefined, what: readonly string[]) =>
    `select ${what.join(', ')} from ${quoteName(table.name)} as own ${whereOf(order, after)} order by ${order} limit ?`
  const endOf = (after: readonly Place[] | undefined, limit: number) => {
    const exact = keys.flatMap((key) => [`typeof(${key})`, exactPlace(key)])
    const row = prepare(`${select(after, exact)} offset ?`).get(...boundsOf(after), 1, limit - 1) as unknown[]
    return keys.map((_, at) => placeOf(row[at * 2], row[at * 2 + 1]))
  }
  return { keys, prepare, select, endOf }
}

function exactPlace(key: string): string {
  return `iif(typeof(${key}) = 'text', ${exactText(key)}, ${key})`
}

function boundsOf(after: readonly Place[] | undefined): (bigint | string | Uint8Array)[] {
  return after?.map(({ value }) => value) ?? []
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

function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : 8
}

/** What the rows are stored by: the primary key where SQLite says WITHOUT ROWID, else the rowid. */
function keysOf(table: SqliteTable): readonly string[] {
  if (table.withoutRowid || table.rowidKey) return table.primaryKey.map((name) => `own.${quoteName(name)}`)
  const taken = new Set(table.columns.map(({ name }) => name.toLowerCase()))
  const alias = ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name))
  if (alias !== undefined) return [`own.${alias}`]
  throw new ActionFailure(
    `The table ${table.name} uses all three names of SQLite’s rowid for columns of its own.`,
    {
      hint: 'Rename one of its columns rowid, _rowid_ and oid.',
      changed: 'nothing was changed',
    },
  )
}
