import pg from 'pg'
import { handleCommand, type Outcome } from '../../src/app/handle-command.ts'
import type { Append, Appended, CutoverLog } from '../../src/app/ports.ts'
import type { Command } from '../../src/domain/commands.ts'
import type { Actor } from '../../src/domain/events.ts'
import { makeEventLog } from '../../src/postgres/event-log.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { readyPool } from './pools.ts'
import { startTestPostgres, type TestPostgres } from './postgres.ts'

export interface TestLog {
  readonly server: TestPostgres
  readonly url: string
  readonly pool: pg.Pool
  readonly log: CutoverLog
  /** Another process, as far as the log can tell: a pool and a cache of its own. Ended by `stop`. */
  readonly another: (url?: string) => { readonly log: CutoverLog; readonly pool: pg.Pool }
  /** As the owner of the database with every trigger off: what nobody should do. */
  readonly tamper: (sql: string, values?: readonly unknown[]) => Promise<void>
  readonly stop: () => Promise<void>
}

/** A migrated log on a throw-away server. */
export async function startTestLog(): Promise<TestLog> {
  const server = await startTestPostgres()
  const url = await server.createDatabase('cutover_log')
  const pools: pg.Pool[] = []
  const another = (to = url) => {
    const pool = new pg.Pool({ connectionString: to, max: 4 })
    pool.on('error', () => undefined)
    pools.push(pool)
    return { pool, log: makeEventLog(pool) }
  }
  const { pool, log } = another()
  await migrate(pool)
  return {
    server,
    url,
    pool,
    log,
    another,
    async tamper(sql, values = []) {
      const client = await server.connect(url)
      await client.query(`set session_replication_role = 'replica'`)
      await client.query(sql, [...values])
      await client.end()
    },
    async stop() {
      await Promise.all(pools.map((one) => one.end()))
      await server.stop()
    },
  }
}

/** The same log, and something that happens right before the write of an append. */
export function beforeAppend(log: CutoverLog, happens: (append: Append) => Promise<void>): CutoverLog {
  return {
    ...log,
    append: async (append): Promise<Appended> => {
      await happens(append)
      return log.append(append)
    },
  }
}

/** Says a command; fails the test when it is refused. Before a spawn the host says that it knows the runbook. */
export async function say(
  log: CutoverLog,
  cutover: string,
  command: Command,
  actor: Actor,
): Promise<Extract<Outcome, { ok: true }>> {
  if (command.type === 'spawn' && actor.kind === 'worker')
    await say(log, cutover, readyPool(actor.pool), actor)
  const outcome = await handleCommand(log, cutover, command, { actor })
  if (!outcome.ok) throw new Error(`"${command.type}" was refused: ${outcome.refusal.message}`)
  return outcome
}
