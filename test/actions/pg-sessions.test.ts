import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { askBlocker } from '../../src/actions/pg/ask-blocker.ts'
import { findBlocker } from '../../src/actions/pg/session-blocker.ts'
import { serverProgress } from '../../src/actions/pg/session-progress.ts'
import type { PostgresTarget } from '../../src/actions/targets.ts'
import { postgresAt } from '../support/databases.ts'
import { startTestPostgres } from '../support/postgres.ts'
import type { TestPostgres } from '../support/postgres.ts'

const ATTEMPT = 'cutover:c1.migrate.1'

let server: TestPostgres
let main: PostgresTarget
let client: Client
let made = 0

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(async () => server.stop())
beforeEach(async () => {
  main = postgresAt(await server.createDatabase(`sessions_${++made}`))
  client = await server.connect(main.url)
  await client.query('create table orders (id int primary key, note text)')
})
afterEach(async () => client.end())

async function session(name: string, sql: string): Promise<Client> {
  const one = await server.connect(main.url)
  await one.query(`set application_name = '${name}'`)
  await one.query(sql)
  return one
}

/** A session of the attempt that waits for the table; gives what became of its statement. */
async function waiting(): Promise<{ readonly ended: Promise<string> }> {
  const one = await session(ATTEMPT, 'select 1')
  const ended = one
    .query('alter table orders add column late text')
    .then(() => 'done')
    .catch((error: unknown) => String(error))
    .finally(() => one.end())
  return { ended }
}

const found = (patienceMs = 0) =>
  vi.waitFor(async () => {
    const blocker = await findBlocker(client, ATTEMPT, patienceMs)
    if (!blocker?.backendStart) throw new Error('nobody is in the way')
    return { ...blocker, backendStart: blocker.backendStart }
  })

describe('who holds up an attempt', () => {
  it('is the session at the head of the queue, with what it does and without its values', async () => {
    const head = await session('reporting', `begin; select * from orders where note = 'a secret'`)
    const { ended: queued } = await (async () => {
      const one = await session('psql', 'select 1')
      return {
        ended: one
          .query('lock table orders')
          .catch(() => undefined)
          .finally(() => one.end()),
      }
    })()
    const { ended } = await waiting()
    const blocker = await found()
    expect(blocker).toMatchObject({
      app: 'reporting',
      state: 'idle in transaction',
      query: 'begin; select * from orders where note = ?',
      lockOn: 'orders',
    })
    expect(blocker.openMs).toBeGreaterThan(0)
    await head.query('rollback')
    await head.end()
    await queued
    expect(await ended).toBe('done')
    expect(await findBlocker(client, ATTEMPT, 0)).toBeUndefined()
  })

  it('is nobody while the wait has only begun', async () => {
    const head = await session('reporting', 'begin; lock table orders')
    const { ended } = await waiting()
    await found()
    expect(await findBlocker(client, ATTEMPT, 60_000)).toBeUndefined()
    await head.query('rollback')
    await head.end()
    await ended
  })
})

describe('asking the blocker', () => {
  it('cancels its query, and the attempt goes on', async () => {
    const head = await session('reporting', 'select 1')
    const query = head
      .query('select pg_sleep(60) from (select count(*) from orders) s')
      .then(() => 'done')
      .catch((error: unknown) => String(error))
    const { ended } = await waiting()
    const blocker = await found()
    const asked = await askBlocker(main, blocker, { how: 'cancel', attempt: 'c1.migrate.1' })
    expect(asked).toMatchObject({
      freed: true,
      result: expect.stringMatching(/^pid \d+ stopped after \d+ ms$/),
    })
    expect(await query).toContain('canceling statement due to user request')
    expect(await ended).toBe('done')
    await head.end()
  })

  it('says that there is nothing to cancel in an idle transaction, and ends the session when that is asked', async () => {
    const head = await session('reporting', 'begin; lock table orders')
    const { ended } = await waiting()
    const blocker = await found()
    const cancelled = await askBlocker(main, blocker, { how: 'cancel', attempt: 'c1.migrate.1' })
    expect(cancelled.freed).toBe(false)
    expect(cancelled.result).toContain('idle in transaction, so there is no query to cancel: end its session')
    const over = await askBlocker(main, blocker, { how: 'end', attempt: 'c1.migrate.1' })
    expect(over).toMatchObject({ freed: true, result: expect.stringContaining('has ended') })
    expect(await ended).toBe('done')
    await head.end().catch(() => undefined)
  }, 20_000)

  it('touches no other session that got the same pid', async () => {
    const head = await session('reporting', 'begin; lock table orders')
    const { ended } = await waiting()
    const blocker = await found()
    const another = { ...blocker, backendStart: '2020-01-01 00:00:00+00' }
    expect(await askBlocker(main, another, { how: 'end', attempt: 'c1.migrate.1' })).toEqual({
      freed: true,
      result: `pid ${blocker.pid} was gone already; nothing was touched`,
    })
    expect((await head.query('select 1')).rowCount).toBe(1)
    await head.query('rollback')
    await head.end()
    await ended
  })

  it('says so where this user may not', async () => {
    await client.query(`drop role if exists weak; create role weak login password 'weak'`)
    const head = await session('reporting', 'begin; lock table orders')
    const { ended } = await waiting()
    const blocker = await found()
    const url = new URL(main.url)
    url.username = 'weak'
    url.password = 'weak'
    const asked = await askBlocker(postgresAt(url.href), blocker, { how: 'end', attempt: 'c1.migrate.1' })
    expect(asked.freed).toBe(false)
    expect(asked.result).toMatch(/^which session pid \d+ is may not be seen by this user/)
    await client.query('grant pg_read_all_stats to weak')
    const seen = await askBlocker(postgresAt(url.href), blocker, { how: 'end', attempt: 'c1.migrate.1' })
    expect(seen.freed).toBe(false)
    expect(seen.result).toMatch(/may not do that to pid \d+: grant pg_signal_backend/)
    expect((await head.query('select 1')).rowCount).toBe(1)
    await head.query('rollback')
    await head.end()
    await ended
    await client.query('drop role weak')
  })
})

describe('how far PostgreSQL says an attempt is', () => {
  it('shows the phase and blocks of an index that is built', async () => {
    await client.query(`insert into orders select n, md5(n::text) from generate_series(1, 30000) n`)
    // Building waits for this writer before it scans for the second time: long enough to look.
    const writer = await session('writer', 'begin; insert into orders values (0)')
    const builder = await session(ATTEMPT, 'select 1')
    const built = builder.query('create index concurrently by_note on orders (note)')
    await vi.waitFor(async () => {
      expect(await serverProgress(client, ATTEMPT)).toMatchObject({
        label: expect.stringMatching(
          /^CREATE INDEX CONCURRENTLY orders \(waiting for writers before build\)$/,
        ),
        unit: 'sessions',
        total: 1,
      })
    })
    await writer.query('commit')
    await built
    expect(await serverProgress(client, ATTEMPT)).toBeUndefined()
    await Promise.all([writer.end(), builder.end()])
  })

  it('counts the rows of a COPY against what its table is thought to hold', async () => {
    await client.query(
      `insert into orders select n, repeat('x', 500) from generate_series(1, 20000) n; analyze orders`,
    )
    const copier = await session(ATTEMPT, 'select 1')
    const copied = copier.query(`copy orders to program 'sleep 3; cat > /dev/null'`).catch(() => undefined)
    await vi.waitFor(async () => {
      const seen = await serverProgress(client, ATTEMPT)
      expect(seen).toMatchObject({ unit: 'rows', total: 20_000, label: 'COPY TO orders' })
      expect(seen?.done).toBeGreaterThan(0)
    }, 5_000)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${ATTEMPT}'`,
    )
    await copied
  })
})
