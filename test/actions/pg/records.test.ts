import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, check, failureOf, run, temporaryFolder } from '../../support/attempt.ts'
import type { TestPostgres } from '../../support/postgres.ts'
import { startTestPostgres } from '../../support/postgres.ts'

let server: TestPostgres
let client: Client
let folder: ReturnType<typeof temporaryFolder>
let url: string
let number = 0
beforeAll(async () => {
  server = await startTestPostgres({ archive_mode: 'on' })
  const admin = await server.connect()
  await admin.query(`create role stranger login password 'secret'`)
})
afterAll(() => server.stop())
beforeEach(async () => {
  folder = temporaryFolder()
  url = await server.createDatabase(`recorded_${++number}`)
  client = await server.connect(url)
})
afterEach(async () => {
  await client.end()
  folder.remove()
})

const main = (over: object = {}) => ({ name: 'main', kind: 'postgres', url, ...over })
const context = (over: object = {}) => aContext(folder.path, { attempt: 'rb7.step.1', ...over })
const at = (name: string) => join(folder.path, name)
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('pg.snapshot', () => {
  const snapshot = (more: object = {}, over = context()) =>
    run('pg.snapshot', { target: main(), to: at('snapshots'), stamp: 'a', ...more }, over)

  beforeEach(async () => {
    await client.query(`
      create table orders (id bigserial primary key, what text, price numeric(8,2) check (price > 0));
      create table "Order lines" (id int references orders, n int);
      create index lines_n on "Order lines" (n);
      insert into orders (what, price) select 'x', 1 from generate_series(1, 20);
      create view dear as select * from orders where price > 5;
      create function twice(int) returns int language sql as 'select 2 * $1'`)
  })

  it('writes down what there is, for its owner only', async () => {
    const { facts } = await snapshot()

    expect(facts).toMatchObject({
      tables: 2,
      rows: 20,
      indexes: 2,
      constraints: 3,
      sequences: 1,
      invalid: [],
      differences: 0,
    })
    expect(modeOf(String(facts['file']))).toBe('600')
    expect(modeOf(at('snapshots'))).toBe('700')
    expect((await snapshot()).facts['file']).toBe(at('snapshots/recorded_1.a.2.snapshot.json'))
  })

  it('shows line by line what is new, gone or otherwise', async () => {
    const before = await snapshot()
    await client.query(`
      insert into orders (what, price) values ('y', 2);
      drop index lines_n; create unique index lines_n on "Order lines" (n);
      alter table orders add column paid boolean not null default false;
      alter table orders add constraint what_said check (what <> '') not valid;
      alter table "Order lines" drop constraint "Order lines_id_fkey";
      create or replace view dear as select * from orders where price > 6;
      create or replace function twice(int) returns int language sql as 'select $1 + $1'`)
    const seen = context()

    const { facts, summary } = await snapshot({ against: before.facts['file'] }, seen)

    expect(facts).toMatchObject({
      differing: [
        'columns: + public.orders.paid: boolean not null default false',
        'rows: ~ public.orders: 20 → 21',
        `indexes: ~ public.lines_n: CREATE INDEX lines_n ON public."Order lines" USING btree (n) → CREATE UNIQUE INDEX lines_n ON public."Order lines" USING btree (n)`,
        `constraints: - public."Order lines"."Order lines_id_fkey": FOREIGN KEY (id) REFERENCES public.orders(id)`,
        `constraints: + public.orders.what_said: CHECK ((what <> ''::text)) NOT VALID (not validated)`,
        'sequences: ~ public.orders_id_seq: 20 → 21',
        expect.stringMatching(/^views: ~ public.dear: definition \w+ → definition \w+$/),
        expect.stringMatching(/^functions: ~ public.twice\(integer\): definition \w+ → definition \w+$/),
      ],
      invalid: ['public.orders.what_said'],
    })
    expect(seen.lines).toEqual(facts['differing'])
    expect(summary).toMatch(/; 8 differences from 2\d{3}-/)
  })

  it('fails when something is not the same that should be, and only then', async () => {
    const before = await snapshot()
    await client.query(`insert into orders (what, price) values ('y', 2)`)
    const against = before.facts['file']

    await snapshot({ against, expect_same: ['indexes', 'constraints', 'settings', 'extensions'] })
    await client.query('drop index lines_n')
    const failure = await failureOf(snapshot({ against, expect_same: ['indexes'] }))

    expect(failure.message).toMatch(
      /^recorded_\d+ is not the same as it was at .* UTC: indexes: - public.lines_n: CREATE INDEX lines_n/,
    )
  })

  it('takes the statistics for it where nobody wants to wait, and compares no estimate with a count', async () => {
    await client.query('analyze')
    const estimated = await snapshot({ rows: 'estimate' })
    const counted = await snapshot({ against: estimated.facts['file'], expect_same: ['rows'] })

    expect(estimated.facts['rows']).toBeNull()
    expect(counted.facts['rows']).toBe(20)
  })

  it('refuses what is no snapshot, and expect_same without an earlier one', async () => {
    writeFileSync(at('other.json'), '{}')

    expect((await failureOf(snapshot({ against: at('other.json') }))).message).toBe(
      `${at('other.json')} is no snapshot of a database, or cannot be read.`,
    )
    expect((await failureOf(snapshot({ expect_same: ['rows'] }))).message).toBe(
      'There is no earlier snapshot that anything could be the same as.',
    )
    expect(existsSync(at('snapshots'))).toBe(false)
  })
})

describe('pg.mark and pg.written-since', () => {
  const mark = (more: object = {}) =>
    run('pg.mark', { target: main(), to: at('marks'), stamp: 'a', ...more }, context())
  const since = (file: unknown, more: object = {}) =>
    run('pg.written-since', { target: main(), mark: file, to: at('rows'), ...more }, context())

  beforeEach(async () => {
    await client.query(`
      create table orders (id int primary key, what text, long text);
      insert into orders select i, 'before', repeat(md5(i::text), 200) from generate_series(1, 100) i;
      create table "Log, odd" (at date, n int) partition by range (at);
      create table log_1 partition of "Log, odd" for values from ('2026-01-01') to ('2027-01-01');
      create table parent (n int); create table child () inherits (parent); insert into child values (1);
      create table quiet (n int); insert into quiet values (1)`)
  })

  it('exports what was inserted or updated, and counts what was replaced or deleted', async () => {
    const marked = await mark()
    await client.query(`
      insert into orders values (101, 'new, "quoted"', null), (102, E'two\\nlines', null);
      update orders set what = 'changed' where id <= 3; update orders set what = 'again' where id = 3;
      delete from orders where id between 50 and 54;
      insert into "Log, odd" values ('2026-11-20', 1); insert into child values (2);
      select pg_stat_force_next_flush()`)

    const { facts, summary } = await since(marked.facts['file'])

    expect(facts).toMatchObject({
      rows: 7,
      replaced: 8,
      deleted: 5,
      tables: 3,
      perTable: [
        'public."Log, odd": 1 written',
        'public.child: 1 written',
        'public.orders: 5 written, 8 of before replaced or deleted (about 5 deleted)',
      ],
    })
    expect(summary).toMatch(/^7 rows written in 3 tables since .* UTC, 8 rows of before replaced or deleted$/)
    const file = join(String(facts['folder']), 'public.orders.csv')
    expect(modeOf(file)).toBe('600')
    expect(modeOf(String(facts['folder']))).toBe('700')
    expect(readdirSync(String(facts['folder']))).toHaveLength(3)
    const text = readFileSync(file, 'utf8')
    expect(text.split('\n')[0]).toBe('id,what,long')
    expect(text).toContain('101,"new, ""quoted""",')
    expect(text).not.toContain('before')
  })

  it('writes one JSON object a line where that is wanted', async () => {
    const marked = await mark()
    await client.query(`insert into orders values (101, E'a "b" \\\\ c\\nd', null)`)

    const { facts } = await since(marked.facts['file'], { format: 'ndjson' })

    const text = readFileSync(join(String(facts['folder']), 'public.orders.ndjson'), 'utf8')
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ id: 101, what: 'a "b" \\ c\nd', long: null }])
  })

  it('counts what a transaction wrote that was under way at the mark, and says that there was one', async () => {
    const writer = await server.connect(url)
    await writer.query(
      `begin; insert into orders values (201, 'early', null); savepoint s; insert into orders values (202, 'early', null)`,
    )
    const marked = await mark()
    await writer.query('commit')

    expect(marked.facts['underWay']).toBe(1)
    expect((await since(marked.facts['file'])).facts['rows']).toBe(2)
    await writer.end()
  })

  it('finds nothing where nothing was written, whatever vacuum did meanwhile', async () => {
    const marked = await mark()
    await client.query('vacuum (freeze) orders; ')
    await client.query('vacuum full quiet')

    const { facts, summary } = await since(marked.facts['file'])

    expect(facts).toMatchObject({ rows: 0, tables: 0, files: [] })
    expect(summary).toMatch(/^nothing was written since /)
  })

  it('still finds rows that were frozen or rewritten after they were written', async () => {
    const marked = await mark()
    await client.query(`insert into orders values (101, 'new', null)`)
    await client.query('vacuum (freeze) orders')
    await client.query('vacuum full orders')

    expect((await since(marked.facts['file'])).facts['rows']).toBe(1)
  })

  it('refuses a database that is not the one that was marked, and what is no mark', async () => {
    const marked = await mark()
    const other = await server.createDatabase(`other_${number}`)

    expect((await failureOf(since(marked.facts['file'], { target: main({ url: other }) }))).message).toMatch(
      /^other_\d+ is not the database that was marked at .* UTC\.$/,
    )
    expect((await failureOf(since(at('nothing.json')))).message).toBe(
      `${at('nothing.json')} is no mark of a database, or cannot be read.`,
    )
  })

  it('puts no rows where others could replace them', async () => {
    const marked = await mark()
    mkdirSync(at('open'))
    chmodSync(at('open'), 0o777)

    expect((await failureOf(since(marked.facts['file'], { to: at('open') }))).message).toBe(
      `Others may write to the folder ${at('open')}.`,
    )
  })
})

describe('pg.analyze', () => {
  it('gathers statistics table by table', async () => {
    await client.query(`create table a (n int); create table b (n int); insert into a values (1)`)
    const seen = context()

    const { facts } = await run('pg.analyze', { target: main() }, seen)

    expect(facts).toMatchObject({ tables: 2, skipped: [], unanalysed: 0 })
    expect(seen.seen.map(({ label }) => label)).toEqual(['public.a', 'public.b'])
    expect((await failureOf(run('pg.analyze', { target: main(), tables: ['public.c'] }, seen))).message).toBe(
      'main has no table “public.c”.',
    )
  })

  it('names the tables that its user may not analyse', async () => {
    await client.query('create table a (n int)')
    const stranger = main({ url: `postgres://stranger:secret@127.0.0.1:${server.port}/recorded_${number}` })

    const { facts } = await run('pg.analyze', { target: stranger }, context())

    expect(facts).toMatchObject({ tables: 0, skipped: ['a'], unanalysed: 1 })
  })

  it('does not wait for ever for a table that is being altered', async () => {
    await client.query('create table a (n int)')
    await client.query('begin; lock table a')

    const failure = await failureOf(run('pg.analyze', { target: main(), lock_timeout: '100ms' }, context()))

    expect(failure.message).toMatch(
      /^Analysing public.a failed. PostgreSQL says: canceling statement due to lock timeout/,
    )
    await client.query('rollback')
  })
})

describe('pg.restore-point and pg.pitr-ready', () => {
  const archiveBy = async (command: string) => {
    await client.query(`alter system set archive_command = '${command}'`)
    await client.query('select pg_reload_conf()')
    const shown = async () => (await client.query('show archive_command')).rows[0].archive_command
    while ((await shown()) !== command) await client.query('select pg_sleep(0.01)')
  }
  const ready = () => check('pg.pitr-ready', { target: main() }, context())
  const point = (more: object = {}) => run('pg.restore-point', { target: main(), ...more }, context())

  it('says that there is no point-in-time recovery where nothing is archived, and makes no false promise', async () => {
    expect(await ready()).toMatchObject({
      green: false,
      answer: 'no point-in-time recovery: neither archive_command nor archive_library is set',
    })
    expect((await failureOf(point())).message).toBe(
      'There is no point-in-time recovery on main: neither archive_command nor archive_library is set.',
    )
    expect((await point({ require_archive: false })).facts).toMatchObject({
      name: 'cutover:rb7.step.1',
      pitr: false,
    })
  })

  it('marks the point, and looks whether it was archived', async () => {
    await archiveBy('/bin/true')
    await client.query('create table t (); select pg_switch_wal()')
    while (!(await ready()).green) await client.query('select pg_sleep(0.02)')

    const { facts } = await point({ name: 'before-migration' })

    expect(facts).toMatchObject({
      name: 'before-migration',
      pitr: true,
      lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    })
    const archived = async () =>
      (await client.query('select last_archived_wal >= $1 as done from pg_stat_archiver', [facts['wal']]))
        .rows[0].done
    while (!(await archived())) await client.query('select pg_sleep(0.02)')
    expect((await ready()).measured).toMatchObject({ age: expect.any(Number), size: expect.any(Number) })
  })

  it('is red while the archive refuses', async () => {
    await archiveBy('/bin/false')
    await client.query('create table t (); select pg_switch_wal()')
    while ((await ready()).green) await client.query('select pg_sleep(0.02)')

    expect((await ready()).answer).toBe('no point-in-time recovery: the last try to archive failed')
  })
})
