import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { PostgresTarget, SqliteTarget } from '../../src/actions/targets.ts'
import { startTestPostgres, type TestPostgres } from './postgres.ts'

/** SQLite files of one test file, in a folder of their own. */
export function makeSqliteFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-sqlite-'))
  let made = 0
  return {
    folder,
    /** A new file with what the SQL makes of it; extra statements are bound with values that SQL cannot write. */
    file: (
      sql: string,
      bound: readonly { readonly sql: string; readonly values: readonly unknown[] }[] = [],
    ): SqliteTarget => {
      const path = join(folder, `${++made}.db`)
      const database = new DatabaseSync(path)
      database.exec(sql)
      for (const statement of bound) database.prepare(statement.sql).run(...statement.values)
      database.close()
      return { kind: 'sqlite', name: 'source', path }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function change(target: SqliteTarget, sql: string) {
  const database = new DatabaseSync(target.path)
  database.exec(sql)
  database.close()
}

export function postgresAt(url: string, name = 'main'): PostgresTarget {
  return { kind: 'postgres', name, url }
}

interface OwnDatabase {
  readonly server: TestPostgres
  readonly main: PostgresTarget
  /** Connected to `main`, in UTC. */
  readonly client: Client
}

/** One server for the file and a new database for each of its tests, handed over before it; gives the SQLite files. */
export function eachOnItsOwnDatabase(prefix: string, given: (own: OwnDatabase) => void) {
  const files = makeSqliteFiles()
  let server: TestPostgres
  let client: Client
  let made = 0

  beforeAll(async () => {
    server = await startTestPostgres()
  })
  afterAll(async () => {
    await server.stop()
    files.remove()
  })
  beforeEach(async () => {
    const main = postgresAt(await server.createDatabase(`${prefix}_${++made}`))
    client = await server.connect(main.url)
    await client.query(`set timezone = 'UTC'`)
    given({ server, main, client })
  })
  afterEach(async () => {
    await client.end()
  })
  return files
}
