import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { compareDatabases } from '../../src/actions/compare/compare-databases.ts'
import { formatComparison } from '../../src/actions/compare/report.ts'
import { compare } from '../../src/actions/compare.ts'
import { copyDatabase } from '../../src/actions/copy/copy-database.ts'
import type { AnyTarget, PostgresTarget, SqliteTarget } from '../../src/actions/targets.ts'
import { ActionFailure } from '../../src/actions/action.ts'
import { change, makeSqliteFiles, postgresAt } from '../support/databases.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { startTestPostgres } from '../support/postgres.ts'

const ROWS = 20_000
const files = makeSqliteFiles()
let server: TestPostgres
let source: SqliteTarget
let main: PostgresTarget
let client: Client
let made = 0

const SCHEMA = `
  create table devices (
    id bigint primary key, name text not null, price numeric(10,2), active boolean, ratio double precision,
    seen_at timestamptz, note text, tags jsonb, token uuid, image bytea
  )`

beforeAll(async () => {
  server = await startTestPostgres()
  source = files.file(`
    create table devices (
      id integer primary key, name text not null, price decimal(10,2), active bool, ratio real,
      seen_at datetime, note text, tags json, token char(32), image blob
    );
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ROWS})
    insert into devices select i, 'გამოსახულება ' || i || ' 🚢', i / 4.0, i % 2, i / 7.0,
      datetime(1700000000 + i, 'unixepoch') || iif(i % 2, '', '.250000'),
      case i % 3 when 0 then null when 1 then '' else 'a|b' || char(10) || 'c\\' || i end,
      '{"b": [' || i || ', 1.50], "a": "ü"}', printf('%032x', i), iif(i % 4, null, zeroblob(i % 5)) from n;
  `)
  const filled = postgresAt(await server.createDatabase('filled'))
  const filler = await server.connect(filled.url)
  await filler.query(SCHEMA)
  await filler.end()
  await copyDatabase({ from: source, to: filled, attempt: 'test.copy.1' })
})

afterAll(async () => {
  await server.stop()
  files.remove()
})

beforeEach(async () => {
  main = postgresAt(await server.createDatabase(`compare_${++made}`, 'template filled'))
  client = await server.connect(main.url)
})

afterEach(async () => {
  await client.end()
})

async function differences(from: AnyTarget = source, to: AnyTarget = main): Promise<string[]> {
  const report = await compareDatabases({ source: from, target: to, attempt: 'test.compare.1' })
  expect(report.differences).toBe(report.differing.length)
  return report.differing.map(({ table, key, kind, columns }) =>
    `${table} ${key} ${kind} ${columns.join(',')}`.trim(),
  )
}

test('a fresh copy is the same, with every kind of column, and every row was looked at', async () => {
  const report = await compareDatabases({ source, target: main, attempt: 'test.compare.1' })

  expect(report).toMatchObject({ differences: 0, differing: [], rows: ROWS, tablesOnlyInTarget: [] })
  expect(report.tables).toEqual([
    { table: 'devices', sourceRows: ROWS, targetRows: ROWS, changed: 0, missing: 0, extra: 0, by: 'key' },
  ])
})

test.each([
  [
    'one changed byte',
    `update devices set name = overlay(name placing 'x' from 3 for 1) where id = 12345`,
    'devices 12345 changed name',
  ],
  ['one missing row', `delete from devices where id = 77`, 'devices 77 missing'],
  ['the lowest row missing', `delete from devices where id = 1`, 'devices 1 missing'],
  [
    'an extra row above the highest key',
    `insert into devices (id, name) values (${ROWS + 1000}, 'x')`,
    `devices ${ROWS + 1000} extra`,
  ],
  [
    'an extra row below the lowest key',
    `insert into devices (id, name) values (-9223372036854775808, 'x')`,
    'devices -9223372036854775808 extra',
  ],
  [
    'a NULL turned into an empty text',
    `update devices set note = '' where id = 9999`,
    'devices 9999 changed note',
  ],
  [
    'an empty text turned into NULL',
    `update devices set note = null where id = 10000`,
    'devices 10000 changed note',
  ],
  [
    'a moment off by a second',
    `update devices set seen_at = seen_at + interval '1 second' where id = 4`,
    'devices 4 changed seen_at',
  ],
  [
    'a moment off by a microsecond',
    `update devices set seen_at = seen_at + interval '1 microsecond' where id = 4`,
    'devices 4 changed seen_at',
  ],
  [
    'a float off by one bit',
    `update devices set ratio = ratio + 2.220446049250313e-16 where id = 7`,
    'devices 7 changed ratio',
  ],
  ['a float turned into NULL', `update devices set ratio = null where id = 8`, 'devices 8 changed ratio'],
  [
    'a trailing blank',
    `update devices set name = name || ' ' where id = 20000`,
    'devices 20000 changed name',
  ],
  [
    'a JSON number of another value',
    `update devices set tags = jsonb_set(tags, '{b,1}', '1.51') where id = 3`,
    'devices 3 changed tags',
  ],
  ['JSON null for NULL', `update devices set tags = 'null' where id = 3`, 'devices 3 changed tags'],
  ['an empty blob for NULL', `update devices set image = '' where id = 1`, 'devices 1 changed image'],
  [
    'a boolean turned round',
    `update devices set active = not active where id = 2`,
    'devices 2 changed active',
  ],
  ['a hundredth', `update devices set price = price + 0.01 where id = 5`, 'devices 5 changed price'],
])('finds %s', async (_, damage, expected) => {
  await client.query(damage)

  expect(await differences()).toEqual([expected])
})

test('the direction only changes what is called missing and what extra', async () => {
  await client.query(
    `delete from devices where id = 77; update devices set note = 'other', active = null where id = 5`,
  )

  expect(await differences(source, main)).toEqual(['devices 5 changed active,note', 'devices 77 missing'])
  expect(await differences(main, source)).toEqual(['devices 5 changed active,note', 'devices 77 extra'])
})

test('text that would read as the borders of other columns is told apart', async () => {
  await client.query(`update devices set name = 'a|1:b', note = 'c' where id = 1`)
  const twin = files.file(`create table devices (id integer primary key, name text, note text);
    insert into devices values (1, 'a', 'b|1:c')`)
  await client.query(`delete from devices where id > 1; alter table devices drop price, drop active, drop ratio,
    drop seen_at, drop tags, drop token, drop image`)

  expect(await differences(twin)).toEqual(['devices 1 changed name,note'])
})

test('every difference is counted, the first thousand are listed, and the text names some', async () => {
  await client.query(`update devices set note = 'x' where id > 5000`)

  const report = await compareDatabases({ source, target: main, attempt: 'test.compare.1' })

  expect(report.differences).toBe(ROWS - 5000)
  expect(report.tables[0]).toMatchObject({ changed: ROWS - 5000, missing: 0, extra: 0 })
  expect(report.differing).toHaveLength(1000)
  const text = formatComparison(report)
  expect(text).toContain('15,000 differences.')
  expect(text).toContain('    changed 5001: note\n')
  expect(text).toContain('    and 14,980 more\n')
})

test('an empty source, or a gap in it, shows every row of the target as extra', async () => {
  const empty = files.file('create table devices (id integer primary key, name text)')
  const all = await compareDatabases({ source: empty, target: main, attempt: 'test.compare.1' })
  expect(all.tables[0]).toMatchObject({
    sourceRows: 0,
    targetRows: ROWS,
    extra: ROWS,
    missing: 0,
    changed: 0,
  })

  await client.query(`update devices set name = 'same'`)
  const gap = files.file(
    `create table devices (id integer primary key, name text); insert into devices values (1, 'same'), (20000, 'same')`,
  )
  const middle = await compareDatabases({ source: gap, target: main, attempt: 'test.compare.1' })
  expect(middle.tables[0]).toMatchObject({
    sourceRows: 2,
    targetRows: ROWS,
    extra: ROWS - 2,
    missing: 0,
    changed: 0,
  })
})

test('an empty target shows every row as missing', async () => {
  await client.query('truncate devices')

  const all = await compareDatabases({ source, target: main, attempt: 'test.compare.1' })

  expect(all.tables[0]).toMatchObject({ missing: ROWS, sourceRows: ROWS, targetRows: 0 })
})

test('tables and columns of one side only are named; what the source lost counts as a difference', async () => {
  const more = files.file(`create table devices (id integer primary key, name text, colour text);
    create table rooms (id integer primary key); insert into devices values (1, 'n', 'red')`)
  await client.query(
    `truncate devices; insert into devices (id, name) values (1, 'n'); create table applied (n int)`,
  )

  const report = await compareDatabases({ source: more, target: main, attempt: 'test.compare.1' })

  expect(report.tablesOnlyInSource).toEqual(['rooms'])
  expect(report.tablesOnlyInTarget).toEqual(['applied'])
  expect(report.columnsOnlyInSource).toEqual(['devices.colour'])
  expect(report.columnsOnlyInTarget).toContain('devices.price')
  expect(report.differences).toBe(2)
  expect(formatComparison(report)).toContain('rooms: only in source')
})

test('tables and exclude choose; a table that is not there is refused', async () => {
  const request = { source, target: main, attempt: 'test.compare.1' }

  expect((await compareDatabases({ ...request, tables: ['DEVICES'] })).rows).toBe(ROWS)
  expect((await compareDatabases({ ...request, exclude: ['devices'] })).tables).toEqual([])
  await expect(compareDatabases({ ...request, tables: ['device'] })).rejects.toThrow(/has no table “device”/)
})

test('the whole comparison sees one moment of the target, whoever writes meanwhile', async () => {
  let disturbed = false
  const report = await compareDatabases({
    source,
    target: main,
    attempt: 'test.compare.1',
    onProgress: ({ done }) => {
      if (done === 0 || disturbed) return
      disturbed = true
      void client.query(`delete from devices where id > 15000`)
    },
  })

  expect(disturbed).toBe(true)
  expect(report.differences).toBe(0)
})

test('as an action it fails on a difference and keeps what it found; with expect_same: false it reports', async () => {
  await client.query(`delete from devices where id = 77; update devices set note = '!' where id = 80`)
  const lines: string[] = []
  const context = {
    attempt: 'test.compare.1',
    folder: files.folder,
    files: files.folder,
    progress: () => {},
    question: () => {},
    output: () => {},
    log: (line: string) => lines.push(line),
    signal: new AbortController().signal,
  }
  const input = { source, target: main, expect_same: true, expected: [] }

  const failure = await compare.run(input, context).catch((error: unknown) => error)

  expect(failure).toBeInstanceOf(ActionFailure)
  expect(failure).toMatchObject({
    message: expect.stringContaining('differ in 2 places: devices:77 (missing), devices:80 (changed)'),
    facts: { differences: 2, differing: ['devices:77', 'devices:80'], same: false, tables: 1, rows: ROWS },
  })
  expect(lines).toContain('    changed 80: note')
  const told = await compare.run({ ...input, expect_same: false }, context)
  expect(told).toMatchObject({ summary: '20,000 rows in 1 table: 2 differences', facts: { differences: 2 } })
})

test('a source that changed after the copy shows as well', async () => {
  const copyOfSource = files.file('create table devices (id integer primary key, name text)')
  change(copyOfSource, `insert into devices values (1, 'a'), (2, 'b')`)
  await client.query(`truncate devices; insert into devices (id, name) values (1, 'a'), (2, 'b')`)
  change(
    copyOfSource,
    `update devices set name = cast(x'61ff' as text) where id = 1; update devices set name = 'b' || char(0) where id = 2`,
  )

  expect(await differences(copyOfSource)).toEqual(['devices 1 changed name', 'devices 2 changed name'])
})

test('a cancelled comparison says so and leaves no session behind', async () => {
  const controller = new AbortController()
  const comparing = compareDatabases({
    source,
    target: main,
    attempt: 'test.cancelled.1',
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done > 0) controller.abort()
    },
  })

  await expect(comparing).rejects.toThrow('The comparison was cancelled.')
  await expect
    .poll(async () => {
      const { rows } = await client.query(
        `select 1 from pg_stat_activity where application_name = 'cutover:test.cancelled.1'`,
      )
      return rows.length
    })
    .toBe(0)
})
