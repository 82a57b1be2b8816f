import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { backup } from '@photostructure/sqlite'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { syncToDisk } from '../files/durable.ts'
import { sha256Of } from '../files/hash.ts'
import { diskTrouble, requireRoom } from '../files/room.ts'
import { hostPath } from '../parameters.ts'
import type { SqliteTarget } from '../targets.ts'
import { sqliteTarget } from '../targets.ts'
import { bytes, count } from '../wording.ts'
import { FileName, freePath, makeFolder, onOneDevice, writeFailure } from '../files/backup-place.ts'
import type { Content } from './content.ts'
import { contentOf, differenceOf, examine, foreignKeyViolations } from './content.ts'
import { holdersOf, namesOf } from './holders.ts'
import { openSqlite, sqliteCode, sqliteFailure } from './open.ts'

/** Pages between two looks at progress: 4 MB of the usual size. */
const PAGES_AT_ONCE = 1000

const Input = z.strictObject({
  from: sqliteTarget().describe('The SQLite database.'),
  to: hostPath(
    'Folder of the backup, made (0700) when it is not there; `backups` beside the database unless said.',
  ).optional(),
  name: FileName.optional().describe(
    'Name of the file; the database’s name, a stamp and `.bak` unless said.',
  ),
  stamp: FileName.optional().describe(
    'Stamp inside the name, as `$cutover.stamp`; the time in UTC unless said.',
  ),
})
type Input = z.infer<typeof Input>

export const sqliteBackup: RunAction<Input> = {
  name: 'sqlite.backup',
  kind: 'run',
  mutating: false,
  summary:
    'Backs a SQLite database up while it is in use, examines the copy (integrity, foreign keys, every table counted against the source) and records its sha256. Where the database is not in WAL mode, writers wait while it runs.',
  input: Input,
  facts: {
    file: 'path',
    bytes: 'int',
    sha256: 'text',
    tables: 'int',
    rows: 'int',
    foreignKeyViolations: 'int',
    sameDevice: 'boolean',
  },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { from } = input
  const source = openSource(from)
  const folder = resolve(input.to ?? join(dirname(from.path), 'backups'))
  try {
    // One read transaction for all of it: what is counted is exactly what is copied, and a busy writer cannot make
    // the copy begin anew for ever.
    source.exec('begin')
    const content = countSource(source, from, context)
    const size = sizeOf(source)
    await makeFolder(folder)
    await requireRoom(folder, size)
    const path = await freePath(folder, { database: from.path, name: input.name, stamp: input.stamp })
    const partial = `${path}.partial`
    try {
      await copy(source, partial, { size, from, context })
      const violations = verify(partial, content)
      const sha256 = await seal(partial, path, context)
      return resultOf({ path, sha256, violations, content, sameDevice: await onOneDevice(folder, from.path) })
    } catch (error) {
      await removeCopy(partial)
      throw error
    }
  } finally {
    // A cancelled copy still reads from it; the process ends right after and takes both away.
    if (!context.signal.aborted) close(source)
  }
}

function openSource(target: SqliteTarget): DatabaseSyncInstance {
  try {
    return openSqlite(target)
  } catch (error) {
    const code = error instanceof ActionFailure ? sqliteCode(error.cause) : undefined
    const { holders } = holdersOf(target.path)
    if (code?.startsWith('SQLITE_BUSY') !== true || holders.length === 0) throw error
    throw new ActionFailure(`${target.name}: ${target.path} is locked; ${namesOf(holders)}.`, {
      hint: 'Stop what writes to it, then try again.',
      changed: 'nothing was changed',
      cause: error,
    })
  }
}

function countSource(source: DatabaseSyncInstance, from: SqliteTarget, { progress }: ActionContext): Content {
  try {
    return contentOf(source, (table) => progress({ done: 0, unit: 'bytes', label: `counting ${table}` }))
  } catch (error) {
    throw sqliteFailure(error, { target: from, what: `Counting the rows of ${from.path}` })
  }
}

/** A statement that is not collected yet would keep the file, and with it the lock of the transaction. */
function close(source: DatabaseSyncInstance) {
  if (source.isTransaction) source.exec('rollback')
  source.close()
}

function sizeOf(source: DatabaseSyncInstance): number {
  const row: unknown = source
    .prepare('select page_count * page_size from pragma_page_count, pragma_page_size')
    .get()
  return Array.isArray(row) ? Number(row[0]) : 0
}

interface Copying {
  readonly size: number
  readonly from: SqliteTarget
  readonly context: ActionContext
}

async function copy(source: DatabaseSyncInstance, to: string, { size, from, context }: Copying) {
  const { signal, progress } = context
  signal.throwIfAborted()
  try {
    await removeCopy(to)
    // SQLite takes an empty file for a new database and keeps its mode.
    await (await open(to, 'wx', 0o600)).close()
    const copying = backup(source, to, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) =>
        progress({
          done: Math.round((1 - remainingPages / totalPages) * size),
          total: size,
          unit: 'bytes',
          label: 'copying',
        }),
    })
    await Promise.race([copying, aborted(signal)])
  } catch (error) {
    signal.throwIfAborted()
    if (diskTrouble(error) !== undefined) throw writeFailure(error, `Writing ${to} failed`)
    throw sqliteFailure(withName(error), { target: from, what: `Writing ${to}` })
  }
}

const NAMES: Readonly<Record<number, string>> = {
  7: 'SQLITE_NOMEM',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
}

/** The backup of this library gives SQLite's number where everything else gives its name as well. */
function withName(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error
  const sqliteCodeName = NAMES[Number(error.errcode) & 0xff]
  return sqliteCodeName === undefined ? error : Object.assign(error, { sqliteCodeName })
}

async function removeCopy(path: string) {
  for (const suffix of ['', '-journal']) await rm(`${path}${suffix}`, { force: true })
}

/** The library has no way to stop a backup; the end of the process stops it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true })
  })
}

function verify(path: string, expected: Content): number {
  return examine(path, (database) => {
    const difference = differenceOf(
      expected,
      contentOf(database, () => undefined),
    )
    if (difference === undefined) return foreignKeyViolations(database)
    throw new ActionFailure(`The backup does not hold what the source holds: ${difference}.`, {
      hint: 'Look at the disk of the backup, then try again.',
      changed: 'nothing was changed; the bad copy was removed',
    })
  })
}

/** Hash, fsync, then the final name: a file of that name is always a whole and examined backup. */
async function seal(partial: string, path: string, { signal, progress }: ActionContext): Promise<string> {
  const { size } = await stat(partial)
  const sha256 = await sha256Of(partial, {
    signal,
    progress: (done) => progress({ done, total: size, unit: 'bytes', label: 'sha256' }),
  })
  await syncToDisk(partial)
  await rename(partial, path)
  await syncToDisk(dirname(path))
  return sha256
}

interface Sealed {
  readonly path: string
  readonly sha256: string
  readonly violations: number
  readonly content: Content
  readonly sameDevice: boolean
}

async function resultOf({ path, sha256, violations, content, sameDevice }: Sealed): Promise<RunResult> {
  const { size } = await stat(path)
  const { tables, rows } = content
  const notes = [
    violations === 0 ? '' : `, ${count(violations, 'row')} with a broken reference`,
    sameDevice ? ', on the same disk as the database' : '',
  ]
  return {
    summary: `${bytes(size)}, ${count(rows, 'row')} in ${count(tables, 'table')}, sha256 ${sha256.slice(0, 12)}…${notes.join('')}`,
    facts: { file: path, bytes: size, sha256, tables, rows, foreignKeyViolations: violations, sameDevice },
  }
}
