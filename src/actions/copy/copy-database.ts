import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Client } from 'pg'
import type { Progress } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { cancelOnAbort } from '../pg/cancel.ts'
import { connectPostgres } from '../pg/connect.ts'
import { postgresFailure } from '../pg/failures.ts'
import { readPgTables } from '../pg/schema.ts'
import type { PgTable } from '../pg/schema.ts'
import { addFunctions } from '../sqlite/functions.ts'
import { openSqlite, sqliteCode, sqliteFailure } from '../sqlite/open.ts'
import { readTables } from '../sqlite/schema.ts'
import type { SqliteTable } from '../sqlite/schema.ts'
import { chooseTables } from '../table-choice.ts'
import type { PostgresTarget, SqliteTarget } from '../targets.ts'
import { count } from '../wording.ts'
import { deriveSchema } from './derive.ts'
import type { DerivedSchema } from './derive.ts'
import { loadTable } from './load.ts'
import type { CopiedTable } from './plan.ts'
import { planCopy } from './plan.ts'
import type { Preflight } from './preflight.ts'
import { checkValues } from './preflight.ts'
import { continueSequences } from './sequences.ts'
import { fullName, refuseRows, setDownOf } from './target-tables.ts'
import type { SetDown } from './target-tables.ts'

export interface CopyRequest {
  readonly from: SqliteTarget
  readonly to: PostgresTarget
  /** Default: `given` where the target has any of the tables, else `derived`. */
  readonly schema?: 'given' | 'derived'
  /** Only these tables; each must exist in the source. Default: all. */
  readonly tables?: readonly string[]
  readonly exclude?: readonly string[]
  /** What happens to texts with a NUL, which PostgreSQL cannot hold. Default: the copy is refused. */
  readonly nul?: 'refuse' | 'strip'
  /** The PostgreSQL session bears `cutover:<attempt>`. */
  readonly attempt: string
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface CopyReport {
  readonly schema: 'given' | 'derived'
  /** Rows of each table. */
  readonly tables: ReadonlyMap<string, number>
  readonly rows: number
  /** As they went over the wire. */
  readonly bytes: number
  readonly sequences: number
  /** Texts that lost a NUL. */
  readonly strippedNuls: number
  /** What the source has and the target does not, one line each. */
  readonly notes: readonly string[]
  readonly durationMs: number
}

/**
 * Copies a SQLite database into PostgreSQL, all of it or nothing: one transaction holds the new tables, the rows,
 * keys, indexes and sequences. Throws {@link ActionFailure} when anything in the source does not fit, before a row is
 * loaded.
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

interface Work {
  readonly database: DatabaseSyncInstance
  readonly client: Client
  readonly request: CopyRequest
}

async function copyInto(work: Work): Promise<Omit<CopyReport, 'durationMs'>> {
  const { client } = work
  await client.query('begin')
  await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
    set local maintenance_work_mem = '256MB'`)
  const { schema, tables, derived } = await prepareSchema(work)
  const checked = await check(work, tables)
  const setDown = derived ? undefined : await emptyHands(work, tables)
  const loaded = await load(work, tables, checked, setDown?.frozen ?? true)
  const sequences = await finish(work, tables, derived?.finish ?? setDown?.putBack ?? [])
  await client.query('commit')
  const strippedNuls = [...checked.withNul.values()].reduce((sum, amount) => sum + amount, 0)
  return { schema, ...loaded, sequences, strippedNuls, notes: derived?.notes ?? [] }
}

interface PreparedSchema {
  readonly schema: 'given' | 'derived'
  readonly tables: readonly CopiedTable[]
  readonly derived: DerivedSchema | undefined
}

async function prepareSchema(work: Work): Promise<PreparedSchema> {
  const { database, client, request } = work
  const { tables: named, exclude } = request
  const sources = chooseTables(readTables(database), { place: request.from.name, tables: named, exclude })
  if (sources.length === 0)
    throw refusal(`${request.from.name} has no tables to copy.`, 'Check the path and exclude.')
  const existing = await readPgTables(client)
  const schema = request.schema ?? (planCopy(sources, existing).tables.length > 0 ? 'given' : 'derived')
  const derived = schema === 'derived' ? await createTables(work, sources, existing) : undefined
  const { tables, findings } = planCopy(sources, derived ? await readPgTables(client) : existing)
  if (findings.length > 0) throw schemaRefusal(findings)
  await refuseRows(client, targetsOf(tables), request.to.name)
  return { schema, tables, derived }
}

function targetsOf(tables: readonly CopiedTable[]): readonly PgTable[] {
  return tables.map(({ target }) => target)
}

async function createTables(
  { database, client }: Work,
  sources: readonly SqliteTable[],
  existing: readonly PgTable[],
): Promise<DerivedSchema> {
  const there = existing.filter(({ name }) => sources.some((source) => source.name === name))
  if (there.length > 0) {
    throw refusal(
      `The schema is to be derived, but the target already has ${there.map(({ name }) => name).join(', ')}.`,
      'Use schema: given to fill these tables, or set the database aside first.',
    )
  }
  const derived = deriveSchema(database, sources)
  for (const sql of derived.create) await client.query(sql)
  return derived
}

async function check({ database, request }: Work, tables: readonly CopiedTable[]): Promise<Preflight> {
  let done = 0
  const onRows = (rows: number, table: string) => {
    done += rows
    request.onProgress?.({ done, unit: 'rows', label: `checking ${table}` })
  }
  const checked = await checkValues(database, tables, {
    nul: request.nul ?? 'refuse',
    onRows,
    signal: request.signal,
  })
  if (checked.findings.length === 0) return checked
  throw new ActionFailure(
    `${count(checked.findings.length, 'column')} cannot be copied: ${list(checked.findings)}`,
    {
      hint: 'Correct the values in the source or the type in the target, then try again. NULs can be dropped with nul: strip.',
      changed: 'nothing was changed',
      facts: { misfits: checked.findings },
    },
  )
}

/** Takes down indexes and foreign keys of given tables. `frozen`: they were emptied, so rows may be written as old. */
async function emptyHands(
  { client, request }: Work,
  tables: readonly CopiedTable[],
): Promise<SetDown & { readonly frozen: boolean }> {
  const targets = targetsOf(tables)
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

async function load(
  { database, client, request }: Work,
  tables: readonly CopiedTable[],
  checked: Preflight,
  freeze: boolean,
) {
  const total = [...checked.rows.values()].reduce((sum, rows) => sum + rows, 0)
  const stripNul = new Set(checked.withNul.keys())
  const copied = new Map<string, number>()
  let done = 0
  let bytes = 0
  for (const table of tables) {
    request.signal?.throwIfAborted()
    const { name } = table.source
    const onRows = (rows: number) => {
      done += rows
      request.onProgress?.({ done, total, unit: 'rows', label: name })
    }
    onRows(0)
    const loaded = await loadTable(table, {
      database,
      client,
      freeze,
      stripNul,
      onRows,
      signal: request.signal,
    })
    const expected = checked.rows.get(name)
    if (loaded.rows !== expected) {
      throw refusal(
        `${name}: ${count(loaded.rows, 'row')} arrived of ${expected}.`,
        'Compare both sides; report this.',
      )
    }
    copied.set(name, loaded.rows)
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

function schemaRefusal(findings: readonly string[]): ActionFailure {
  return new ActionFailure(`The schemas do not fit: ${list(findings)}`, {
    hint: 'Change the schema of the target, or leave tables out with exclude.',
    changed: 'nothing was changed',
    facts: { misfits: findings },
  })
}

const LISTED = 8

function list(findings: readonly string[]): string {
  const rest = findings.length - LISTED
  return `${findings.slice(0, LISTED).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`
}

function refusal(message: string, hint: string): ActionFailure {
  return new ActionFailure(message, { hint, changed: 'nothing was changed' })
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
