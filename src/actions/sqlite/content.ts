import { pathToFileURL } from 'node:url'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { DatabaseSync } from '@photostructure/sqlite'
import { ActionFailure } from '../action.ts'
import { oneLine } from '../wording.ts'
import { quoteName, sqliteFailure } from './open.ts'

/** What is in a database, by counting. Virtual tables are not counted, the tables behind them are. */
export interface Content {
  readonly tables: number
  readonly rows: number
  readonly byTable: ReadonlyMap<string, number>
}

/** Counts every table as it stands; `seen` gets each table's name before it is counted. */
export function contentOf(database: DatabaseSyncInstance, seen: (table: string) => void): Content {
  const names = database
    .prepare(
      String.raw`select name from sqlite_schema where type = 'table' and rootpage > 0 and name not like 'sqlite\_%' escape '\' order by name`,
    )
    .all()
    .map(firstText)
  const byTable = new Map(
    names.map((name) => {
      seen(name)
      return [name, Number(firstText(database.prepare(`select count(*) from ${quoteName(name)}`).get()))]
    }),
  )
  return { tables: names.length, rows: [...byTable.values()].reduce((sum, rows) => sum + rows, 0), byTable }
}

/** The tables that two counts disagree on, as a sentence; undefined when they agree. */
export function differenceOf(expected: Content, found: Content): string | undefined {
  const names = new Set([...expected.byTable.keys(), ...found.byTable.keys()])
  const different = [...names].filter((name) => expected.byTable.get(name) !== found.byTable.get(name))
  if (different.length === 0) return undefined
  const told = different
    .slice(0, 3)
    .map(
      (name) =>
        `${name} ${found.byTable.get(name) ?? 'missing'} instead of ${expected.byTable.get(name) ?? 'none'}`,
    )
  return oneLine(told.join(', '), 300)
}

/** Opens a file that nobody writes, leaving neither -wal nor -shm beside it, and looks at every page of it. */
export function examine<Result>(path: string, look: (database: DatabaseSyncInstance) => Result): Result {
  const target = { name: 'backup', kind: 'sqlite', path } as const
  let database: DatabaseSyncInstance | undefined
  try {
    database = new DatabaseSync(`${pathToFileURL(path).href}?immutable=1`, {
      readOnly: true,
      readBigInts: true,
      returnArrays: true,
    })
    refuseDamaged(database, path)
    return look(database)
  } catch (error) {
    throw sqliteFailure(error, { target, what: `Examining ${path}` })
  } finally {
    database?.close()
  }
}

/** How many rows refer to a row that does not exist. SQLite does not enforce that by itself. */
export function foreignKeyViolations(database: DatabaseSyncInstance): number {
  return Number(firstText(database.prepare('select count(*) from pragma_foreign_key_check').get()))
}

function refuseDamaged(database: DatabaseSyncInstance, path: string) {
  const answer = firstText(database.prepare('pragma integrity_check(1)').get())
  if (answer === 'ok') return
  throw new ActionFailure(`${path} is damaged: ${oneLine(answer, 200)}.`, {
    hint: 'Use another backup, or recover it with the `.recover` of sqlite3.',
    changed: 'nothing was changed',
  })
}

function firstText(row: unknown): string {
  return Array.isArray(row) ? String(row[0]) : ''
}
