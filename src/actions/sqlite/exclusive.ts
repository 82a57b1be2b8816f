import { pathToFileURL } from 'node:url'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { DatabaseSync } from '@photostructure/sqlite'
import type { SqliteTarget } from '../targets.ts'
import { sqliteCode, sqliteFailure } from './open.ts'

/**
 * Takes the exclusive lock of a SQLite file and gives it back: true when it could be had. In WAL mode the exclusive
 * locking mode makes this fail for every other open connection, an idle one included. Like any program that opens
 * the database, it folds a leftover -wal into it. Throws {@link ActionFailure} for a file that cannot be opened.
 */
export function exclusiveLockCanBeHad(target: SqliteTarget, { waitMs }: { waitMs: number }): boolean {
  let database: DatabaseSyncInstance | undefined
  try {
    // `rw` without `c`: a path that went away in between must not become an empty database.
    database = new DatabaseSync(`${pathToFileURL(target.path).href}?mode=rw`, { timeout: waitMs })
    database.exec('pragma locking_mode = exclusive')
    database.exec('begin exclusive')
    database.exec('rollback')
    return true
  } catch (error) {
    const code = sqliteCode(error) ?? ''
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return false
    throw sqliteFailure(error, { target, what: `Locking ${target.path}` })
  } finally {
    database?.close()
  }
}
