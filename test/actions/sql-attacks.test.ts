import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askPostgres } from '../../src/actions/sql/ask-postgres.ts'
import type { PostgresTarget } from '../../src/actions/targets.ts'
import { aContext, check, failureOf } from '../support/attempt.ts'
import { makeSqliteFiles, postgresAt } from '../support/databases.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'

/** As the superuser of the target, the worst login that a team could give a check. */
let main: PostgresTarget
/** As a login that may read and nothing else, which the guide advises. */
let reader: PostgresTarget
let server: TestPostgres
let client: Client
const files = makeSqliteFiles()
const outside = mkdtempSync(join(tmpdir(), 'cutover-attacks-'))

beforeAll(async () => {
  server = await startTestPostgres({ max_prepared_transactions: '5' })
  main = postgresAt(await server.createDatabase('target'))
  client = await server.connect(main.url)
  await client.query(`
    create table t (n int primary key);
    insert into t select generate_series(1, 20);
    create sequence s;
    create materialized view m as select count(*) from t;
    create function writes() returns int language plpgsql as $$ begin delete from t; return 1; end $$;
    create procedure commits() language plpgsql as $$ begin commit; delete from t; commit; end $$;
    create role reader login password 'reader';
    grant pg_read_all_data to reader;`)
  const url = new URL(main.url)
  url.username = 'reader'
  url.password = 'reader'
  reader = postgresAt(url.href)
})
afterAll(async () => {
  await server.stop()
  files.remove()
  rmSync(outside, { recursive: true })
})

const ask = (query: string, more: object = {}, target: PostgresTarget = main) =>
  check('sql', { target, query, ...more }, aContext(outside))

const said = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (result) => JSON.stringify(result),
    (error: Error) => error.message,
  )

/** All that a check could have changed. */
async function fingerprint(): Promise<unknown> {
  const { rows } = await client.query(`
    select (select count(*) from t) as rows, (select sum(n) from t) as sum,
           (select last_value from s) as last, (select is_called from s) as called,
           (select count(*) from pg_class) as tables, (select count(*) from pg_proc) as functions,
           (select count(*) from pg_roles) as roles, (select count(*) from pg_largeobject_metadata) as objects,
           (select count(*) from pg_prepared_xacts) as prepared,
           (select count(*) from pg_locks where locktype = 'advisory') as locks,
           (select count(*) from pg_replication_slots) as slots,
           current_setting('default_transaction_read_only') as setting`)
  return { ...rows[0], files: readdirSync(outside) }
}

describe('a check of PostgreSQL that does not begin by asking is refused before it is asked', () => {
  it.each([
    'delete from t',
    'insert into t values (99)',
    'drop table t',
    'create table u ()',
    'commit',
    'rollback',
    'begin',
    'end',
    'set transaction read write',
    'set session characteristics as transaction read write',
    `set role reader`,
    'reset all',
    'discard all',
    `do $$ begin delete from t; end $$`,
    'call commits()',
    `copy t to '/tmp/cutover-attack'`,
    `copy (select 1) to program 'touch /tmp/cutover-attack'`,
    `copy t from program 'echo 99'`,
    'vacuum t',
    'analyze t',
    'refresh materialized view m',
    'prepare p as delete from t',
    'execute p',
    'declare c cursor for select 1',
    'lock table t',
    'listen x',
    `notify x`,
    'checkpoint',
    `load 'auto_explain'`,
    `prepare transaction 'x'`,
    'merge into t using t u on false when not matched then insert values (99)',
  ])('%s', async (query) => {
    const before = await fingerprint()
    expect(await said(ask(query))).toMatch(/query: it only reads, so that it begins with SELECT/)
    expect(await said(ask(`/* select */ -- select\n ${query}`))).toMatch(/it only reads/)
    expect(
      await failureOf(
        askPostgres(
          main,
          { text: query, params: [], timeoutMs: 1000, limit: 1 },
          {
            attempt: 'a',
            signal: AbortSignal.timeout(5000),
          },
        ),
      ),
    ).toMatchObject({ changed: 'nothing was changed' })
    expect(await fingerprint()).toEqual(before)
  })
})

describe('a check of PostgreSQL of more than one statement is refused', () => {
  it.each([
    'commit; drop table t',
    'select 1; delete from t',
    'select 1; commit; delete from t; begin',
    `select 'a\\'; delete from t; --'`,
    'select $$a$$; delete from t',
    'select 1 /* ; */ ; delete from t',
    `select E'\\''; delete from t; --'`,
    'select 1;;select 2',
    '',
    ';',
    '-- nothing',
  ])('%s', async (query) => {
    const before = await fingerprint()
    expect(await said(ask(query))).toMatch(/exactly one statement|query: /)
    expect(await fingerprint()).toEqual(before)
  })

  it.each(['select 1; delete from t', 'commit; delete from t'])(
    'by the server too, should our reading of a text be wrong: %s',
    async (text) => {
      await client.query('begin transaction read only')
      await expect(client.query({ name: 'attack', text })).rejects.toThrow(
        'cannot insert multiple commands into a prepared statement',
      )
      await client.query('rollback')
    },
  )
})

describe('a check of PostgreSQL that asks and would write is stopped by the read-only transaction', () => {
  it.each([
    ['with d as (delete from t returning n) select * from d'],
    [`with i as (insert into t values (99) returning n) select * from i`],
    ['select writes()'],
    [`select nextval('s')`],
    [`select setval('s', 99)`],
    ['select * into u from t'],
    ['select * from t for update'],
    ['select * from t for share'],
    ['explain analyze delete from t'],
    ['explain (analyze) insert into t values (99)'],
    [`select query_to_xml('delete from t', true, true, '')`],
    [`select set_config('transaction_read_only', 'off', true), writes()`],
    [`select set_config('default_transaction_read_only', 'off', false), writes()`],
    [
      `with x as materialized (select set_config('transaction_read_only', 'off', false)) select writes() from x`,
    ],
  ])('%s', async (query) => {
    const before = await fingerprint()
    expect(await said(ask(query))).toMatch(
      /read-only transaction|must be set before any query|cannot set transaction read-write mode|not allowed in a non-volatile function/,
    )
    expect(await fingerprint()).toEqual(before)
  })

  it.each([
    // PostgreSQL lets these two through a read-only transaction.
    ['explain analyze create table u as select 1'],
    ['select lo_create(4711)'],
    [`select lo_from_bytea(4712, 'x')`],
    ['select pg_advisory_lock(1)'],
    [`select set_config('default_transaction_read_only', 'on', false)`],
    [`select pg_notify('attack', 'x')`],
  ])('or leaves nothing behind, because it is never committed and its session ends: %s', async (query) => {
    const before = await fingerprint()
    const heard: string[] = []
    client.on('notification', ({ channel }) => heard.push(channel))
    await client.query('listen attack')
    await said(ask(query))
    expect(await fingerprint()).toEqual(before)
    expect(heard).toEqual([])
  })
})

describe('a check of PostgreSQL that asks for too much', () => {
  it('ends at its time, on the server as well', async () => {
    const began = performance.now()
    expect(await said(ask('select pg_sleep(60)', { timeout: '300ms' }))).toMatch(/statement timeout/)
    expect(
      await said(
        ask(`select set_config('statement_timeout', '0', false), pg_sleep(60)`, { timeout: '300ms' }),
      ),
    ).toMatch(/statement timeout/)
    expect(performance.now() - began).toBeLessThan(20_000)
    const { rowCount } = await client.query(
      `select from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
    )
    expect(rowCount).toBe(0)
  })

  it('reads no more rows than its limit', async () => {
    expect(await ask('select generate_series(1, 1000000000)', { limit: 10 })).toMatchObject({
      green: false,
      answer: 'more than 10 rows',
    })
  })

  it('waits for no lock of others for long, and takes none that stops them', async () => {
    const holder = await server.connect(main.url)
    await holder.query('begin; lock table t in access exclusive mode')
    expect(await said(ask('select * from t', { timeout: '400ms' }))).toMatch(/lock timeout|statement timeout/)
    await holder.query('rollback')
    await holder.end()
  })
})

describe('what a read-only transaction does not stop', () => {
  it('is stopped by a login that may only read', async () => {
    const victim = await server.connect(main.url)
    victim.on('error', () => undefined)
    const pid = Number((await victim.query('select pg_backend_pid() as pid')).rows[0].pid)
    for (const [query, why] of [
      [`select pg_terminate_backend(${pid})`, /must be a superuser|must be a member|permission denied/],
      [`select pg_cancel_backend(${pid})`, /must be a superuser|must be a member|permission denied/],
      ['select pg_reload_conf()', /permission denied/],
      ['select pg_switch_wal()', /permission denied/],
      [`select pg_read_file('PG_VERSION')`, /permission denied/],
      [`select lo_export(1, '${join(outside, 'leak')}')`, /permission denied/],
      [`select pg_stat_reset()`, /permission denied/],
      [
        `select pg_create_physical_replication_slot('x')`,
        /must be superuser|permission denied|use replication slots/,
      ],
      ['select writes()', /permission denied|read-only/],
    ] as const) {
      expect(await said(ask(query, {}, reader)), query).toMatch(why)
    }
    await sleep(50)
    expect((await victim.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect((await ask('select count(*) from t', {}, reader)).facts['value']).toBe('20')
    expect(existsSync(join(outside, 'leak'))).toBe(false)
  })
})

describe('what only asks', () => {
  it.each([
    ['select count(*) from t', '20'],
    ['SELECT count(*) FROM t;', '20'],
    ['-- how many?\nselect count(*) from t', '20'],
    ['(select count(*) from t)', '20'],
    ['with a as (select n from t) select count(*) from a', '20'],
    ['table m', '20'],
    ['values (20)', '20'],
    ['show server_encoding', 'UTF8'],
    [`select 'a;b'`, 'a;b'],
    [`select $$it's;$$`, `it's;`],
  ])('is answered: %s', async (query, value) => {
    expect((await ask(query)).facts['value']).toBe(value)
  })

  it('as is a plan', async () => {
    expect((await ask('explain select * from t')).facts['value']).toMatch(/Seq Scan/)
  })
})

describe('a check of SQLite', () => {
  const lite = () => files.file('create table t (n int); insert into t values (1), (2);')
  const askLite = (target: ReturnType<typeof lite>, query: string) =>
    check('sql', { target, query }, aContext(outside))

  it.each([
    ['delete from t', /it only reads/],
    [`vacuum into '${join(outside, 'copy.db')}'`, /it only reads/],
    [`attach database '${join(outside, 'new.db')}' as x`, /it only reads/],
    ['begin immediate', /it only reads/],
    ['reindex', /it only reads/],
    ['select 1; delete from t', /exactly one statement/],
    ['with d as (select 1) delete from t', /writes, and a check only reads/],
    ['with d as (select 1) insert into t select 3', /writes, and a check only reads/],
    ['explain delete from t', null],
    ['pragma user_version = 7', /writes, and a check only reads|readonly/],
    ['pragma journal_mode = wal', null],
    [`select load_extension('x')`, /not authorized|no such function/],
    [`select writefile('${join(outside, 'x')}', 'x')`, /no such function/],
  ])('changes nothing: %s', async (query, why) => {
    const target = lite()
    const answer = await said(askLite(target, query))
    if (why !== null) expect(answer).toMatch(why)
    expect((await askLite(target, 'select count(*) || max(n) from t')).facts['value']).toBe('22')
    expect((await askLite(target, 'pragma user_version')).facts['value']).toBe('0')
    expect((await askLite(target, 'pragma journal_mode')).facts['value']).toBe('delete')
    expect(readdirSync(outside)).toEqual([])
  })
})
