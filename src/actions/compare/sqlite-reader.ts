import { hash as hashOnce, createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { setImmediate as breathe } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { packedFloats, packedJson, sqliteCell, sqliteLineArguments } from '../sqlite/cells.ts'
import type { ReadColumn } from '../sqlite/cells.ts'
import { exactText, quoteName } from '../sqlite/open.ts'
import { rowPagesOf } from '../sqlite/pages.ts'
import type { SqliteTable } from '../sqlite/schema.ts'
import { countRows } from '../sqlite/schema.ts'
import { isPacked } from '../pg/cells.ts'
import { canonicalJson } from '../values/json.ts'
import { BucketTally, bucketOf } from './bucket-tally.ts'
import type { BucketRow, BucketSum, ChunkHash, Key, KeyRange, Row, TableReader } from './side.ts'
import { LABEL_LIMIT, WHOLE_CELL_BYTES } from './side.ts'
import { oneLine } from '../wording.ts'

const PAGE_BYTES = 1_000_000
/** Enough for a label in any script. */
const LABEL_BYTES = 4 * LABEL_LIMIT
/** As SQLite has it. */
const NO_LIMIT = -1

export interface SqliteReaderOptions {
  readonly database: DatabaseSyncInstance
  readonly table: SqliteTable
  readonly columns: readonly ReadColumn[]
  /** The columns of the key, with what their values are; empty: none. */
  readonly key: readonly { readonly name: string; readonly is: 'integer' | 'text' }[]
  /** Columns that name a row in the buckets; empty: the whole row does. */
  readonly naming: readonly ReadColumn[]
}

/**
 * Reads a table of SQLite. The work happens in this thread, a chunk at a time with a breath after each, so that what
 * waits for PostgreSQL (a process of its own) goes on meanwhile.
 */
export function makeSqliteReader(options: SqliteReaderOptions): TableReader {
  const { database, table } = options
  const statements = makeStatements(options)
  return {
    count: async () => countRows(database, table.name),
    nextKeys: async (after, step, limit) => nextKeys(statements, after, step, limit),
    hashRanges: (ranges, limit) => hashRanges(statements, ranges, limit),
    rows: async (range, limit) => readRows(statements, range, limit, options),
    buckets: (count, onRows) => tally(options, count, onRows),
    bucketRows: (count, wanted) => bucketRows(options, count, wanted),
  }
}

type Statement = ReturnType<DatabaseSyncInstance['prepare']>

interface Statements {
  readonly hash: (range: KeyRange) => Statement
  readonly rows: (range: KeyRange) => Statement
  readonly keyAt: (after: Key | undefined) => Statement
}

function makeStatements({ database, table, columns, key }: SqliteReaderOptions): Statements {
  const prepared = new Map<string, Statement>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, known)
    return known
  }
  // Qualified, for the names of our own columns below may be those of the table as well.
  const names = key.map(({ name }) => `own.${quoteName(name)}`).join(', ')
  const bound = key.map(({ is }) => (is === 'text' ? 'cast(? as text)' : '?')).join(', ')
  const where = ({ after, upTo }: KeyRange) => {
    const conditions = [
      after ? [`(${names}) > (${bound})`] : [],
      upTo ? [`(${names}) <= (${bound})`] : [],
    ].flat()
    return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  }
  const exactKey = key
    .map(({ name, is }) => (is === 'text' ? exactText(quoteName(name)) : quoteName(name)))
    .join(', ')
  const floats = packedFloats(columns)
  const line = lineOf(columns)
  const json = packedJson(columns)
  const packed = `cutover_pack_floats(${floats.map((_, at) => `f${at}`).join(', ')})`
  const each = [
    `${line} as line`,
    `${json ?? 'null'} as json`,
    ...floats.map((float, at) => `${float} as f${at}`),
  ]
  const chunk = [
    'count(*)',
    'cast(group_concat(line, char(10)) as blob)',
    json === undefined ? 'null' : 'cast(group_concat(json, char(30)) as blob)',
    floats.length === 0 ? 'null' : packed,
  ]
  const cells = columns.map((column) => exactText(sqliteCell(column))).join(', ')
  const from = `${quoteName(table.name)} as own`
  return {
    hash: (range) =>
      prepare(
        `select ${chunk.join(', ')}
         from (select ${each.join(', ')} from ${from} ${where(range)} order by ${names} limit ?)`,
      ),
    rows: (range) =>
      prepare(`select ${exactKey}, ${cells} from ${from} ${where(range)} order by ${names} limit ?`),
    keyAt: (after) =>
      prepare(
        `select ${exactKey} from ${from} ${where(after ? { after } : {})} order by ${names} limit 1 offset ?`,
      ),
  }
}

function lineOf(columns: readonly ReadColumn[]): string {
  return `concat_ws('|', ${columns.flatMap(sqliteLineArguments).join(', ')})`
}

/** The line of a row that is hashed alone: what is packed beside the lines of a chunk stands at its end. */
function wholeLineOf(columns: readonly ReadColumn[]): string {
  const packed = columns
    .filter(({ kind }) => isPacked(kind))
    .map((column) => `coalesce(${sqliteCell(column)}, '')`)
  return packed.length === 0 ? lineOf(columns) : `concat_ws('|', ${lineOf(columns)}, ${packed.join(', ')})`
}

function nextKeys(
  { keyAt }: Statements,
  after: Key | undefined,
  step: number,
  limit: number,
): readonly Key[] {
  const keys: Key[] = []
  let from = after
  while (keys.length < limit) {
    const key = cleanKeyAfter(keyAt(from), from, step)
    if (!key) break
    keys.push(key)
    from = key
  }
  return keys
}

/** The key `step` rows on, or the next one that PostgreSQL can be asked about: it knows no NUL in a text. */
function cleanKeyAfter(statement: Statement, after: Key | undefined, step: number): Key | undefined {
  for (let offset = step - 1; ; offset++) {
    const row = statement.get(...(after ?? []), offset) as unknown[] | undefined
    if (!row) return undefined
    const key = keyOf(row)
    if (key.every((part) => typeof part === 'bigint' || (isUtf8(part) && !part.includes(0)))) return key
  }
}

async function hashRanges(
  { hash }: Statements,
  ranges: readonly KeyRange[],
  limit = NO_LIMIT,
): Promise<readonly ChunkHash[]> {
  const hashes: ChunkHash[] = []
  for (const range of ranges) {
    const [rows, lines, json, floats] = hash(range).get(...boundOf(range), limit) as [
      bigint,
      ...(Uint8Array | null)[],
    ]
    const digest = createHash('sha256')
    if (lines) digest.update(lines)
    if (json) digest.update(canonicalJsonOf(json))
    if (floats) digest.update(floats)
    const bytes = (lines?.length ?? 0) + (json?.length ?? 0)
    hashes.push({ rows: Number(rows), bytes, hash: digest.digest('hex') })
    await breathe()
  }
  return hashes
}

/** The JSON values of a chunk, each as PostgreSQL writes it; one that is no JSON is marked, and so never the same. */
function canonicalJsonOf(bytes: Uint8Array): string {
  const values = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString().split('\u001e')
  const canonical = values.map((value) => (value === '' ? '' : (canonicalJson(value) ?? `!${value}`)))
  return `${isUtf8(bytes) ? '' : '!'}${canonical.join('\u001e')}`
}

function readRows(
  { rows }: Statements,
  range: KeyRange,
  limit: number,
  { key }: SqliteReaderOptions,
): readonly Row[] {
  const found = rows(range).all(...boundOf(range), limit) as unknown[][]
  return found.map((values) => ({
    key: keyOf(values.slice(0, key.length)),
    cells: values.slice(key.length).map(textOf),
  }))
}

async function tally(
  { database, table, columns, naming }: SqliteReaderOptions,
  count: number,
  onRows: (rows: number) => void,
): Promise<readonly BucketSum[]> {
  const line = exactText(wholeLineOf(columns))
  const name = naming.length === 0 ? 'null' : exactText(wholeLineOf(naming))
  const tally = new BucketTally(count)
  let rows = 0
  for (const page of rowPagesOf({ database, table, columns: [line, name], pageBytes: PAGE_BYTES })) {
    for (const [bytes, key] of page) {
      const digest = digestOf(bytes)
      tally.add(bucketOf(naming.length === 0 ? digest : digestOf(key), count), digest)
    }
    rows += page.length
    onRows(rows)
    await breathe()
  }
  return tally.sums()
}

async function bucketRows(
  { database, table, columns, naming }: SqliteReaderOptions,
  count: number,
  wanted: readonly number[],
): Promise<readonly BucketRow[]> {
  const selected = new Set(wanted)
  const names = naming.length === 0 ? columns : naming
  const read = [
    exactText(wholeLineOf(names)),
    ...names.map(({ name }) => `substr(${exactText(quoteName(name))}, 1, ${LABEL_BYTES})`),
    ...columns.map((column) => exactText(sqliteCell(column))),
  ]
  const found: BucketRow[] = []
  for (const page of rowPagesOf({ database, table, columns: read, pageBytes: PAGE_BYTES })) {
    for (const [line, ...values] of page) {
      const digest = digestOf(line)
      if (!selected.has(bucketOf(digest, count))) continue
      const label = oneLine(values.slice(0, names.length).map(labelOf).join(', '), LABEL_LIMIT)
      found.push({ key: digest.toString('hex'), label, cells: values.slice(names.length).map(shortCell) })
    }
    await breathe()
  }
  return found
}

function digestOf(bytes: unknown): Buffer {
  return hashOnce('sha256', bytes instanceof Uint8Array ? bytes : '', 'buffer')
}

function shortCell(value: unknown): string | null {
  const long = value instanceof Uint8Array && value.length > WHOLE_CELL_BYTES
  return long ? digestOf(value).toString('hex') : textOf(value)
}

function labelOf(value: unknown): string {
  return value instanceof Uint8Array ? oneLine(Buffer.from(value).toString(), LABEL_LIMIT) : 'NULL'
}

function boundOf({ after, upTo }: KeyRange): Key {
  return [...(after ?? []), ...(upTo ?? [])]
}

function keyOf(values: readonly unknown[]): Key {
  return values.map((value) => {
    if (typeof value === 'bigint') return value
    if (value instanceof Uint8Array) return Buffer.from(value)
    throw new TypeError('a key of SQLite is neither a whole number nor a text')
  })
}

/** Exact: latin1 keeps each byte, and PostgreSQL's texts go the same way. */
function textOf(value: unknown): string | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : null
}
