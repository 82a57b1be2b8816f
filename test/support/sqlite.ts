import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DatabaseSync } from '@photostructure/sqlite'

/** Makes a SQLite database by SQL. */
export function makeSqlite(path: string, sql: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

/** All rows of one query, as objects. */
export function readSqlite(path: string, query: string): unknown[] {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    return database
      .prepare(query)
      .all()
      .map((row) => ({ ...Object(row) }))
  } finally {
    database.close()
  }
}

/**
 * Another process that opens the database, runs `sql` and keeps it open until `end`, which kills it. `again` is run
 * every millisecond from then on.
 */
export async function anotherProcess(path: string, sql: string, again = '') {
  const program = `
    import { DatabaseSync } from '@photostructure/sqlite'
    const database = new DatabaseSync(process.argv[1], { enableForeignKeyConstraints: false })
    database.exec(process.argv[2])
    console.log('open')
    setInterval(() => database.exec(process.argv[3]), process.argv[3] ? 1 : 1000)
  `
  const argv = ['--input-type=module', '-e', program, path, sql, again]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(createInterface({ input: child.stdout }), 'line')
  return {
    pid: child.pid ?? 0,
    end: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
