import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, check, failureOf, host, run, temporaryFolder } from '../support/attempt.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { startTestPostgres } from '../support/postgres.ts'
import { makeSqlite } from '../support/sqlite.ts'

let server: TestPostgres
let folder: ReturnType<typeof temporaryFolder>
let url: string
let client: Client
let number = 0
beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  folder = temporaryFolder()
  number += 1
  url = await server.createDatabase(`ward_${number}`)
  client = await server.connect(url)
})
afterEach(async () => {
  await client.end()
  folder.remove()
})

const main = (over: object = {}) => ({ name: 'main', kind: 'postgres', url, ...over })
const context = (over: object = {}) => aContext(folder.path, over)
const valueOf = async (query: string, values: unknown[] = []) =>
  Object.values((await client.query(query, values)).rows[0] ?? {})[0]

function write(files: Record<string, string | Buffer>) {
  mkdirSync(join(folder.path, 'sql'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, 'sql', name), content)
}

describe('sql on PostgreSQL', () => {
  const ask = (query: string, more: object = {}) =>
    check('sql', { target: main(), query, ...more }, context())

  it('counts rows and gives the first value in its own type', async () => {
    expect(await ask('select i, i * 2 from generate_series(7, 9) i')).toEqual({
      green: true,
      answer: '3 rows: 7 | 14',
      facts: { rows: 3, value: '7' },
      measured: { rows: 3, value: 7 },
    })
    expect((await ask('select true')).measured.value).toBe(true)
    expect((await ask('select 9007199254740993')).measured.value).toBe('9007199254740993')
    expect((await ask('select 12.50::numeric')).measured.value).toBe(12.5)
    expect((await ask(`select timestamptz '2026-11-20 02:30+04'`)).measured.value).toBe(
      '2026-11-19 22:30:00+00',
    )
    expect((await ask('select null')).answer).toBe('1 row: NULL')
  })

  it('is red without a row', async () => {
    expect(await ask('select 1 where false')).toMatchObject({
      green: false,
      answer: 'no rows',
      measured: { rows: 0 },
    })
  })

  it('takes values as parameters, never as text', async () => {
    const result = await ask('select $1::text, $2::int', { params: [`'; drop table x; --`, 5] })

    expect(result.answer).toBe(`1 row: '; drop table x; -- | 5`)
  })

  it('cannot write', async () => {
    await client.query('create table t (a int)')

    const failure = await failureOf(ask('select a from t for update'))

    expect(failure.message).toBe(
      'The query on main failed. PostgreSQL says: cannot execute SELECT FOR UPDATE in a read-only transaction',
    )
  })

  it('stops reading where there are more rows than it was told to take', async () => {
    const result = await ask('select * from generate_series(1, 5000000)', { limit: 100 })

    expect(result).toMatchObject({ green: false, answer: 'more than 100 rows', measured: { value: 1 } })
    expect(result.measured.rows).toBeUndefined()
  })

  it('ends a query that takes too long, on the server too', async () => {
    const failure = await failureOf(ask('select pg_sleep(30)', { timeout: '300ms' }))

    expect(failure.message).toBe(
      'The query on main failed. PostgreSQL says: canceling statement due to statement timeout',
    )
    expect(
      await valueOf(
        `select count(*)::int from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`,
      ),
    ).toBe(0)
  })

  it('shows its attempt as the name of the session', async () => {
    expect((await ask(`select current_setting('application_name')`)).measured.value).toBe(
      'cutover:ward.step.1',
    )
  })

  it('says what is wrong with a query, and with a server that cannot be reached', async () => {
    expect((await failureOf(ask('select * from devices'))).message).toBe(
      'The query on main failed. PostgreSQL says: relation "devices" does not exist',
    )
    const away = { target: main({ url: 'postgres://u:secret@127.0.0.1:1/d' }), query: 'select 1' }
    const failure = await failureOf(check('sql', away, context()))
    expect(failure).toEqual({
      message: 'main (PostgreSQL at 127.0.0.1:1) cannot be reached: nothing listens there.',
      hint: 'Check host, port and firewall from this machine.',
      changed: 'nothing was changed',
    })
  })

  it('waits through a server that is not up yet, as a red look', async () => {
    const input = { target: main({ url: 'postgres://u@127.0.0.1:1/d' }), query: 'select 1' }

    const { code, samples, facts } = await host(folder.path, 'sql', { input, withinMs: 150, everyMs: 50 })

    expect(code).toBe(1)
    expect(samples[0]).toMatchObject({ green: false, answer: expect.stringContaining('cannot be reached') })
    expect(facts.error.message).toBe(
      'main (PostgreSQL at 127.0.0.1:1) cannot be reached: nothing listens there.',
    )
  })
})

describe('sql on SQLite', () => {
  const path = () => join(folder.path, 'ward.db')
  const source = () => ({ name: 'source', kind: 'sqlite', path: path() })
  const ask = (query: string, more: object = {}) =>
    check('sql', { target: source(), query, ...more }, context())
  beforeEach(() =>
    makeSqlite(
      path(),
      `create table d (id integer primary key, name text); insert into d values (1, 'გამარჯობა'), (9007199254740993, null)`,
    ),
  )

  it('counts rows and gives the first value', async () => {
    expect(await ask('select name, id from d order by id')).toMatchObject({
      answer: '2 rows: გამარჯობა | 1',
      measured: { rows: 2, value: 'გამარჯობა' },
    })
    expect((await ask('select max(id) from d')).measured.value).toBe('9007199254740993')
    expect((await ask('select count(*) from d where id = ?1', { params: [1] })).measured.value).toBe(1)
  })

  it('cannot write', async () => {
    expect((await failureOf(ask('with one as (select 1) delete from d'))).message).toBe(
      'The query on source writes, and a check only reads.',
    )
    expect((await ask('select count(*) from d')).measured.value).toBe(2)
  })

  it('says what is wrong with a query', async () => {
    expect((await failureOf(ask('select * from devices'))).message).toBe(
      'The query on source failed. SQLite says: no such table: devices',
    )
  })
})

describe('pg.apply', () => {
  const apply = (files: unknown, more: object = {}) =>
    run('pg.apply', { target: main(), files, ...more }, context())

  it('applies a folder in the order of its names, records it, and skips it the second time', async () => {
    write({
      '0002_ping.sql': 'create table ping (device int references device);\ninsert into ping values (1);',
      '0001_device.sql':
        'begin; create table device (id int primary key); insert into device values (1); commit;',
      'notes.txt': 'not this',
    })

    expect(await apply('sql')).toMatchObject({
      summary: '2 files applied (4 statements)',
      facts: { applied: ['sql/0001_device.sql', 'sql/0002_ping.sql'], skipped: [], statements: 4 },
      parts: [
        { name: 'sql/0001_device.sql', outcome: 'done', durationMs: expect.any(Number) },
        { name: 'sql/0002_ping.sql', outcome: 'done', startedAt: expect.any(Number) },
      ],
    })
    expect(await apply('sql')).toEqual({
      summary: '0 files applied (0 statements), 2 files applied before and skipped',
      facts: { applied: [], skipped: ['sql/0001_device.sql', 'sql/0002_ping.sql'], statements: 0 },
      parts: [],
    })
    expect(await valueOf('select count(*)::int from ping')).toBe(1)
    expect(await valueOf(`select attempt from cutover_applied where file = 'sql/0002_ping.sql'`)).toBe(
      'ward.step.1',
    )
  })

  it('stops at the first error with file and line, and leaves nothing of that file', async () => {
    write({
      'a.sql': 'create table a (id int);',
      'b.sql': `create table b (id int);\n-- a comment\ninsert into b\n  values ('x;y');\ncreate table c ();`,
      'c.sql': 'create table d ();',
    })

    const failure = await apply(['sql/a.sql', 'sql/b.sql', 'sql/c.sql']).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      parts: [
        { name: 'sql/a.sql', outcome: 'done' },
        { name: 'sql/b.sql', outcome: 'failed' },
        { name: 'sql/c.sql', outcome: 'not run' },
      ],
      message: 'sql/b.sql:4 failed. PostgreSQL says: invalid input syntax for type integer: "x;y"',
      changed: 'nothing of sql/b.sql was applied; sql/a.sql is in',
    })
    expect(
      await valueOf(
        `select array_agg(relname::text order by relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
      ),
    ).toEqual(['a', 'cutover_applied'])
  })

  it('refuses a file that was changed after it was applied', async () => {
    write({ 'a.sql': 'create table a ();' })
    await apply('sql/a.sql')
    write({ 'a.sql': 'create table a (id int);', 'b.sql': 'create table b ();' })

    const failure = await failureOf(apply(['sql/b.sql', 'sql/a.sql']))

    expect(failure.message).toMatch(
      /^sql\/a\.sql was applied with another content on \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    )
    expect(failure.changed).toBe('nothing was applied')
    expect(await valueOf(`select to_regclass('b')`)).toBeNull()
  })

  it('refuses, before anything is applied, what cannot be applied in one transaction', async () => {
    write({ 'a.sql': 'create table a (id int);', 'b.sql': '\n\ncreate index concurrently i on a (id);' })

    expect(await failureOf(apply('sql'))).toEqual({
      message: 'sql/b.sql:3 cannot run in a transaction (CONCURRENTLY).',
      hint: 'Put it into a `command` step with psql, or take it out.',
      changed: 'nothing was applied',
    })
    expect(await valueOf(`select to_regclass('a')`)).toBeNull()
  })

  it('refuses text that is not UTF-8 with its line, an empty file, and one that is not there', async () => {
    write({ 'a.sql': Buffer.from("select 1;\nselect 'caf\xe9';", 'latin1'), 'b.sql': '-- nothing yet\n' })

    expect((await failureOf(apply('sql/a.sql'))).message).toBe('sql/a.sql:2 is not UTF-8.')
    expect((await failureOf(apply('sql/b.sql'))).message).toBe('sql/b.sql holds no statement.')
    expect((await failureOf(apply('sql/c.sql'))).message).toBe(
      'sql/c.sql is not among the files pinned with the runbook.',
    )
  })

  it('says so where the user may not create a table, or has no schema', async () => {
    write({ 'a.sql': 'create table a ();' })
    await client.query(`create role poor_${number} login password 'p'`)
    const poor = new URL(url)
    poor.username = `poor_${number}`
    poor.password = 'p'
    const asPoor = () => run('pg.apply', { target: main({ url: poor.href }), files: 'sql' }, context())

    expect(await failureOf(asPoor())).toEqual({
      message: 'Preparing main failed. PostgreSQL says: permission denied for schema public',
      hint: 'Grant the right to the user of the target, or name another user.',
      changed: 'nothing was applied',
    })
    await client.query(`alter role poor_${number} set search_path = nowhere`)
    expect((await failureOf(asPoor())).message).toBe(
      'main has no schema to work in: none of its search_path exists.',
    )
  })

  it('lets one file set what it likes without the next one feeling it', async () => {
    write({
      'a.sql': `select pg_catalog.set_config('search_path', '', false); create table public.a ();`,
      'b.sql': 'create table b ();',
    })

    expect((await apply('sql')).summary).toBe('2 files applied (3 statements)')
  })

  it('does not wait for a lock for ever, and says who holds it', async () => {
    write({ 'a.sql': 'create table a (id int);', 'b.sql': 'alter table a add column b int;' })
    await apply('sql/a.sql')
    const reporting = await server.connect(`${url}?application_name=reporting`)
    await reporting.query('begin; select * from a')

    const failure = await failureOf(apply('sql/b.sql', { lock_timeout: '1500ms' }))
    await reporting.end()

    expect(failure.message).toMatch(
      /^sql\/b\.sql:1 could not get a lock: it is held by pid \d+ \(reporting, idle in transaction, \d+ s\)\.$/,
    )
  })

  it('is cancelled on the server, and says what is in', async () => {
    write({ 'a.sql': 'create table a ();', 'b.sql': 'create table b (); select pg_sleep(60);' })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 700)
    const began = performance.now()

    const failure = await failureOf(
      run('pg.apply', { target: main(), files: 'sql' }, context({ signal: controller.signal })),
    )

    expect(performance.now() - began).toBeLessThan(5000)
    expect(failure).toMatchObject({
      message: 'Cancelled.',
      changed: 'nothing of sql/b.sql was applied; sql/a.sql is in',
    })
    expect(await valueOf(`select to_regclass('b')`)).toBeNull()
  })
})

describe('pg.set-aside', () => {
  const aside = (more: object = {}) =>
    run('pg.set-aside', { target: main(), stamp: '20261120', ...more }, context())

  it('keeps all that was there under another name and leaves a fresh schema', async () => {
    await client.query(
      'create table device (id serial primary key, name text); insert into device (name) values ($$a$$); create view v as select * from device',
    )

    const { summary, facts } = await aside()

    expect(summary).toBe('1 table of public kept as public_aside_20261120; public is empty')
    expect(facts).toMatchObject({ keptAs: 'public_aside_20261120', tables: 1 })
    expect(await valueOf('select name from public_aside_20261120.v')).toBe('a')
    expect(await valueOf(`select to_regclass('public.device')`)).toBeNull()
    await client.query('create table device (id int)')
  })

  it('does nothing the second time, and says where the first one put it', async () => {
    await client.query('create table device (id int)')
    await aside()

    expect(await aside()).toMatchObject({
      summary:
        'public is empty, there is nothing to set aside; what was there is kept as public_aside_20261120',
      facts: { keptAs: 'public_aside_20261120', tables: 0 },
    })
  })

  it('keeps a second filling beside the first', async () => {
    await client.query('create table device (id int)')
    await aside()
    await client.query('create table device (id int, second text)')

    expect((await aside()).facts['keptAs']).toBe('public_aside_20261120_2')
    expect(
      await valueOf(`select count(*)::int from information_schema.columns where table_name = 'device'`),
    ).toBe(3)
  })

  it('gives the fresh schema the owner, the rights and the default rights of the old one', async () => {
    await client.query(`create role reporting_${number}; create role keeper_${number}`)
    await client.query(
      `alter schema public owner to keeper_${number}; grant usage on schema public to reporting_${number}; revoke all on schema public from public`,
    )
    await client.query(
      `alter default privileges in schema public grant select on tables to reporting_${number}`,
    )
    const state = `select pg_get_userbyid(nspowner) || ' ' || nspacl::text || ' ' || (select defaclacl::text from pg_default_acl where defaclnamespace = n.oid) from pg_namespace n where nspname = 'public'`
    const before = await valueOf(state)
    await client.query('create table device (id int)')

    await aside()

    expect(await valueOf(state)).toBe(before)
    await client.query('create table fresh (id int)')
    expect(await valueOf(`select has_table_privilege('reporting_${number}', 'fresh', 'select')`)).toBe(true)
  })

  it('works for an owner of the database who is no superuser', async () => {
    await client.query(
      `create role ward_${number} login password 'p'; alter database ward_${number} owner to ward_${number}`,
    )
    const own = new URL(url)
    own.username = `ward_${number}`
    own.password = 'p'
    const owner = await server.connect(own.href)
    await owner.query('create table device (id int)')

    const result = await run('pg.set-aside', { target: main({ url: own.href }), stamp: 's' }, context())

    expect(result.facts['tables']).toBe(1)
    await owner.query('create table device (id int)')
    await owner.end()
  })

  it('moves an extension along, so that it serves the fresh schema', async () => {
    await client.query('create extension citext; create table device (name citext)')

    await aside()

    expect(
      await valueOf(`select extnamespace::regnamespace::text from pg_extension where extname = 'citext'`),
    ).toBe('public')
    await client.query('create table device (name citext)')
    await client.query(`insert into public_aside_20261120.device values ('A')`)
  })

  it('refuses a schema that is not the recorded one', async () => {
    await client.query('create table device (id int)')
    const oid = Number(await valueOf(`select oid from pg_namespace where nspname = 'public'`))

    const failure = await failureOf(aside({ oid: oid + 1 }))

    expect(failure.message).toBe(
      `The schema public of main is not the one that was recorded: its oid is ${oid}, not ${oid + 1}.`,
    )
    expect(await valueOf(`select to_regclass('public.device')`)).toBe('device')
    expect((await aside({ oid })).facts['oid']).toBe(oid)
    await client.query('create table device (id int)')
    expect((await failureOf(aside({ oid }))).changed).toBe('nothing was changed')
  })

  it('waits for nobody for ever, and names who still uses the tables', async () => {
    await client.query('create table device (id int)')
    const service = await server.connect(`${url}?application_name=ward-api`)
    await service.query('begin; insert into device values (1)')

    const failure = await failureOf(aside({ lock_timeout: '1500ms' }))
    await service.end()

    expect(failure.message).toMatch(
      /^Somebody still uses the tables of main: pid \d+ \(ward-api, idle in transaction, \d+ s\)\.$/,
    )
    expect(await valueOf(`select to_regclass('public.device')`)).toBe('device')
  })

  it('says so where there is no such schema', async () => {
    expect((await failureOf(aside({ schema: 'ward' }))).message).toBe('main has no schema called ward.')
  })
})
