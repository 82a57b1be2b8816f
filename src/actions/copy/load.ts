import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { pagesOf } from '../sqlite/pages.ts'
import { csvField } from './cells.ts'
import { misfitRules } from './misfits.ts'
import type { CopiedTable } from './plan.ts'
import { fullName } from './target-tables.ts'

const PAGE_BYTES = 500_000

export interface LoadOptions {
  readonly database: DatabaseSyncInstance
  readonly client: Client
  /** The table is new or freshly emptied in this transaction: its rows may be written as already old. */
  readonly freeze: boolean
  /** Columns, as `table.column`, whose texts lose their NULs. */
  readonly stripNul: ReadonlySet<string>
  readonly onRows: (rows: number) => void
  readonly signal: AbortSignal | undefined
}

/** A page holds what must not reach PostgreSQL. What it is, and where, the full look at the source says. */
export class MisfitSeen extends Error {}

export interface Loaded {
  readonly rows: number
  readonly bytes: number
}

/** Streams a table into PostgreSQL. The lines of COPY are built by SQLite, so that no row becomes an object here. */
export async function loadTable(table: CopiedTable, options: LoadOptions): Promise<Loaded> {
  const names = table.columns.map(({ target }) => escapeIdentifier(target.name)).join(', ')
  const freeze = options.freeze ? ', freeze' : ''
  const settled = whenSettled(options.client)
  const copy = options.client.query(
    copyFrom(`copy ${fullName(table.target)} (${names}) from stdin with (format csv${freeze})`),
  )
  let bytes = 0
  const pages = async function* () {
    for await (const page of csvPages(table, options)) {
      bytes += page.length
      yield page
    }
  }
  // Two pages ahead: PostgreSQL reads one while SQLite builds the next.
  const source = Readable.from(pages(), { objectMode: true, highWaterMark: 2 })
  try {
    await pipeline(source, copy, options.signal ? { signal: options.signal } : {})
  } catch (error) {
    // The connection takes no other statement before the server has answered to the end of this one.
    await settled
    throw error
  }
  return { rows: copy.rowCount, bytes }
}

/** Resolves when the connection has nothing to do any more, or is gone. */
async function whenSettled(client: Client): Promise<void> {
  const heard = new AbortController()
  const { signal } = heard
  // A broken connection emits an error as well; the stream reports that one.
  await Promise.race([once(client, 'drain', { signal }), once(client, 'end', { signal })]).catch(
    () => undefined,
  )
  heard.abort()
}

async function* csvPages(
  table: CopiedTable,
  { database, stripNul, onRows }: LoadOptions,
): AsyncGenerator<Buffer> {
  const fields = table.columns.map((column) =>
    csvField(column, stripNul.has(`${table.source.name}.${column.source.name}`)),
  )
  const line = fields.length === 1 ? String(fields[0]) : `concat_ws(',', ${fields.join(', ')})`
  const silent = misfitRules(table).filter((rule) => rule.silent)
  const misfit = silent.length === 0 ? '0' : silent.map(({ condition }) => `(${condition})`).join(' + ')
  const pages = pagesOf({
    database,
    table: table.source,
    columns: [`${line} as line`, `${misfit} as misfit`],
    aggregates: ['cast(group_concat(line, char(10)) || char(10) as blob)', 'total(misfit)'],
    pageBytes: PAGE_BYTES,
  })
  for (const { rows, values } of pages) {
    const [bytes, misfits] = values
    if (!(bytes instanceof Uint8Array)) throw new TypeError('a page of rows has no bytes')
    if (misfits !== 0 || bytes.includes(0) || !isUtf8(bytes)) throw new MisfitSeen()
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    onRows(rows)
    // Sockets and timers have their turn here; the reading itself never waits.
    await breathe()
  }
}
