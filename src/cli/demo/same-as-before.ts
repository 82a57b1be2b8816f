import { backup, DatabaseSync } from '@photostructure/sqlite'
import { compareDatabases } from '../../actions/compare/compare-databases.ts'

/** A copy of a SQLite database as it is now, -wal included. */
export async function keepCopy(path: string, copy: string): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    await backup(database, copy)
  } finally {
    database.close()
  }
}

/**
 * Says whether everything that was in a database before is there now, by content; what the service has written
 * since does not count against it. Throws when a row is missing or differs.
 */
export async function sayWhetherSame(before: string, now: string): Promise<string> {
  const report = await compareDatabases({
    source: { name: 'before', kind: 'sqlite', path: before },
    target: { name: 'now', kind: 'sqlite', path: now },
    attempt: 'demo',
  })
  const wrong = [
    ...report.tables.filter(({ changed, missing }) => changed + missing > 0).map(({ table }) => table),
    ...report.tablesOnlyInSource,
    ...report.columnsOnlyInSource,
  ]
  if (wrong.length > 0) throw new Error(`The data is not what it was: ${wrong.join(', ')}.`)
  const since = report.tables.reduce((sum, { extra }) => sum + extra, 0)
  return `all ${report.rows.toLocaleString('en')} rows are what they were, by content; ${since} were written since`
}
