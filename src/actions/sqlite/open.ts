import { openSync, closeSync, readSync, statSync } from 'node:fs'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { DatabaseSync } from '@photostructure/sqlite'
import { ActionFailure } from '../action.ts'
import type { SqliteTarget } from '../targets.ts'

const BUSY_LIMIT_MS = 5_000
const HEADER = 'SQLite format 3\0'

/**
 * Opens a SQLite file for reading and makes sure that it can be read. Rows come as arrays, integers as bigint. The
 * caller closes it. Throws {@link ActionFailure} for a missing file, a file that is no database, one that is damaged
 * or locked, and one that stores its text as UTF-16.
 *
 * A text that is read as text ends at its first NUL and loses bytes that are not UTF-8: use {@link exactText} for it.
 */
export function openSqlite(target: SqliteTarget): DatabaseSyncInstance {
  refuseUnlessDatabase(target)
  let database: DatabaseSyncInstance | undefined
  try {
    database = new DatabaseSync(target.path, {
      readOnly: true,
      timeout: BUSY_LIMIT_MS,
      readBigInts: true,
      returnArrays: true,
    })
    // Opening reads nothing; this is where a lock and a damaged header show.
    const [encoding] = database.prepare('pragma encoding').get() as unknown[]
    database.prepare('select count(*) from sqlite_schema').get()
    if (encoding !== 'UTF-8') throw wrongEncoding(target, String(encoding))
    return database
  } catch (error) {
    database?.close()
    throw sqliteFailure(error, { target, what: `Opening ${target.path}` })
  }
}

/**
 * The bytes of a text value, with every NUL and every byte that is no UTF-8. `expression` is SQL; its value arrives
 * as a Uint8Array.
 */
export function exactText(expression: string): string {
  return `cast(${expression} as blob)`
}

/** `"` around a name, doubled inside. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

interface Circumstances {
  readonly target: SqliteTarget
  readonly what: string
  readonly changed?: string
}

const REASONS: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  SQLITE_BUSY: {
    why: 'another process has it locked',
    hint: 'Stop what writes to it (`fuser FILE` names the processes), then try again.',
  },
  SQLITE_LOCKED: { why: 'it is locked', hint: 'Stop what writes to it, then try again.' },
  SQLITE_NOTADB: {
    why: 'it is no SQLite database, or it is encrypted',
    hint: 'Check the path; an encrypted file must be decrypted first.',
  },
  SQLITE_CORRUPT: {
    why: 'it is damaged',
    hint: 'Run `sqlite3 FILE "pragma integrity_check"`; restore a backup, or recover it with `.recover`.',
  },
  SQLITE_CANTOPEN: {
    why: 'it cannot be opened',
    hint: 'Check the rights on the file and on its folder; in WAL mode the -shm file beside it is needed as well.',
  },
  SQLITE_READONLY: {
    why: 'it was left with a journal to be rolled back, and it is open for reading only',
    hint: 'Open it once with `sqlite3 FILE "select 1"` as its owner, then try again.',
  },
  SQLITE_IOERR: { why: 'the disk gives an error', hint: 'Look at the disk and its mount, then try again.' },
  SQLITE_FULL: { why: 'the disk is full', hint: 'Make room (also in the temporary folder), then try again.' },
  SQLITE_NOMEM: { why: 'there is not enough memory', hint: 'Free memory on this machine, then try again.' },
}

/** A failure of SQLite as one a person can read. Everything else is thrown again as it is, for it is a bug. */
export function sqliteFailure(error: unknown, { target, what, changed }: Circumstances): ActionFailure {
  if (error instanceof ActionFailure) return error
  const code = sqliteCode(error)
  const reason =
    code === undefined ? undefined : Object.entries(REASONS).find(([prefix]) => code.startsWith(prefix))
  if (!reason) throw error
  const [, { why, hint }] = reason
  return new ActionFailure(`${what} failed: ${why}.`, {
    hint: hint.replaceAll('FILE', target.path),
    changed: changed ?? 'nothing was changed',
    cause: error,
  })
}

/** SQLite's own name of an error, such as `SQLITE_BUSY`; absent where the error is not SQLite's. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('sqliteCodeName' in error)) return undefined
  return String(error.sqliteCodeName)
}

function refuseUnlessDatabase({ name, path }: SqliteTarget) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat)
    throw refusal(
      `${name}: there is no file ${path}.`,
      'Check the path; a relative one begins in the working folder of the worker, or of whoever calls this by hand.',
    )
  if (!stat.isFile()) throw refusal(`${name}: ${path} is no file.`, 'Name the database file itself.')
  if (stat.size === 0)
    throw refusal(`${name}: ${path} is empty.`, 'Check the path; an empty file holds no table.')
  const header = readHeader(path, name)
  if (header !== HEADER) {
    throw refusal(
      `${name}: ${path} is no SQLite database, or it is encrypted.`,
      'Check the path; an encrypted file must be decrypted first.',
    )
  }
}

function readHeader(path: string, name: string): string {
  const bytes = Buffer.alloc(HEADER.length)
  try {
    const file = openSync(path, 'r')
    try {
      readSync(file, bytes, 0, bytes.length, 0)
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw refusal(
      `${name}: ${path} may not be read.`,
      'Check the rights on the file and on its folder.',
      cause,
    )
  }
  return bytes.toString('latin1')
}

function wrongEncoding({ path }: SqliteTarget, encoding: string): ActionFailure {
  return refusal(
    `${path} stores its text as ${encoding}; Cutover reads databases in UTF-8.`,
    `Make a copy in UTF-8: sqlite3 ${path} .dump | sed 's/^PRAGMA encoding.*//' | sqlite3 NEW-FILE.`,
  )
}

function refusal(message: string, hint: string, cause?: unknown): ActionFailure {
  return new ActionFailure(message, { hint, changed: 'nothing was changed', cause })
}
