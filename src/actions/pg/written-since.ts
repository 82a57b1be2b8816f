import { join, resolve } from 'node:path'
import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { stampOf } from '../files/backup-place.ts'
import { hostPath } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count } from '../wording.ts'
import { preparePlace } from './backup/copies.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'
import { exportWritten } from './written/export.ts'
import type { Mark } from './written/mark-file.ts'
import { readMark } from './written/mark-file.ts'
import type { Moment, WrittenTable } from './written/tables.ts'
import { countRows, momentOf, tablesOf } from './written/tables.ts'

const NOTHING = 'nothing was changed'
/** Further back, the age of a row says nothing any more. */
const HALF_A_ROUND = 2n ** 31n

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database that was marked.'),
  mark: hostPath('The mark, as `$reopening.file` of a step with `uses: pg.mark`.'),
  to: hostPath(
    'Folder for the rows, made (0700) when it is not there; below it a folder of this attempt with a file (0600) for each table.',
  ),
  format: z
    .enum(['csv', 'ndjson'])
    .default('csv')
    .describe('`csv` with a line of names (unless said), or `ndjson`: one JSON object a line.'),
  exclude: z
    .array(z.string())
    .default([])
    .describe('Tables to leave out, as `schema.table`: sessions, caches.'),
})
type Input = z.infer<typeof Input>

export const pgWrittenSince: RunAction<Input> = {
  name: 'pg.written-since',
  kind: 'run',
  mutating: false,
  summary:
    'Exports the rows that were inserted or updated since `pg.mark`, table by table, and counts what was replaced or deleted: what a rollback would lose, for those who enter it again. One pass over each table that looks at nothing but the age of its rows; no trigger and no column is needed. A row is exported as it is now, once, however often it was written. Run it before the database is closed or swapped.',
  input: Input,
  facts: {
    folder: 'path',
    rows: 'int',
    replaced: 'int',
    deleted: 'int',
    tables: 'int',
    perTable: 'list',
    since: 'text',
    files: 'list',
  },
  run,
}

interface Written {
  readonly table: string
  /** Inserted or updated, as they are now. */
  readonly rows: number
  /** Rows of the mark that are no longer as they were: updated or deleted. Exact. */
  readonly replaced: number
  /** Of these the deleted ones, as the statistics counted them; null where they cannot say. */
  readonly deleted: number | null
  readonly file: string | undefined
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { target } = input
  const mark = await readMark(resolve(input.mark))
  const folder = join(resolve(input.to), `written-${context.attempt}-${stampOf(new Date())}`)
  await preparePlace(resolve(input.to))
  await preparePlace(folder)
  const { attempt, signal } = context
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local row_security = off')
    const now = await momentOf(client)
    refuseUnlessMarked(mark, now)
    const written = await exportAll(client, { input, context, mark, folder })
    return resultOf(written, mark, folder, context)
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, {
      what: `Exporting what was written to ${target.name}`,
      changed: `nothing was changed; what was exported so far lies in ${folder}`,
    })
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}

function refuseUnlessMarked(mark: Mark, now: Moment) {
  if (mark.oid !== now.oid || mark.systemIdentifier !== now.systemIdentifier) {
    throw new ActionFailure(`${now.database} is not the database that was marked at ${shortTime(mark)}.`, {
      hint: 'Another one has taken its place since, or the target is another server. Name the one that was marked: after a swap it is kept under the name that pg.swap recorded.',
      changed: NOTHING,
    })
  }
  if (BigInt(now.xmax) - BigInt(mark.xid) < HALF_A_ROUND) return
  throw new ActionFailure(
    `More than two billion transactions were made since the mark of ${shortTime(mark)}.`,
    {
      hint: 'What was written can no longer be told by the age of the rows. Use a column of your own, or the backups.',
      changed: NOTHING,
    },
  )
}

interface Exporting {
  readonly input: Input
  readonly context: ActionContext
  readonly mark: Mark
  readonly folder: string
}

async function exportAll(client: Client, exporting: Exporting): Promise<readonly Written[]> {
  const { input, context, mark, folder } = exporting
  const { rows } = await client.query<{ age: number }>('select age($1::text::xid) as age', [
    String(BigInt(mark.xid) % 2n ** 32n),
  ])
  const age = rows[0]?.age ?? 0
  const excluded = new Set(input.exclude)
  const tables = (await tablesOf(client)).filter(({ name }) => !excluded.has(name))
  const written: Written[] = []
  for (const [done, table] of tables.entries()) {
    context.signal.throwIfAborted()
    context.progress({ done, total: tables.length, unit: 'tables', label: table.name })
    const path = join(folder, fileName(table.name, done, input.format))
    written.push(await exportOne(client, exporting, { table, age, path }))
  }
  const gone = Object.keys(mark.tables).filter(
    (name) => !excluded.has(name) && !tables.some((table) => table.name === name),
  )
  for (const name of gone) context.log(`${name}: is not there any more`)
  return written
}

async function exportOne(
  client: Client,
  { input: { format }, context: { signal }, mark }: Exporting,
  { table, age, path }: { readonly table: WrittenTable; readonly age: number; readonly path: string },
): Promise<Written> {
  const { name, deletions } = table
  const rows = await exportWritten(client, { table, age, format, path, signal })
  const before = mark.tables[name]
  const now = await countRows(client, table)
  // All that the mark counted is untouched now, or was updated, or was deleted.
  const replaced = Math.max(0, (before?.rows ?? 0) - (now - rows))
  const known = before?.deletions ?? null
  const counted = known === null || deletions === null ? null : deletions - known
  const deleted = counted === null || counted < 0 ? null : Math.min(counted, replaced)
  return { table: name, rows, replaced, deleted, file: rows > 0 ? path : undefined }
}

/** Two names may look alike once they are written with what every file system takes. */
function fileName(table: string, number: number, format: string): string {
  const plain = table.replaceAll(/[^A-Za-z0-9_.-]/g, '_')
  return plain === table ? `${plain}.${format}` : `${plain}-${number}.${format}`
}

function resultOf(all: readonly Written[], mark: Mark, folder: string, { log }: ActionContext): RunResult {
  const touched = all.filter(({ rows, replaced }) => rows > 0 || replaced > 0)
  const sum = (of: (written: Written) => number) => touched.reduce((total, one) => total + of(one), 0)
  const perTable = touched.map(lineOf)
  for (const line of perTable) log(line)
  const rows = sum((one) => one.rows)
  const replaced = sum((one) => one.replaced)
  const known = touched.every(({ deleted }) => deleted !== null)
  return {
    summary:
      touched.length === 0
        ? `nothing was written since ${shortTime(mark)}`
        : `${count(rows, 'row')} written in ${count(touched.length, 'table')} since ${shortTime(mark)}, ${count(replaced, 'row')} of before replaced or deleted`,
    facts: {
      folder,
      rows,
      replaced,
      deleted: known ? sum(({ deleted }) => deleted ?? 0) : null,
      tables: touched.length,
      perTable,
      since: mark.at,
      files: touched.flatMap(({ file }) => (file === undefined ? [] : [file])),
    },
  }
}

function lineOf({ table, rows, replaced, deleted }: Written): string {
  const about = deleted === null || deleted === 0 ? '' : ` (about ${deleted.toLocaleString('en-US')} deleted)`
  const before =
    replaced === 0 ? '' : `, ${replaced.toLocaleString('en-US')} of before replaced or deleted${about}`
  return `${table}: ${rows.toLocaleString('en-US')} written${before}`
}

function shortTime({ at }: Mark): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
