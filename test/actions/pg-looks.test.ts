import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PostgresTarget } from '../../src/actions/targets.ts'
import { timeToFull } from '../../src/actions/pg/looks/time-to-full.ts'
import { maskedQuery } from '../../src/actions/pg/session-words.ts'
import { postgresAt } from '../support/databases.ts'
import { aContext, check, run, temporaryFolder } from '../support/attempt.ts'
import { startTestPostgres } from '../support/postgres.ts'
import type { TestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let main: PostgresTarget
let client: Client
let folder: ReturnType<typeof temporaryFolder>
let made = 0

beforeAll(async () => {
  server = await startTestPostgres({
    shared_preload_libraries: 'pg_stat_statements',
    max_prepared_transactions: '5',
    wal_level: 'logical',
    max_wal_senders: '5',
    max_replication_slots: '5',
    max_connections: '30',
  })
})
afterAll(async () => server.stop())
beforeEach(async () => {
  folder = temporaryFolder()
  main = postgresAt(await server.createDatabase(`looks_${++made}`))
  client = await server.connect(main.url)
})
afterEach(async () => {
  await client.end()
  folder.remove()
})

const look = (name: string, input: object = {}, folderPath = folder.path) =>
  check(name, { target: main, ...input }, aContext(folderPath))

describe('sessions', () => {
  it('counts client connections against what is usable, and the limit of the database where it is nearer', async () => {
    const before = await look('pg.connections')
    const more = await server.connect(main.url)
    const after = await look('pg.connections')
    expect(after.answer).toMatch(/^\d+ of 27 usable connections taken \(\d+ %\), \d+ free$/)
    expect(after.facts['used']).toBe(Number(before.facts['used']) + 1)
    await client.query(`alter database looks_${made} connection limit 3`)
    const limited = await look('pg.connections')
    expect(limited).toMatchObject({ green: false, facts: { used: 3, usable: 3, free: 0 } })
    expect(limited.answer).toContain('of this database (its own limit)')
    await more.end()
  })

  it('finds a long transaction made of short statements, and a prepared one', async () => {
    expect(await look('pg.long-transactions')).toMatchObject({ green: true, measured: { value: 0 } })
    const idle = await server.connect(main.url)
    await idle.query(`set application_name = 'reporting'; create table t (id int)`)
    await idle.query('begin')
    await idle.query(`insert into t values (4711)`)
    await client.query('begin')
    await client.query('create table p (id int)')
    await client.query(`prepare transaction 'left-behind'`)
    await vi.waitFor(async () => {
      const seen = await look('pg.long-transactions', { older_than: '50ms' })
      expect(seen).toMatchObject({ green: false, measured: { value: 2 } })
      expect(seen.facts['sessions']).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^pid \d+ \(reporting, \w+, idle in transaction, \d+ ms\): insert into t values \(\?\)$/,
          ),
          expect.stringContaining('prepared transaction left-behind'),
        ]),
      )
    })
    expect(await look('pg.prepared-transactions')).toMatchObject({
      green: false,
      answer: expect.stringContaining('left-behind'),
      facts: { gids: ['left-behind'] },
    })
    await client.query(`rollback prepared 'left-behind'`)
    await idle.end()
  })

  it('does not call good what it may not see', async () => {
    await client.query(`drop role if exists plain; create role plain login password 'plain'`)
    const url = new URL(main.url)
    url.username = 'plain'
    url.password = 'plain'
    const plain = await check('pg.long-transactions', { target: postgresAt(url.href) }, aContext(folder.path))
    expect(plain).toMatchObject({ green: false, facts: { hidden: 1 } })
    expect(plain.measured.value).toBeNull()
    expect(plain.answer).toContain('1 session of other users cannot be seen')
    await client.query('drop role plain')
  })

  it('says who waits for whom', async () => {
    await client.query('create table orders (id int)')
    const [holder, waiter] = [await server.connect(main.url), await server.connect(main.url)]
    await holder.query(`set application_name = 'reporting'; begin; lock table orders`)
    await waiter.query(`set application_name = 'alembic'`)
    const waiting = waiter.query('alter table orders add column note text').catch(() => undefined)
    await vi.waitFor(async () => {
      const seen = await look('pg.blocked', { longer_than: '1ms' })
      expect(seen).toMatchObject({ green: false, measured: { value: 1 } })
      expect(seen.answer).toMatch(
        /^pid \d+ \(alembic\) waits \d+ ms for orders, held by pid \d+ \(reporting, \w+, idle in transaction, /,
      )
    })
    const watched = await look('pg.watch', { patience: '1ms' })
    expect(watched).toMatchObject({ green: false, measured: { rows: 1, value: 1 } })
    await holder.query('rollback')
    await waiting
    expect(await look('pg.blocked')).toMatchObject({ green: true, answer: 'nobody waits for a lock' })
    await Promise.all([holder.end(), waiter.end()])
  })
})

describe('replication', () => {
  it('wants a standby, and does not call a lag it does not know good', async () => {
    expect(await look('pg.replication')).toMatchObject({
      green: false,
      answer: 'no standby is connected, 1 should be',
    })
    expect(await look('pg.replication', { standbys: 0 })).toMatchObject({ green: true })
    mkdirSync(join(folder.path, 'wal'))
    // It receives and never replays: how far it is cannot be known.
    const receiver = receive(join(folder.path, 'wal'))
    try {
      await vi.waitFor(
        async () => {
          const seen = await look('pg.replication')
          expect(seen.facts['streaming']).toBe(1)
          expect(seen).toMatchObject({ green: false, measured: { age: null, size: null } })
          expect(seen.answer).toContain('how far behind is not known')
        },
        { timeout: 10_000 },
      )
    } finally {
      receiver.kill('SIGKILL')
    }
  })

  it('reports a slot that nobody reads, and an archive that is off', async () => {
    await client.query(`select pg_create_physical_replication_slot('forgotten', true)`)
    const seen = await look('pg.replication-slots')
    expect(seen).toMatchObject({ green: false, measured: { value: 1 } })
    expect(seen.answer).toMatch(/^1 slot: forgotten inactive, keeps /)
    await client.query(`select pg_drop_replication_slot('forgotten')`)
    expect(await look('pg.replication-slots')).toMatchObject({ green: true, answer: 'no replication slots' })
    expect(await look('pg.archive')).toMatchObject({
      green: false,
      answer: 'WAL is not archived: archive_mode is off',
      measured: { value: null },
    })
  })
})

function receive(into: string): ChildProcess {
  const url = new URL(server.url)
  return spawn('pg_receivewal', ['-h', url.hostname, '-p', url.port, '-U', url.username, '-D', into, '-w'], {
    env: { ...process.env, PGPASSWORD: decodeURIComponent(url.password) },
    stdio: 'ignore',
  })
}

describe('tables', () => {
  it('finds dead rows by table, capitals in the name or not', async () => {
    // A session tells its statistics at the latest when it ends.
    const writer = await server.connect(main.url)
    await writer.query(`create table "User" (id int) with (autovacuum_enabled = off)`)
    await writer.query(`insert into "User" select generate_series(1, 4000)`)
    await writer.query(`delete from "User" where id <= 3000`)
    await writer.end()
    await vi.waitFor(async () => {
      const seen = await look('pg.dead-tuples')
      expect(seen).toMatchObject({ green: false, measured: { rows: 1, value: 75 } })
      expect(seen.answer).toBe('1 table over 20 % dead rows: "User" 75 % (3,000 rows, vacuumed never)')
    })
    expect(await look('pg.dead-tuples', { percent: 80 })).toMatchObject({ green: true })
  })

  it('measures in bytes, never analysed tables and indexes nobody used', async () => {
    await client.query(`create table "Order" (id int primary key, note text)`)
    await client.query(`insert into "Order" select n, repeat('x', 100) from generate_series(1, 2000) n`)
    await client.query(`create index by_note on "Order" (note)`)
    expect((await look('pg.unanalysed')).green).toBe(true)
    await client.query(`create table raw (id int) with (autovacuum_enabled = off)`)
    await client.query(`insert into raw values (1)`)
    expect(await look('pg.unanalysed')).toMatchObject({ green: false, facts: { tables: ['raw'] } })
    const table = await look('pg.size', { table: '"Order"' })
    expect(Number(table.measured.size)).toBeGreaterThan(200_000)
    const whole = await look('pg.size')
    expect(Number(whole.measured.size)).toBeGreaterThan(Number(table.measured.size))
    expect(whole.answer).toMatch(/^[\d.]+ MB: "Order" \d+ kB/)
    await expect(look('pg.size', { table: 'nowhere' })).rejects.toThrow('main has no table nowhere')
    expect(await look('pg.unused-indexes')).toMatchObject({
      green: true,
      measured: { value: 1 },
      answer: expect.stringContaining('by_note'),
    })
  })
})

describe('integrity', () => {
  it('finds invalid indexes, constraints not validated and disabled triggers', async () => {
    await client.query(`create table t (id int, n int); insert into t values (1, -1), (1, 2)`)
    await client.query('create unique index concurrently t_id on t (id)').catch(() => undefined)
    await client.query('alter table t add constraint positive check (n > 0) not valid')
    await client.query(`create function f() returns trigger language plpgsql as 'begin return new; end'`)
    await client.query(`create trigger watch_t before insert on t for each row execute function f()`)
    await client.query('alter table t disable trigger watch_t')
    expect(await look('pg.invalid-indexes')).toMatchObject({
      green: false,
      answer: '1 invalid index: t_id on t',
    })
    expect(await look('pg.unvalidated-constraints')).toMatchObject({
      green: false,
      answer: '1 constraint not validated: positive on t',
    })
    expect(await look('pg.disabled-triggers')).toMatchObject({
      green: false,
      facts: { found: ['watch_t on t'] },
    })
    expect(await look('pg.tables-without-key')).toMatchObject({ green: false, facts: { found: ['t'] } })
  })

  it('counts orphans behind keys of several columns, where a NULL refers to nothing', async () => {
    await client.query(
      `create table parent (a int, b int, primary key (a, b)); insert into parent values (1, 1)`,
    )
    await client.query(`create table child (id int, pa int, pb int)`)
    await client.query(`insert into child values (1, 1, 1), (2, 1, 2), (3, null, 7), (4, 9, 9)`)
    await client.query(
      'alter table child add constraint to_parent foreign key (pa, pb) references parent (a, b) not valid',
    )
    expect(await look('pg.orphans')).toMatchObject({
      green: false,
      answer: '2 orphans: child.to_parent 2 rows',
      measured: { value: 2, rows: 1 },
    })
    await client.query('delete from child where id in (2, 4)')
    expect(await look('pg.orphans')).toMatchObject({
      green: true,
      answer: 'no orphans behind 1 foreign key',
    })
  })

  it.each([
    ['serial', 'create table t (id serial primary key)'],
    ['identity', 'create table t (id int generated by default as identity primary key)'],
    ['a plain default', `create sequence s; create table t (id bigint default nextval('s') primary key)`],
  ])('finds the sequence of %s behind its column', async (_, sql) => {
    await client.query(sql)
    expect(await look('pg.sequences')).toMatchObject({
      green: true,
      answer: '1 sequence, none behind its column',
    })
    await client.query('insert into t (id) values (1)')
    expect(await look('pg.sequences')).toMatchObject({ green: false, measured: { value: 1 } })
    await client.query(`select setval((select seqrelid::regclass from pg_sequence), 2, false)`)
    expect(await look('pg.sequences')).toMatchObject({ green: true })
    await client.query('insert into t (id) values (5), (2)')
    const behind = await look('pg.sequences')
    expect(behind.answer).toMatch(/^1 of 1 sequence behind: \S+ is at 2, t\.id at 5$/)
  })
})

describe('the server', () => {
  it('tells its version, settings, extensions, and how near wraparound it is', async () => {
    expect((await look('pg.version')).answer).toMatch(/^PostgreSQL \d+\S*( \(.*\))?, up \d+/)
    expect(
      await look('pg.settings', {
        settings: { wal_level: 'logical', max_connections: '>= 30', work_mem: '>= 4MB', fsync: false },
      }),
    ).toMatchObject({ green: true })
    expect(
      await look('pg.settings', {
        settings: { max_connections: '>= 200', work_mem: '> 1GB', wal_level: 'replica', no_such: 1 },
      }),
    ).toMatchObject({
      green: false,
      facts: {
        found: [
          'max_connections is 30, wanted >= 200',
          'work_mem is 4MB, wanted > 1GB',
          'wal_level is logical, wanted replica',
          'no_such is no setting of this server, or this user may not see it',
        ],
      },
    })
    expect(await look('pg.extensions', { wanted: ['plpgsql', 'nowhere'] })).toMatchObject({
      green: false,
      facts: { missing: ['nowhere'] },
    })
    expect(await look('pg.wraparound')).toMatchObject({ green: true })
    expect(await look('pg.collations')).toMatchObject({ green: true })
    expect((await look('pg.cache-hits')).facts['percent']).toEqual(expect.any(Number))
  })

  it('says that statement statistics are missing, and counts them between two snapshots', async () => {
    const missing = run('pg.statements-snapshot', { target: main }, aContext(folder.path))
    await expect(missing).rejects.toThrow('pg_stat_statements is not installed')
    await client.query('create extension pg_stat_statements')
    const take = async (name: string) =>
      (
        await run(
          'pg.statements-snapshot',
          { target: main, to: join(folder.path, name) },
          aContext(folder.path),
        )
      ).facts['file']
    const first = await take('a.json')
    for (let n = 0; n < 12; n += 1) await client.query('select pg_sleep(0.001)')
    const second = await take('b.json')
    for (let n = 0; n < 12; n += 1) await client.query('select pg_sleep(0.02)')
    const seen = await look('pg.statements', { since: second, before: first })
    expect(seen.green).toBe(true)
    expect(Number(seen.facts['percent'])).toBeGreaterThan(150)
    expect(seen.facts['slower']).toEqual([
      expect.stringMatching(/^select pg_sleep\(\$1\) [\d.]+ → [\d.]+ ms$/),
    ])
    expect(seen.facts['top']).toEqual(
      expect.arrayContaining([expect.stringContaining('in 12 calls: select pg_sleep')]),
    )
    await expect(look('pg.statements', { since: join(folder.path, 'none.json') })).rejects.toThrow(
      'is no snapshot',
    )
  })

  it('sets free room against the size of a database', async () => {
    const { green, answer, measured } = await check(
      'disk.free',
      { path: join(folder.path, 'not/there/yet'), target: main },
      aContext(folder.path),
    )
    expect(green).toBe(true)
    expect(answer).toMatch(/ free \(\d+ %\), [\d,]+ times the [\d.]+ MB of main$/)
    expect(Number(measured.size)).toBeGreaterThan(0)
    const tight = await check('disk.free', { path: '.', target: main, times: 1e9 }, aContext(folder.path))
    expect(tight.green).toBe(false)
  })
})

describe('expected counts', () => {
  it('names each deviation from CSV and from JSON', async () => {
    await client.query(`create table orders (id int); insert into orders select generate_series(1, 120)`)
    await client.query(`create table "User" (id int); insert into "User" values (1), (2)`)
    writeFileSync(join(folder.path, 'good.csv'), 'table,expected\norders,100-150\n"""User""",2\n')
    expect(await look('pg.counts', { expected: 'good.csv' })).toMatchObject({
      green: true,
      answer: '2 tables as expected, 122 rows',
    })
    const wanted = { orders: { min: 200 }, '"User"': '3 ± 10 %', ghosts: 1 }
    writeFileSync(join(folder.path, 'bad.json'), JSON.stringify(wanted))
    expect(await look('pg.counts', { expected: 'bad.json' })).toMatchObject({
      green: false,
      measured: { value: 3 },
      facts: {
        deviations: [
          'orders: 120 rows, expected at least 200 rows',
          '"User": 2 rows, expected 3 rows',
          'ghosts: no such table',
        ],
      },
    })
  })

  it.each([
    ['{ not json', 'it begins like JSON and is none'],
    ['orders 12', 'line 1 is not "table,expected"'],
    ['orders,about 12', 'line 1: "about 12" is neither'],
    ['', 'it names no table'],
  ])('refuses %j', async (text, why) => {
    writeFileSync(join(folder.path, 'expected.csv'), text)
    await expect(look('pg.counts', { expected: 'expected.csv' })).rejects.toThrow(why)
  })
})

describe('the watch of a migration', () => {
  it('counts deadlocks and temporary bytes from its first look', async () => {
    await client.query('create table a (id int primary key, n int); insert into a values (1, 0), (2, 0)')
    expect(await look('pg.watch', { folders: [folder.path] })).toMatchObject({
      green: true,
      answer: expect.stringMatching(/^nobody waits, no deadlock, .* free \(\d+ %\)/),
    })
    const [one, other] = [await server.connect(main.url), await server.connect(main.url)]
    await one.query('begin; update a set n = 1 where id = 1')
    await other.query('begin; update a set n = 1 where id = 2')
    await Promise.allSettled([
      one.query('update a set n = 2 where id = 2'),
      other.query('update a set n = 2 where id = 1'),
    ])
    await Promise.all([one.query('rollback'), other.query('rollback')])
    await client.query(
      `set work_mem = '64kB'; select count(*) from (select n from generate_series(1, 200000) n order by md5(n::text)) s`,
    )
    await Promise.all([one.end(), other.end()])
    await vi.waitFor(async () => {
      const seen = await look('pg.watch', { folders: [folder.path] })
      expect(seen).toMatchObject({ green: false, facts: { deadlocks: 1, restarted: false } })
      expect(Number(seen.facts['tempBytes'])).toBeGreaterThan(1_000_000)
      expect(seen.answer).toBe('1 deadlock')
    }, 10_000)
  })

  it('says when a disk would be full, from its trend', () => {
    expect(timeToFull([{ at: 0, free: 100 }])).toBeNull()
    expect(
      timeToFull([
        { at: 0, free: 100 },
        { at: 10_000, free: 100 },
      ]),
    ).toBeNull()
    expect(
      timeToFull([
        { at: 0, free: 100 },
        { at: 10_000, free: 80 },
      ]),
    ).toBe(40_000)
    expect(
      timeToFull([
        { at: 0, free: 100 },
        { at: 9000, free: 80 },
      ]),
    ).toBeNull()
  })

  it('shows queries without their values', () => {
    expect(maskedQuery(`update users set mail = 'a@b.c', n = 12.5 where t = $$x$$ and id2 = 7`)).toBe(
      'update users set mail = ?, n = ? where t = ? and id2 = ?',
    )
    expect(maskedQuery(`select 'it''s' || E'\\'x'`)).toBe('select ? || ?')
    expect(maskedQuery(`select 'cut off by the serv`)).toBe('select ?')
  })
})
