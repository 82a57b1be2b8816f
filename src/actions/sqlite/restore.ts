import { chmod, chown, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { copyDurably, syncToDisk } from '../files/durable.ts'
import { sha256Of } from '../files/hash.ts'
import { diskTrouble, requireRoom } from '../files/room.ts'
import { hostPath } from '../parameters.ts'
import type { SqliteTarget } from '../targets.ts'
import { sqliteTarget } from '../targets.ts'
import { bytes, count } from '../wording.ts'
import { contentOf, examine } from './content.ts'
import { exclusiveLockCanBeHad } from './exclusive.ts'
import { holdersOf, namesOf } from './holders.ts'
import { stampOf } from '../files/backup-place.ts'

/** What belongs to a database, moved together: a -wal left behind would be played into the restored file. */
const PARTS = ['', '-wal', '-shm', '-journal'] as const
const LOCK_WAIT_MS = 2_000
const NOTHING = 'nothing was changed'

const Input = z.strictObject({
  to: sqliteTarget().describe('The SQLite database to put back.'),
  backup: hostPath('The backup file, as `$backup.file`.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
    .optional()
    .describe('What the backup’s content must be, as `$backup.sha256`.'),
  stamp: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'a stamp has letters, digits and . _ - only')
    .optional()
    .describe('Stamp in the names of what is set aside, as `$cutover.stamp`; the time in UTC unless said.'),
})
type Input = z.infer<typeof Input>

export const sqliteRestore: RunAction<Input> = {
  name: 'sqlite.restore',
  kind: 'run',
  mutating: true,
  summary:
    'Puts a backup in the place of a SQLite database that nobody has open. The database, its -wal and -shm are set aside together and kept; the result has the backup’s content, by sha256. A second run changes nothing.',
  input: Input,
  facts: { file: 'path', sha256: 'text', tables: 'int', rows: 'int', keptAs: 'path', moved: 'list' },
  run,
}

async function run({ to, backup, sha256, stamp }: Input, context: ActionContext): Promise<RunResult> {
  const file = resolve(to.path)
  const from = resolve(backup)
  const size = await sizeOfBackup(from)
  const hash = await hashOf(from, 'reading the backup', context)
  refuseOther(from, hash, sha256)
  const content = examine(from, (database) => contentOf(database, () => undefined))
  const facts = { file, sha256: hash, tables: content.tables, rows: content.rows }
  await refuseInUse(to, file)
  if (await isAlready(file, hash, context)) {
    return {
      summary: `${to.name} already is what the backup holds; nothing was moved`,
      facts: { ...facts, keptAs: null, moved: [] },
    }
  }
  const moved = await exchange({ file, from, size, hash, to, stamp: await freeStamp(file, stamp), context })
  examine(file, () => undefined)
  const keptAs = moved[0] ?? null
  return {
    summary: `${bytes(size)}, ${count(content.rows, 'row')} in ${count(content.tables, 'table')} put back${keptAs === null ? '' : `; the other one is kept as ${keptAs}`}`,
    facts: { ...facts, keptAs, moved },
  }
}

async function sizeOfBackup(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (found.isFile() && found.size > 0) return found.size
  } catch {
    // Told below: for a restore, a file that may not be looked at is as good as none.
  }
  throw new ActionFailure(`There is no backup at ${path}.`, {
    hint: 'Name the file that `sqlite.backup` recorded; it must be readable by this worker.',
    changed: NOTHING,
  })
}

function refuseOther(path: string, found: string, expected: string | undefined) {
  if (expected === undefined || expected.toLowerCase() === found) return
  throw new ActionFailure(
    `${path} is not the backup that was recorded: its sha256 is ${found.slice(0, 12)}…, not ${expected.slice(0, 12).toLowerCase()}….`,
    { hint: 'Find the recorded file, or another backup that is known to be good.', changed: NOTHING },
  )
}

async function refuseInUse(target: SqliteTarget, file: string) {
  if ((await identityOf(file)) === undefined) return
  const { holders, unseen, visible } = holdersOf(file)
  if (holders.length > 0) throw inUse(target, namesOf(holders))
  // Taking the lock folds a leftover -wal into the file, and that -wal may be what somebody wants to look at later:
  // it is taken only where not every process can be seen.
  if (visible && unseen === 0) return
  if (!lockedOut({ ...target, path: file })) return
  throw inUse(target, 'somebody has it locked')
}

/** A damaged file cannot be locked, and need not be: it is what a restore is for. */
function lockedOut(target: SqliteTarget): boolean {
  try {
    return !exclusiveLockCanBeHad(target, { waitMs: LOCK_WAIT_MS })
  } catch (error) {
    if (error instanceof ActionFailure) return false
    throw error
  }
}

function inUse({ name, path }: SqliteTarget, who: string): ActionFailure {
  return new ActionFailure(`${name}: ${path} is in use; ${who}.`, {
    hint: 'Stop the services that use it, then try again.',
    changed: NOTHING,
  })
}

async function isAlready(file: string, hash: string, context: ActionContext): Promise<boolean> {
  const beside = await Promise.all(PARTS.slice(1).map((suffix) => identityOf(`${file}${suffix}`)))
  if (beside.some((found) => found !== undefined && found.size > 0)) return false
  if ((await identityOf(file)) === undefined) return false
  return (await hashOf(file, 'reading the database', context)) === hash
}

interface Exchange {
  readonly file: string
  readonly from: string
  readonly size: number
  readonly hash: string
  readonly to: SqliteTarget
  readonly stamp: string
  readonly context: ActionContext
}

/** Copy first, then two renames: the time without a database is as short as it can be. Returns what was set aside. */
async function exchange({ file, from, size, hash, to, stamp, context }: Exchange): Promise<string[]> {
  const incoming = `${file}.incoming-${stamp}`
  const moved: [string, string][] = []
  try {
    await requireRoom(dirname(file), size)
    await copyDurably(from, incoming, {
      signal: context.signal,
      progress: (done) => context.progress({ done, total: size, unit: 'bytes', label: 'copying' }),
    })
    if ((await hashOf(incoming, 'reading the copy', context)) !== hash) throw badCopy(incoming)
    await takeOver(file, incoming)
    await refuseInUse(to, file)
    context.signal.throwIfAborted()
    for (const suffix of PARTS) {
      if ((await identityOf(`${file}${suffix}`)) === undefined) continue
      const kept = `${file}.aside-${stamp}${suffix}`
      await rename(`${file}${suffix}`, kept)
      moved.push([`${file}${suffix}`, kept])
    }
    await rename(incoming, file)
    await syncToDisk(dirname(file))
    return moved.map(([, kept]) => kept)
  } catch (error) {
    for (const [original, kept] of moved.reverse()) await rename(kept, original)
    await rm(incoming, { force: true })
    const trouble = diskTrouble(error)
    if (trouble === undefined) throw error
    throw new ActionFailure(`Writing ${incoming} failed: ${trouble}.`, {
      hint: 'Make room or correct the rights there, then try again.',
      changed: NOTHING,
      cause: error,
    })
  }
}

function badCopy(path: string): ActionFailure {
  return new ActionFailure(`${path} does not read back as it was written.`, {
    hint: 'Look at the disk before anything else is written to it.',
    changed: NOTHING,
  })
}

/** The service must be able to open what is put back: owner and mode are those of the database before, or of its folder. */
async function takeOver(file: string, incoming: string) {
  const before = await identityOf(file)
  const { uid, gid } = before ?? (await stat(dirname(file)))
  if (process.getuid?.() === 0) await chown(incoming, uid, gid)
  if (before) await chmod(incoming, before.mode & 0o777)
}

async function freeStamp(file: string, given: string | undefined): Promise<string> {
  const stamp = given ?? stampOf(new Date())
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? stamp : `${stamp}.${number}`
    const taken = await Promise.all(PARTS.map((suffix) => identityOf(`${file}.aside-${candidate}${suffix}`)))
    const incoming = await identityOf(`${file}.incoming-${candidate}`)
    if (incoming === undefined && taken.every((found) => found === undefined)) return candidate
  }
}

async function hashOf(path: string, label: string, { signal, progress }: ActionContext): Promise<string> {
  return sha256Of(path, { signal, progress: (done) => progress({ done, unit: 'bytes', label }) })
}

async function identityOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
