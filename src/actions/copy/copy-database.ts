import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { DatabaseError } from 'pg'
import type { Client } from 'pg'
import { ActionFailure } from '../action.ts'
import { cancelOnAbort } from '../pg/cancel.ts'
import { connectPostgres } from '../pg/connect.ts'
import { postgresFailure } from '../pg/failures.ts'
import { addFunctions } from '../sqlite/functions.ts'
import { openSqlite, sqliteCode, sqliteFailure } from '../sqlite/open.ts'
import { countRows } from '../sqlite/schema.ts'
import { count } from '../wording.ts'
import type { DerivedSchema } from './derive.ts'
import type { Inspection } from './inspection.ts'
import { inspectValues } from './inspection.ts'
import { loadTable, MisfitSeen } from './load.ts'
import type { CopiedTable } from './plan.ts'
import { prepareSchema } from './schema.ts'
import { continueSequences } from './sequences.ts'
import { emptyHands, fullName } from './target-tables.ts'
import type { CopyReport, CopyRequest, Work } from './work.ts'
import { listed, refusal } from './work.ts'

export type { CopyReport, CopyRequest } from './work.ts'

/**
 * Copies a SQLite database into PostgreSQL, all of it or nothing: one transaction holds the new tables, the rows,
 * keys, indexes and sequences. Throws {@link ActionFailure} when anything does not fit; nothing was changed then.
 */
export async function copyDatabase(request: CopyRequest): Promise<CopyReport> {
  const began = performance.now()
  let database: DatabaseSyncInstance | undefined
  let client: Client | undefined
  let stopListening = () => {}
  try {
    database = openSqlite(request.from)
    addFunctions(database)
    database.exec('begin')
    client = await connectPostgres(request.to, { attempt: request.attempt })
    stopListening = await cancelOnAbort(client, request.to, request)
    const report = await copyInto({ database, client, request })
    return { ...report, durationMs: performance.now() - began }
  } catch (error) {
    throw readable(error, request)
  } finally {
    stopListening()
    // Ending the session rolls back whatever was not committed.
    await client?.end().catch(() => undefined)
    database?.close()
  }
}

async function copyInto(work: Work): Promise<Omit<CopyReport, 'durationMs'>> {
  const { client, request } = work
  await client.query('begin')
  await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
    set local maintenance_work_mem = '256MB'`)
  const { schema, tables, derived } = await prepareSchema(work)
  const toStrip = request.nul === 'strip' ? await inspect(work, tables) : undefined
  const setDown = derived ? undefined : await emptyHands(work, tables)
  const stripNul = new Set(toStrip?.withNul.keys())
  const loaded = await loadOrExplain(work, tables, { freeze: setDown?.frozen ?? true, stripNul })
  const sequences = await finish(work, tables, derived?.finish ?? setDown?.putBack ?? [])
  await client.query('commit')
  const strippedNuls = [...(toStrip?.withNul.values() ?? [])].reduce((sum, amount) => sum + amount, 0)
  return { schema, ...loaded, sequences, strippedNuls, notes: derived?.notes ?? [] }
}

interface LoadChoices {
  readonly freeze: boolean
  readonly stripNul: ReadonlySet<string>
}

/**
 * Values are judged while they load: by PostgreSQL, and by us where it would change one without a word. At the first
 * that does not fit the transaction is rolled back, and the source is looked through for all of them.
 */
async function loadOrExplain(work: Work, tables: readonly CopiedTable[], choices: LoadChoices) {
  try {
    return await load(work, tables, choices)
  } catch (error) {
    if (!isAboutValues(error)) throw error
    await work.client.query('rollback')
    await inspect(work, tables)
    throw error
  }
}

/** SQLSTATE class 22: a value that cannot be what it should; 23502: none where one is wanted. */
function isAboutValues(error: unknown): boolean {
  if (error instanceof MisfitSeen) return true
  return error instanceof DatabaseError && (error.code?.startsWith('22') === true || error.code === '23502')
}

async function inspect({ database, request }: Work, tables: readonly CopiedTable[]): Promise<Inspection> {
  let done = 0
  const onRows = (rows: number, table: string) => {
    done += rows
    request.onProgress?.({ done, unit: 'rows', label: `checking ${table}` })
  }
  const options = { nul: request.nul ?? 'refuse', onRows, signal: request.signal }
  const inspection = await inspectValues(database, tables, options)
  const { findings } = inspection
  if (findings.length === 0) return inspection
  throw new ActionFailure(`The values do not all fit: ${listed(findings)}`, {
    hint: 'Correct the values in the source or the type in the target, then try again. NULs can be dropped with nul: strip.',
    changed: 'nothing was changed',
    facts: { misfits: findings },
  })
}

async function load(
  { database, client, request }: Work,
  tables: readonly CopiedTable[],
  choices: LoadChoices,
) {
  const total = tables.reduce((sum, { source }) => sum + countRows(database, source.name), 0)
  const copied = new Map<string, number>()
  let done = 0
  let bytes = 0
  for (const table of tables) {
    request.signal?.throwIfAborted()
    const { name } = table.source
    let read = 0
    const onRows = (rows: number) => {
      read += rows
      request.onProgress?.({ done: done + read, total, unit: 'rows', label: name })
    }
    onRows(0)
    const loaded = await loadTable(table, { database, client, ...choices, onRows, signal: request.signal })
    if (loaded.rows !== read) {
      const arrived = `${name}: ${count(read, 'row')} left the source, ${loaded.rows} arrived.`
      throw refusal(arrived, 'A trigger or rule of the target may drop rows; look at the table.')
    }
    copied.set(name, read)
    done += read
    bytes += loaded.bytes
  }
  return { tables: copied, rows: done, bytes }
}

/** Sequences, then all that is built over the rows, then statistics. Gives the number of sequences. */
async function finish(
  { database, client, request }: Work,
  tables: readonly CopiedTable[],
  steps: DerivedSchema['finish'],
): Promise<number> {
  const begin = (label: string) => {
    request.signal?.throwIfAborted()
    request.onProgress?.({ done: 0, unit: 'rows', label })
  }
  begin('sequences')
  const sequences = await continueSequences(client, database, tables)
  for (const { label, sql } of steps) {
    begin(label)
    await client.query(sql)
  }
  for (const { target } of tables) {
    begin(`statistics of ${target.name}`)
    await client.query(`analyze ${fullName(target)}`)
  }
  request.signal?.throwIfAborted()
  return sequences
}

function readable(error: unknown, { from, signal }: CopyRequest): ActionFailure {
  if (error instanceof ActionFailure) return error
  const changed = 'nothing was changed: the copy is one transaction, and it was rolled back'
  if (signal?.aborted) {
    return new ActionFailure('The copy was cancelled.', {
      hint: 'Start it again when you are ready.',
      changed,
      cause: error,
    })
  }
  const what = `Copying ${from.name}`
  if (sqliteCode(error) !== undefined) return sqliteFailure(error, { target: from, what, changed })
  return postgresFailure(error, { what, changed })
}
