import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { writeFailure } from '../../files/backup-place.ts'
import { syncToDisk } from '../../files/durable.ts'
import { diskTrouble } from '../../files/room.ts'
import type { WrittenTable } from './tables.ts'

export type Format = 'csv' | 'ndjson'

// Quote and delimiter that no JSON text holds unescaped: the line is written as it is.
const OPTIONS = {
  csv: 'format csv, header',
  ndjson: String.raw`format csv, quote e'\x01', delimiter e'\x02'`,
} as const

export interface Exporting {
  readonly table: WrittenTable
  /** Age of the mark, in transactions, as the client's transaction sees it. */
  readonly age: number
  readonly format: Format
  readonly path: string
  readonly signal: AbortSignal
}

/**
 * Writes the rows of a table that were inserted or updated since the mark into a new file (0600), in one pass that
 * tests nothing but the age of each row. Gives how many; without any there is no file.
 */
export async function exportWritten(client: Client, exporting: Exporting): Promise<number> {
  const { table, age, format, path, signal } = exporting
  const columns = format === 'csv' ? 't.*' : 'row_to_json(t)'
  // A row's age runs below zero where its transaction is half a round back: such a row is old, and long frozen.
  const query = `select ${columns} from ${table.from} t where age(t.xmin) between 0 and ${age}`
  const stream = client.query(copyTo(`copy (${query}) to stdout (${OPTIONS[format]})`))
  try {
    await pipeline(stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal })
    if (stream.rowCount > 0) await syncToDisk(path)
    else await rm(path)
    return stream.rowCount
  } catch (error) {
    if (diskTrouble(error) === undefined) throw error
    throw writeFailure(error, `Writing ${path} failed`)
  }
}
