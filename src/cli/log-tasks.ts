import { Pool } from 'pg'
import { migrate } from '../postgres/migrate.ts'
import { makePresence } from '../postgres/presence.ts'
import { databaseConnection, readConfig } from './config.ts'
import type { Terminal } from './context.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** Brings the log's schema up to date. */
export function migrateLog(terminal: Terminal): Promise<void> {
  return withLog(terminal, async (pool) => {
    const applied = await migrate(pool)
    terminal.out(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The log is up to date.')
  })
}

/** Frees a pool, so that another host may register its name. */
export function releasePool(terminal: Terminal, name: string): Promise<void> {
  return withLog(terminal, async (pool) => {
    if (!(await makePresence(pool).releasePool(name))) {
      throw new CommandEnd(
        `The pool ${name} is not free: there is no such pool, or an attempt of it is not over. Nothing was changed.`,
        EXIT.refused,
      )
    }
    terminal.out(`The pool ${name} is free.`)
  })
}

async function withLog(terminal: Terminal, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = new Pool({ ...databaseConnection(readConfig(terminal.environment)), max: 2 })
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}
