import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { compareDatabases } from '../../src/actions/compare/compare-databases.ts'
import type { AnyTarget, PostgresTarget } from '../../src/actions/targets.ts'
import { eachOnItsOwnDatabase, postgresAt } from '../support/databases.ts'
import type { TestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let main: PostgresTarget
let client: Client
const files = eachOnItsOwnDatabase('keys', (own) => ({ server, main, client } = own))

async function run(source: AnyTarget, target: AnyTarget = main) {
  const { tables, differing } = await compareDatabases({ source, target, attempt: 'test.keys.1' })
  return {
    by: tables.map(({ by }) => by),
    differing: differing.map(({ key, kind, columns }) => `${key} ${kind} ${columns.join(',')}`.trim()).sort(),
  }
}

const series = (to: number) =>
  `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${to})`

describe('a key of texts', () => {
  const sqlite = () =>
    files.file(`create table words (word text primary key, n integer);
      ${series(3000)} insert into words select char(97 + i % 26, 65 + i % 26) || i || 'ß', i from n`)
  const fill = `insert into words select chr(97 + i % 26) || chr(65 + i % 26) || i || 'ß', i from generate_series(1, 3000) i`
  const damage = `update words set n = 0 where n = 1500; delete from words where n = 1; insert into words values ('~~~', 9)`
  const expected = ['bB1ß missing', 'sS1500ß changed n', '~~~ extra']

  test('is walked where the target sorts texts by their bytes', async () => {
    await client.query(`create table words (word text primary key, n int); ${fill}`)
    expect(await run(sqlite())).toEqual({ by: ['key'], differing: [] })

    await client.query(damage)
    expect(await run(sqlite())).toEqual({ by: ['key'], differing: expected })
  })

  test('goes by content where the target sorts by a language', async () => {
    await client.query(`create table words (word text collate "und-x-icu" primary key, n int); ${fill}`)
    expect(await run(sqlite())).toEqual({ by: ['content'], differing: [] })

    await client.query(damage)
    expect(await run(sqlite())).toEqual({ by: ['content'], differing: expected })
  })

  test('goes by content where the source does not mind the case', async () => {
    await client.query(
      `create table words (word text primary key, n int); insert into words values ('A', 1), ('b', 3)`,
    )
    const source = files.file(`create table words (word text collate nocase primary key, n integer);
      insert into words values ('b', 2), ('A', 1)`)

    expect(await run(source)).toEqual({ by: ['content'], differing: ['b changed n'] })
  })
})

test('a key of several columns is walked in their order', async () => {
  const source =
    files.file(`create table seats (hall integer, seat integer, guest text, primary key (hall, seat)) without rowid;
    ${series(6000)} insert into seats select i % 7, -i, 'g' || i from n`)
  await client.query(`create table seats (hall int, seat int, guest text, primary key (hall, seat));
    insert into seats select i % 7, -i, 'g' || i from generate_series(1, 6000) i;
    update seats set guest = '' where seat = -4000; delete from seats where seat = -6000; insert into seats values (6, 5, 'x')`)

  expect(await run(source)).toEqual({
    by: ['key'],
    differing: ['(1, -6000) missing', '(3, -4000) changed guest', '(6, 5) extra'],
  })
})

test('a key whose parts may be NULL in SQLite goes by content', async () => {
  const source = files.file(`create table t (a integer, b integer, n integer, primary key (a, b));
    insert into t values (1, null, 1), (1, null, 2), (2, 2, 2)`)
  await client.query(
    `create table t (a int, b int, n int); insert into t values (1, null, 1), (2, 2, 2), (1, null, 3)`,
  )

  expect(await run(source)).toEqual({ by: ['content'], differing: ['1, NULL changed n'] })
})

test('UUID keys match with and without dashes, in either case, and as bytes', async () => {
  const source = files.file(`create table t (id text primary key, n integer);
    insert into t values ('0123456789ABCDEF0123456789abcdef', 1), ('11111111-2222-3333-4444-555555555555', 2),
      (x'ffffffffffffffffffffffffffffffff', 3)`)
  await client.query(`create table t (id uuid primary key, n int);
    insert into t values ('01234567-89ab-cdef-0123-456789abcdef', 1), ('11111111222233334444555555555555', 2),
      ('ffffffff-ffff-ffff-ffff-ffffffffffff', 4)`)

  const { by, differing } = await run(source)

  expect(by).toEqual(['content'])
  expect(differing).toHaveLength(1)
  expect(differing[0]).toMatch(/changed n$/)
})

test('a table without a key is a heap of rows: equal rows count as often as they are there', async () => {
  const source = files.file(`create table log (line text, n integer); ${series(5000)}
    insert into log select 'line ' || (i % 100), i % 50 from n; insert into log values ('twice', 1), ('twice', 1)`)
  await client.query(`create table log (line text, n int); insert into log select 'line ' || i % 100, i % 50 from generate_series(1, 5000) i;
    insert into log values ('twice', 1), ('twice', 1)`)
  expect(await run(source)).toEqual({ by: ['content'], differing: [] })

  await client.query(
    `delete from log where ctid = (select ctid from log where line = 'twice' limit 1); insert into log values ('new', null)`,
  )
  expect(await run(source)).toEqual({ by: ['content'], differing: ['new, NULL extra', 'twice, 1 missing'] })
})

test('two PostgreSQL databases: their types may differ where the values do not', async () => {
  const other = postgresAt(await server.createDatabase('keys_other'), 'other')
  const peer = await server.connect(other.url)
  await client.query(`create table t (id int primary key, a int, b varchar(9), c numeric(9,2), d timestamp, e json);
    insert into t select i, i, 'b' || i, i / 4.0, timestamp '2026-01-01' + i * interval '1 s', '{"z":1,"a":2}' from generate_series(1, 5000) i`)
  await peer.query(`create table t (id bigint primary key, a bigint, b text, c numeric, d timestamptz, e jsonb); set timezone = 'UTC';
    insert into t select i, i, 'b' || i, i / 4.0, timestamptz '2026-01-01 00:00Z' + i * interval '1 s', '{"a":2,"z":1}' from generate_series(1, 5000) i`)
  expect(await run(main, other)).toEqual({ by: ['key'], differing: [] })

  await peer.query(
    `update t set c = c + 0.001 where id = 3000; delete from t where id = 2; insert into t values (6000)`,
  )
  expect(await run(main, other)).toEqual({
    by: ['key'],
    differing: ['2 missing', '3000 changed c', '6000 extra'],
  })
  await peer.end()
})

test('two SQLite files are compared as they are stored: a number is not its text', async () => {
  const one =
    files.file(`create table t (id integer primary key, v); ${series(4000)} insert into t select i, i from n;
    insert into t values (5000, 1.5), (5001, null), (5002, x'00ff'), (5003, 'a')`)
  const two =
    files.file(`create table t (id integer primary key, v); ${series(4000)} insert into t select i, i from n;
    insert into t values (5000, 1.5), (5001, ''), (5002, x'00fe'), (5003, 'a'); update t set v = '17' where id = 17`)

  expect(await run(one, two)).toEqual({
    by: ['key'],
    differing: ['17 changed v', '5001 changed v', '5002 changed v'],
  })
})

test('columns named like our own words, quotes in names and reserved words do no harm', async () => {
  const source =
    files.file(`create table "select" ("line" integer primary key, "own" text, "a""b" text, json text, f real, place integer);
    insert into "select" values (1, 'x', 'y', 'z', 1.5, 2)`)
  await client.query(`create table "select" ("line" int primary key, "own" text, "a""b" text, json text, f float8, place int);
    insert into "select" values (1, 'x', 'Y', 'z', 1.5, 2)`)

  expect(await run(source)).toEqual({ by: ['key'], differing: ['1 changed a"b'] })
})

test('rows without a key may be long: they are told apart beyond what is shown of them', async () => {
  const long = 'x'.repeat(5000)
  const source = files.file(
    `create table log (named text, line text); insert into log values ('a', '${long}1'), ('b', '${long}2')`,
  )
  await client.query(
    `create table log (named text, line text); insert into log values ('a', '${long}1'), ('b', '${long}3')`,
  )

  const { differing } = await run(source)

  expect(differing).toHaveLength(2)
  expect(differing.map((line) => line.split(' ').at(-1))).toEqual(['extra', 'missing'])
  expect(differing.every((line) => line.startsWith('b, xxx') && line.length < 140)).toBe(true)
})

test('rows of a megabyte each are compared in small chunks', async () => {
  const source = files.file(
    `create table t (id integer primary key, v blob); ${series(120)} insert into t select i, zeroblob(1000000) from n`,
  )
  await client.query(`create table t (id int primary key, v bytea);
    insert into t select i, decode(repeat('00', 1000000), 'hex') from generate_series(1, 120) i; update t set v = v || '\\x01' where id = 99`)

  expect(await run(source)).toEqual({ by: ['key'], differing: ['99 changed v'] })
})
