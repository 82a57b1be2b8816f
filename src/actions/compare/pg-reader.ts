import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import type { PgReadColumn } from '../pg/cells.ts'
import { isPacked, pgCell, pgLineArguments, pgPackedFloats, pgPackedJson } from '../pg/cells.ts'
import type { BucketRow, BucketSum, ChunkHash, Key, KeyRange, TableReader } from './side.ts'
import { LABEL_LIMIT, WHOLE_CELL_BYTES } from './side.ts'
import { oneLine } from '../wording.ts'

export interface PgReaderOptions {
  /** One or more connections that see the same snapshot. */
  readonly clients: readonly Client[]
  readonly schema: string
  readonly table: string
  readonly columns: readonly PgReadColumn[]
  /** The columns of the key, with what their values are; empty: none. */
  readonly key: readonly { readonly name: string; readonly is: 'integer' | 'text' }[]
  /** Columns that name a row in the buckets; empty: the whole row does. */
  readonly naming: readonly PgReadColumn[]
}

/** Reads a table of PostgreSQL; ranges go to the connections in turn, and each answers its own in order. */
export function makePgReader(options: PgReaderOptions): TableReader {
  const { clients, key } = options
  const sql = makeSql(options)
  let turn = 0
  const next = (): Client => {
    const client = clients[turn++ % clients.length]
    if (!client) throw new TypeError('a reader needs a connection')
    return client
  }
  return {
    count: async () => Number((await ask(next(), `select count(*) from ${sql.from}`))[0]?.[0]),
    nextKeys: async (after, step, limit) => {
      const values = [...bindKey(after), String(step), String(step * limit)]
      return (await ask(next(), sql.nextKeys(after), values)).map((row) => readKey(row, key))
    },
    hashRanges: (ranges, limit) => hashRanges(next(), sql, ranges, limit),
    rows: async (range, limit) => {
      const found = await ask(next(), sql.rows(range), [
        ...bindKey(range.after),
        ...bindKey(range.upTo),
        String(limit),
      ])
      return found.map((row) => ({
        key: readKey(row.slice(0, key.length), key),
        cells: row.slice(key.length).map(exact),
      }))
    },
    buckets: async (count) => readBuckets(await ask(next(), sql.buckets(count)), count),
    bucketRows: async (count, wanted) => {
      const rows = await ask(next(), sql.bucketRows(count), [`{${wanted.join(',')}}`])
      return rows.map((row) => bucketRow(row, options))
    },
  }
}

const lastAsked = new WeakMap<Client, Promise<unknown>>()

/**
 * One query after the other on each connection. All values come as texts: int8 and numeric keep every digit, and
 * nothing is parsed that is only compared.
 */
async function ask(
  client: Client,
  text: string,
  values: readonly (string | null)[] = [],
): Promise<(string | null)[][]> {
  const types = { getTypeParser: () => (value: string) => value }
  const before = lastAsked.get(client) ?? Promise.resolve()
  const query = async () =>
    client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array', types })
  // After a failure the next one fails by itself: the transaction is gone.
  const answer = before.then(query, query)
  lastAsked.set(client, answer)
  return (await answer).rows
}

type Sql = ReturnType<typeof makeSql>

function makeSql({ schema, table, columns, key, naming }: PgReaderOptions) {
  const from = `${escapeIdentifier(schema)}.${escapeIdentifier(table)} as own`
  // Qualified, for the names of our own columns below may be those of the table as well.
  const names = key.map(({ name }) => `own.${escapeIdentifier(name)}`)
  const keys = names.join(', ')
  const line = lineOf(columns)
  const wholeLine = wholeLineOf(columns)
  const nameLine = wholeLineOf(naming.length === 0 ? columns : naming)
  const floats = pgPackedFloats(columns)
  const json = pgPackedJson(columns)
  const cells = columns.map(pgCell).join(', ')
  const labels = (naming.length === 0 ? columns : naming).map(
    ({ name }) => `left(${escapeIdentifier(name)}::text, ${LABEL_LIMIT})`,
  )
  const bound = (first: number) =>
    key.map(({ is }, at) => `$${first + at}::${is === 'text' ? 'text' : 'bigint'}`)
  const where = ({ after, upTo }: KeyRange) => {
    const low = after ? [`(${keys}) > (${bound(1).join(', ')})`] : []
    const high = upTo ? [`(${keys}) <= (${bound(1 + (after ? key.length : 0)).join(', ')})`] : []
    const conditions = [...low, ...high]
    return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  }
  const boundCount = ({ after, upTo }: KeyRange) =>
    key.length * (Number(after !== undefined) + Number(upTo !== undefined))
  // The rows come out of the subquery in order, mostly straight from the index, and an aggregate without GROUP BY
  // takes them as they come; an ORDER BY of its own would sort every row once more.
  const texts = [
    `coalesce(string_agg(line, E'\\n'), '')`,
    ...(json ? [`coalesce(string_agg(json, E'\\x1e'), '')`] : []),
  ]
  const packed = floats === undefined ? '' : ` || coalesce(string_agg(f, ''::bytea), '')`
  const hashed = `sha256(convert_to(${texts.join(' || ')}, 'UTF8')${packed})`
  const digest = `select count(*) as n, coalesce(sum(octet_length(line) + coalesce(octet_length(json), 0)), 0) as bytes, encode(${hashed}, 'hex') as digest`
  const each = `${line} as line, ${json ?? 'null::text'} as json, ${floats ?? 'null'} as f`
  const arrays = (first: number) =>
    key.map(({ is }, at) => `$${first + at}::${is === 'text' ? 'text' : 'bigint'}[]`)
  const lows = key.map((_, at) => `r.a${at}`).join(', ')
  const highs = key.map((_, at) => `r.b${at}`).join(', ')
  const hashOf = (text: string) => `sha256(convert_to(${text}, 'UTF8'))`
  const bucket = (digest: string, count: number) =>
    `(get_byte(${digest}, 0) * 256 + get_byte(${digest}, 1)) & ${count - 1}`
  const piece = (digest: string, at: number) =>
    `('x' || encode(substr(${digest}, ${at}, 6), 'hex'))::bit(48)::bigint`
  return {
    from,
    nextKeys: (after: Key | undefined) => {
      const place = after ? key.length : 0
      const page = `select ${keys}, row_number() over (order by ${keys}) as cutover_place from ${from} ${where(after ? { after } : {})}
        order by ${keys} limit $${place + 2}::bigint`
      return `select ${key.map(({ name }) => `page.${escapeIdentifier(name)}`).join(', ')} from (${page}) as page where page.cutover_place % $${place + 1}::bigint = 0 order by page.cutover_place`
    },
    hashRange: (range: KeyRange) =>
      `${digest} from (select ${each} from ${from} ${where(range)} order by ${keys}
        limit $${boundCount(range) + 1}::bigint) as part`,
    hashRanges: `select s.n, s.bytes, s.digest
      from unnest(${[...arrays(1), ...arrays(1 + key.length)].join(', ')})
        with ordinality as r(${[...key.map((_, at) => `a${at}`), ...key.map((_, at) => `b${at}`), 'place'].join(', ')})
      cross join lateral (${digest} from (select ${each} from ${from}
        where (${keys}) > (${lows}) and (${keys}) <= (${highs}) order by ${keys}
        limit $${1 + 2 * key.length}::bigint) as part) as s order by r.place`,
    rows: (range: KeyRange) =>
      `select ${keys}, ${cells} from ${from} ${where(range)} order by ${keys} limit $${boundCount(range) + 1}::bigint`,
    buckets: (count: number) =>
      `select ${bucket('named', count)} as bucket, count(*), sum(${piece('row', 1)}) % ${2 ** 48}, sum(${piece('row', 7)}) % ${2 ** 48}
       from (select ${hashOf(wholeLine)} as row, ${hashOf(nameLine)} as named from ${from}) as digests group by 1`,
    bucketRows: (count: number) =>
      `select encode(cutover_name, 'hex'), ${[...labels, ...columns.map(shortCell)].join(', ')}
       from (select *, ${hashOf(nameLine)} as cutover_name from ${from}) as own where (${bucket('cutover_name', count)}) = any($1::int[])`,
  }
}

function lineOf(columns: readonly PgReadColumn[]): string {
  const values = columns.flatMap(pgLineArguments)
  // At most a hundred arguments reach a function.
  const groups: string[] = []
  for (let at = 0; at < values.length; at += 90)
    groups.push(`concat_ws('|', ${values.slice(at, at + 90).join(', ')})`)
  return groups.join(` || '|' || `)
}

/** The line of a row that is hashed alone: what is packed beside the lines of a chunk stands at its end. */
function wholeLineOf(columns: readonly PgReadColumn[]): string {
  const packed = columns
    .filter(({ kind }) => isPacked(kind))
    .map((column) => `coalesce(${pgCell(column)}, '')`)
  return packed.length === 0 ? lineOf(columns) : `concat_ws('|', ${lineOf(columns)}, ${packed.join(', ')})`
}

async function hashRanges(
  client: Client,
  sql: Sql,
  ranges: readonly KeyRange[],
  limit?: number,
): Promise<readonly ChunkHash[]> {
  const most = limit === undefined ? null : String(limit)
  const hashes = new Map<KeyRange, ChunkHash>()
  const closed = ranges.filter((range) => range.after !== undefined && range.upTo !== undefined)
  // Open ranges are the first and the last of a table. All are sent at once: the connection answers in order.
  const open = ranges
    .filter((range) => !closed.includes(range))
    .map(async (range) => {
      const values = [...bindKey(range.after), ...bindKey(range.upTo), most]
      const [row] = await ask(client, sql.hashRange(range), values)
      if (row) hashes.set(range, readHash(row))
    })
  const batch = async () => {
    if (closed.length === 0) return
    const rows = await ask(client, sql.hashRanges, [...boundArrays(closed), most])
    for (const [at, row] of rows.entries()) {
      const range = closed[at]
      if (range) hashes.set(range, readHash(row))
    }
  }
  await Promise.all([...open, batch()])
  return ranges.map((range) => hashes.get(range) ?? { rows: 0, bytes: 0, hash: '' })
}

function boundArrays(ranges: readonly KeyRange[]): string[] {
  const width = ranges[0]?.after?.length ?? 0
  const side = (bound: 'after' | 'upTo') =>
    Array.from(
      { length: width },
      (_, at) => `{${ranges.map((range) => arrayElement(bindKey(range[bound])[at] ?? '')).join(',')}}`,
    )
  return [...side('after'), ...side('upTo')]
}

function arrayElement(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

function readHash([rows, bytes, hash]: readonly (string | null)[]): ChunkHash {
  return { rows: Number(rows), bytes: Number(bytes), hash: hash ?? '' }
}

function readBuckets(rows: readonly (string | null)[][], count: number): readonly BucketSum[] {
  const buckets = Array.from({ length: count }, (): BucketSum => ({ rows: 0, sums: [0, 0] }))
  for (const [bucket, size, first, second] of rows) {
    buckets[Number(bucket)] = { rows: Number(size), sums: [Number(first), Number(second)] }
  }
  return buckets
}

function bucketRow(row: readonly (string | null)[], { columns, naming }: PgReaderOptions): BucketRow {
  const width = naming.length === 0 ? columns.length : naming.length
  const label = row.slice(1, 1 + width).map((value) => value ?? 'NULL')
  return {
    key: row[0] ?? '',
    label: oneLine(label.join(', '), LABEL_LIMIT),
    cells: row.slice(1 + width).map(exact),
  }
}

/** As the reader of SQLite shortens its cells. */
function shortCell(column: PgReadColumn): string {
  const cell = pgCell(column)
  return `case when octet_length(${cell}) > ${WHOLE_CELL_BYTES} then encode(sha256(convert_to(${cell}, 'UTF8')), 'hex') else ${cell} end`
}

function bindKey(key: Key | undefined): string[] {
  return (key ?? []).map((part) => part.toString())
}

function readKey(row: readonly (string | null)[], key: PgReaderOptions['key']): Key {
  return key.map(({ is }, at) => (is === 'integer' ? BigInt(row[at] ?? '') : Buffer.from(row[at] ?? '')))
}

/** One character per byte, as the reader of SQLite gives its texts. */
function exact(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString('latin1')
}
