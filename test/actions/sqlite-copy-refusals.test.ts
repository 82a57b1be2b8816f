import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import type { ActionFailure } from '../../src/actions/action.ts'
import { copyDatabase } from '../../src/actions/copy/copy-database.ts'
import { parseTarget } from '../../src/actions/target-text.ts'
import type { PostgresTarget, SqliteTarget } from '../../src/actions/targets.ts'
import { eachOnItsOwnDatabase, postgresAt } from '../support/databases.ts'
import type { TestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let main: PostgresTarget
let client: Client
const files = eachOnItsOwnDatabase('refuse', (own) => ({ server, main, client } = own))

/** The failure that a person reads; a copy that succeeds, or a bug, fails the test. */
async function refusal(
  from: SqliteTarget,
  options: Partial<Parameters<typeof copyDatabase>[0]> = {},
): Promise<ActionFailure> {
  const failure: unknown = await copyDatabase({ from, to: main, attempt: 'test.refused.1', ...options }).then(
    () => new Error('it was copied'),
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({
    name: 'ActionFailure',
    changed: expect.stringContaining('nothing was changed'),
  })
  return failure as ActionFailure
}

/** Everything there is in the database, by structure and by number of rows. */
async function state(): Promise<unknown> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace order by 1`,
  )
  const { rows: details } = await client.query(
    `select indexdef from pg_indexes where schemaname = 'public' union all
     select conrelid::regclass || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace union all
     select c.relname || (select count(*) from pg_attribute where attrelid = c.oid) from pg_class c where relnamespace = 'public'::regnamespace order by 1`,
  )
  const counts: number[] = []
  for (const { name } of tables) {
    const { rows } = await client.query(`select 1 from pg_class where relname = $1 and relkind = 'r'`, [name])
    if (rows.length > 0)
      counts.push((await client.query(`select 1 from ${client.escapeIdentifier(name)}`)).rows.length)
  }
  return { tables, details, counts }
}

const many = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)`

describe('values that do not fit', () => {
  test.each([
    ['a fraction in an integer', 'integer', '', `2.5`, 't.v: 1 value does not fit integer (key 3001)'],
    ['words in an integer', 'bigint', 'integer', `'abc'`, 't.v: 1 value does not fit bigint (key 3001)'],
    [
      'a number too large',
      'integer',
      'integer',
      '2147483648',
      't.v: 1 value does not fit integer (key 3001)',
    ],
    [
      'a number too large for a smallint',
      'smallint',
      'integer',
      '-32769',
      't.v: 1 value does not fit smallint (key 3001)',
    ],
    ['a boolean of two', 'boolean', 'bool', '2', 't.v: 1 value does not fit boolean (key 3001)'],
    [
      'an empty text as a number',
      'numeric(8,2)',
      '',
      `''`,
      't.v: 1 value does not fit numeric(8,2) (key 3001)',
    ],
    [
      'more digits than the scale',
      'numeric(8,2)',
      'decimal(8,2)',
      '1.005',
      't.v: 1 value does not fit numeric(8,2) (key 3001)',
    ],
    [
      'more digits than the precision',
      'numeric(8,2)',
      'decimal(8,2)',
      '1000000',
      't.v: 1 value does not fit numeric(8,2) (key 3001)',
    ],
    [
      'a text with too many digits',
      'numeric(8,2)',
      'text',
      `'1.001'`,
      't.v: 1 value does not fit numeric(8,2) (key 3001)',
    ],
    ['a float that float4 would round', 'real', 'real', '0.1', 't.v: 1 value does not fit real (key 3001)'],
    [
      'a whole number that a float would round',
      'float8',
      '',
      '9007199254740993',
      't.v: 1 value does not fit double precision (key 3001)',
    ],
    [
      'a text too long',
      'varchar(3)',
      'text',
      `'abcd'`,
      't.v: 1 value does not fit character varying(3) (key 3001)',
    ],
    [
      'a blank too many',
      'varchar(3)',
      'text',
      `'abc '`,
      't.v: 1 value does not fit character varying(3) (key 3001)',
    ],
    ['a blob in a text', 'text', '', `x'6162'`, 't.v: 1 value does not fit text (key 3001)'],
    ['a number in a bytea', 'bytea', '', '5', 't.v: 1 value does not fit bytea (key 3001)'],
    [
      '30 February',
      'timestamptz',
      'datetime',
      `'2026-02-30 00:00:00'`,
      't.v: 1 value does not fit timestamp with time zone (key 3001)',
    ],
    [
      'a moment finer than the column',
      'timestamp(0)',
      'datetime',
      `'2026-02-20 00:00:00.5'`,
      't.v: 1 value does not fit timestamp(0) without time zone (key 3001)',
    ],
    [
      'a day with a time',
      'date',
      'date',
      `'2026-02-20 10:00:00'`,
      't.v: 1 value does not fit date (key 3001)',
    ],
    [
      'a UUID of 31 digits',
      'uuid',
      'text',
      `'0123456789abcdef0123456789abcde'`,
      't.v: 1 value does not fit uuid (key 3001)',
    ],
    ['half a JSON', 'jsonb', 'json', `'{"a":'`, 't.v: 1 value does not fit jsonb (key 3001)'],
    ['JSON with a NUL', 'jsonb', 'json', `'"\\u0000"'`, 't.v: 1 value does not fit jsonb (key 3001)'],
    [
      'NULL where a value is wanted',
      'text not null',
      'text',
      'null',
      't.v: 1 value is NULL where the target wants a value (key 3001)',
    ],
    [
      'bytes that are no UTF-8',
      'text',
      'text',
      `cast(x'61ff' as text)`,
      't.v: 1 value holds bytes that are not UTF-8 (key 3001)',
    ],
    ['a NUL', 'text', 'text', `'a' || char(0) || 'b'`, 't.v: 1 value holds a NUL character (key 3001)'],
  ])('%s', async (_, type, declared, literal, finding) => {
    const harmless = type.startsWith('text not null') ? `'x'` : 'null'
    const from =
      files.file(`create table t (id integer primary key, v ${declared}); ${many} insert into t select i, ${harmless} from n;
      update t set v = ${literal} where id = 3001`)
    await client.query(`create table t (id int primary key, v ${type})`)
    const before = await state()

    const failure = await refusal(from)

    expect(failure.facts).toEqual({ misfits: [finding] })
    expect(failure.message).toContain(finding)
    expect(await state()).toEqual(before)
  })

  test('all of them are named at once, with how many and the first keys', async () => {
    const from =
      files.file(`create table a (id integer primary key, n); create table b (x text, y text, primary key (x)) without rowid;
      ${many} insert into a select i, iif(i % 500, i, 'no') from n; insert into b values ('k', 'toolong'), ('l', cast(x'ff' as text))`)
    await client.query(
      'create table a (id int primary key, n int); create table b (x text primary key, y varchar(3))',
    )

    const { facts } = await refusal(from)

    expect(facts['misfits']).toEqual([
      'a.n: 10 values do not fit integer (key 500, 1000, 1500, 2000, 2500, …)',
      'b.y: 1 value does not fit character varying(3) (key k)',
      'b.y: 1 value holds bytes that are not UTF-8 (key l)',
    ])
  })

  test('NULs can be dropped instead, and are counted', async () => {
    const from =
      files.file(`create table t (id integer primary key, v text, w text); insert into t values (1, 'a' || char(0) || 'b', 'x'), (2, 'c', null),
      (3, char(0), 'y')`)
    await client.query('create table t (id int primary key, v text, w text)')

    const report = await copyDatabase({ from, to: main, attempt: 'test.strip.1', nul: 'strip' })

    expect(report.strippedNuls).toBe(2)
    expect((await client.query('select v, w from t order by id')).rows).toEqual([
      { v: 'ab', w: 'x' },
      { v: 'c', w: null },
      { v: '', w: 'y' },
    ])
  })
})

describe('schemas that do not fit', () => {
  test('what one side lacks is named before anything is loaded', async () => {
    const from = files.file(
      `create table a (id integer primary key, lost text); create table b (id integer primary key); create table c (id integer primary key)`,
    )
    await client.query(
      'create table a (id int primary key, wanted text not null); create table b (id int primary key)',
    )

    const { message } = await refusal(from)

    expect(message).toContain('the target’s a has no column lost')
    expect(message).toContain('a.wanted wants a value, and the source has no such column')
    expect(message).toContain('the target has no table c')
  })

  test('a target with rows is left alone, and the way out is named', async () => {
    await client.query(
      'create table t (id int primary key); insert into t values (5); create table u (id int primary key)',
    )
    const before = await state()

    const failure = await refusal(
      files.file(
        'create table t (id integer primary key); create table u (id integer primary key); insert into t values (1)',
      ),
    )

    expect(failure.message).toBe('main already has rows in t.')
    expect(failure.hint).toContain('pg.set-aside')
    expect(await state()).toEqual(before)
  })

  test('a schema to be derived where the tables are already', async () => {
    await client.query('create table t (id int primary key)')

    expect(
      (await refusal(files.file('create table t (id integer primary key)'), { schema: 'derived' })).message,
    ).toContain('already has t')
  })
})

describe('what goes wrong during the copy changes nothing', () => {
  const SOURCE = `create table parents (id integer primary key, name text); create table children (id integer primary key, parent_id integer);
    ${many} insert into parents select i, 'n' || i from n; ${many} insert into children select i, i from n`
  const TARGET = `create table parents (id int primary key, name text); create table children (id int primary key, parent_id int references parents (id));
    create index children_parent on children (parent_id); create sequence s`

  test('an orphan breaks a foreign key: PostgreSQL names the row', async () => {
    await client.query(TARGET)
    const before = await state()

    const { message } = await refusal(files.file(`${SOURCE}; delete from parents where id = 4711`))

    expect(message).toContain('Key (parent_id)=(4711) is not present in table "parents"')
    expect(await state()).toEqual(before)
  })

  test('a key that comes twice', async () => {
    await client.query('create table t (id int primary key, code text unique)')

    const { message } = await refusal(
      files.file(
        `create table t (id integer primary key, code text); insert into t values (1, 'a'), (2, 'a')`,
      ),
    )

    expect(message).toContain('Key (code)=(a) already exists')
  })

  test('the server ends the session half way', async () => {
    await client.query(TARGET)
    const before = await state()
    let ended = false
    const { message } = await refusal(files.file(SOURCE), {
      onProgress: ({ label, done }) => {
        if (label === 'children' && done > 1000 && !ended) {
          ended = true
          void client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cutover:test.refused.1'`,
          )
        }
      },
    })

    expect(message).toMatch(/^Copying source failed/)
    expect(await state()).toEqual(before)
  })

  test('a person cancels while rows flow, and while an index is built', async () => {
    await client.query(TARGET)
    const before = await state()
    for (const stage of ['children', 'index children_parent']) {
      const controller = new AbortController()
      const failure = await refusal(files.file(SOURCE), {
        signal: controller.signal,
        onProgress: ({ label }) => {
          if (label === stage) controller.abort()
        },
      })
      expect(failure.message).toBe('The copy was cancelled.')
      expect(await state()).toEqual(before)
    }
    // A session that was told to end is listed until it has.
    await expect
      .poll(
        async () => {
          const { rows } = await client.query(
            `select 1 from pg_stat_activity where application_name = 'cutover:test.refused.1'`,
          )
          return rows
        },
        { timeout: 10_000 },
      )
      .toEqual([])
  })

  test('somebody holds the table: the copy waits no longer than its limit', async () => {
    await client.query(TARGET)
    await client.query('begin; lock table children in share mode')

    const failure = await refusal(files.file(SOURCE))

    expect(failure.hint).toContain('Another session holds a lock')
    await client.query('rollback')
  }, 20_000)
})

describe('a database that cannot be opened', () => {
  const at = (path: string): SqliteTarget => ({ kind: 'sqlite', name: 'source', path })

  test.each([
    ['no file', () => join(files.folder, 'missing.db'), 'there is no file'],
    ['a folder', () => files.folder, 'is no file'],
    ['an empty file', () => written('empty', ''), 'is empty'],
    [
      'a file of something else',
      () => written('text', 'this is not a database at all'.repeat(100)),
      'is no SQLite database',
    ],
    [
      'a damaged one',
      () => written('damaged', `SQLite format 3\0${'x'.repeat(9000)}`),
      /no SQLite database|damaged/,
    ],
    [
      'one in UTF-16',
      () => files.file(`pragma encoding = 'UTF-16le'; create table t (a text)`).path,
      'stores its text as UTF-16le',
    ],
    ['one without tables', () => files.file('pragma user_version = 3').path, 'has no tables to copy'],
  ])('%s', async (_, path, expected) => {
    expect((await refusal(at(path()))).message).toMatch(expected)
  })

  test('one that another process has locked', async () => {
    const from = files.file('create table t (id integer primary key)')
    const holder = new DatabaseSync(from.path)
    holder.exec('begin exclusive')

    expect((await refusal(from)).message).toContain('another process has it locked')
    holder.close()
  }, 20_000)

  test('one in WAL mode with a writer at work is read as it was committed', async () => {
    const from = files.file(
      'pragma journal_mode = wal; create table t (id integer primary key); insert into t values (1)',
    )
    const writer = new DatabaseSync(from.path)
    writer.exec('begin immediate; insert into t values (2)')

    const { rows } = await copyDatabase({ from, to: main, attempt: 'test.wal.1' })

    expect(rows).toBe(1)
    writer.close()
  })

  test.each([
    ['nobody listens', 'postgres://user:hush@127.0.0.1:1/x', 'nothing listens there'],
    ['no URL', 'postgres//nothing', 'is not a postgres:// URL'],
    [
      'no such host',
      'postgres://user:hush@no-such-host.invalid/x',
      /no host of that name|name service does not answer/,
    ],
  ])('PostgreSQL: %s', async (_, url, expected) => {
    const failure = await refusal(files.file('create table t (id integer primary key)'), {
      to: postgresAt(url),
    })

    expect(failure.message).toMatch(expected)
    expect(`${failure.message} ${failure.hint}`).not.toContain('hush')
  })

  test('PostgreSQL: a wrong password, no password, and no such database', async () => {
    const from = files.file('create table t (id integer primary key)')
    const at = `127.0.0.1:${server.port}`

    expect(
      (await refusal(from, { to: postgresAt(`postgres://postgres:hush@${at}/postgres`) })).message,
    ).toContain('the password is wrong')
    expect((await refusal(from, { to: postgresAt(`postgres://postgres@${at}/postgres`) })).message).toContain(
      'the address has none',
    )
    expect((await refusal(from, { to: { ...main, database: 'nowhere' } })).message).toContain(
      'it has no database called nowhere',
    )
  })

  function written(name: string, text: string): string {
    const path = join(files.folder, name)
    writeFileSync(path, text)
    return path
  }
})

describe('SOURCE and TARGET of a command', () => {
  test('a path is a SQLite file, a URL is PostgreSQL', () => {
    expect(parseTarget('/data/app.db')).toEqual({ kind: 'sqlite', name: 'app.db', path: '/data/app.db' })
    expect(parseTarget('postgresql://u@db.example.org:5433/ward')).toMatchObject({
      kind: 'postgres',
      name: 'ward on db.example.org:5433',
    })
  })

  test.each([
    ['', /is empty/],
    ['sqlite:/data/app.db', /named by its path, without “sqlite:”/],
    ['mysql://u@h/d', /does not know mysql:\/\//],
    ['postgres://u@h:port/d', /not a valid postgres:\/\/ URL/],
    ['postgres://u@host', /names no database/],
    ['postgres://u:hush@host/d', /holds a password/],
    ['postgres://u@host/d?password=hush', /holds a password/],
    ['a\0b', /this is empty|names? /],
  ])('%j is refused', (text, expected) => {
    expect(() => parseTarget(text)).toThrow(expected)
  })
})
