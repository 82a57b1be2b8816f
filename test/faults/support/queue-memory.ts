import type { Pool } from 'pg'
import type { TestRedis } from '../../support/redis.ts'

/** What the queue remembers, on either backend, and what may become of it. */
export interface QueueMemory {
  /** Everything is forgotten, and the queue goes on. */
  empty(): Promise<void>
  /** The queue does not answer any more; what it knew is lost. */
  away(): Promise<void>
  /** It answers again, empty; also when it never was away. */
  back(): Promise<void>
  /** Keeps what it knows now; `restore` is a restart of the queue with that. */
  snapshot(): Promise<void>
  restore(): Promise<void>
}

export const queueMemory = ({
  redis,
  pool,
}: {
  readonly redis: TestRedis | undefined
  readonly pool: Pool
}): QueueMemory => (redis === undefined ? inPostgres(pool) : inRedis(redis))

const inRedis = (redis: TestRedis): QueueMemory => ({
  empty: async () => void (await redis.command('flushall')),
  away: () => redis.kill(),
  async back() {
    await redis.kill()
    await redis.start()
  },
  snapshot: () => redis.snapshot(),
  async restore() {
    await redis.kill()
    await redis.startFromSnapshot()
  },
})

const SCHEMA = 'cutover_queue'
const AWAY = 'away_queue'
const KEPT = 'kept_queue'

/** The queue's schema lies beside the log: its rows go and come back, and renaming it takes it out of reach. */
function inPostgres(pool: Pool): QueueMemory {
  const tables = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ name: string }>(
      `select format('%I', table_name) as name from information_schema.tables
       where table_schema = $1 and table_name <> 'migration'`,
      [SCHEMA],
    )
    return rows.map(({ name }) => name)
  }
  const empty = async (): Promise<void> => {
    const all = (await tables()).map((table) => `${SCHEMA}.${table}`)
    await pool.query(`truncate ${all.join(', ')} cascade`)
  }
  return {
    empty,
    away: async () => void (await pool.query(`alter schema ${SCHEMA} rename to ${AWAY}`)),
    async back() {
      const { rowCount } = await pool.query('select from pg_namespace where nspname = $1', [AWAY])
      if (rowCount === 0) return
      await pool.query(`alter schema ${AWAY} rename to ${SCHEMA}`)
      await empty()
    },
    async snapshot() {
      await pool.query(`drop schema if exists ${KEPT} cascade; create schema ${KEPT}`)
      for (const table of await tables())
        await pool.query(`create table ${KEPT}.${table} as table ${SCHEMA}.${table}`)
    },
    async restore() {
      await empty()
      const client = await pool.connect()
      try {
        // As a restore does: in whatever order, without the checks between tables.
        await client.query(`begin; set local session_replication_role = 'replica'`)
        for (const table of await tables()) {
          await client.query(
            `insert into ${SCHEMA}.${table} overriding system value select * from ${KEPT}.${table}`,
          )
        }
        await client.query('commit')
      } finally {
        client.release()
      }
    },
  }
}
