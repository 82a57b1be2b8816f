import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { compareDatabases } from '../../src/actions/compare/compare-databases.ts'
import { copyDatabase } from '../../src/actions/copy/copy-database.ts'
import { sqliteCopy } from '../../src/actions/sqlite-copy.ts'
import type { PostgresTarget, SqliteTarget } from '../../src/actions/targets.ts'
import { eachOnItsOwnDatabase } from '../support/databases.ts'

let main: PostgresTarget
let client: Client
const files = eachOnItsOwnDatabase('copy', (own) => ({ main, client } = own))

const copy = (from: SqliteTarget, options: Partial<Parameters<typeof copyDatabase>[0]> = {}) =>
  copyDatabase({ from, to: main, attempt: 'test.copy.1', ...options })

async function values(sql: string): Promise<unknown[]> {
  const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
  return rows.map((row) => (row.length === 1 ? row[0] : row))
}

async function differences(from: SqliteTarget): Promise<number> {
  return (await compareDatabases({ source: from, target: main, attempt: 'test.compare.1' })).differences
}

describe('values arrive exactly', () => {
  async function column(type: string, declared: string, literals: readonly string[]): Promise<unknown[]> {
    const rows = literals.map((literal, at) => `(${at + 1}, ${literal})`).join(', ')
    const from = files.file(
      `create table t (id integer primary key, v ${declared}); insert into t values ${rows}`,
    )
    await client.query(`create table t (id int primary key, v ${type})`)
    await copy(from)
    expect(await differences(from)).toBe(0)
    return values('select v::text from t order by id')
  }

  test('booleans as numbers and as words', async () => {
    expect(await column('boolean', '', ['0', '1', 'null', `'true'`, `'F'`, `'yes'`, `'off'`])).toEqual([
      'false',
      'true',
      null,
      'true',
      'false',
      'true',
      'false',
    ])
  })

  test('moments as text of several forms and as whole numbers', async () => {
    const at = '2026-11-20 09:30:00'
    expect(
      await column('timestamptz', 'datetime', [
        `'${at}'`,
        `'2026-11-20T09:30:00Z'`,
        `'2026-11-20 13:30:00+04:00'`,
        `'${at}.123456'`,
        `'${at}.500000+00:00'`,
        `'2026-11-20'`,
        '1795167000',
        '1795167000123',
        'null',
      ]),
    ).toEqual([
      `${at}+00`,
      `${at}+00`,
      `${at}+00`,
      `${at}.123456+00`,
      `${at}.5+00`,
      '2026-11-20 00:00:00+00',
      `${at}+00`,
      `${at}.123+00`,
      null,
    ])
  })

  test('a moment with an offset becomes UTC where the target keeps none', async () => {
    expect(await column('timestamp', 'datetime', [`'2026-11-20T13:30:00+04:00'`])).toEqual([
      '2026-11-20 09:30:00',
    ])
  })

  test('days and times of day', async () => {
    expect(await column('date', 'date', [`'2026-11-20'`, `'2026-11-20 00:00:00'`])).toEqual([
      '2026-11-20',
      '2026-11-20',
    ])
    await client.query('drop table t')
    expect(await column('time', 'time', [`'09:30:00'`, `'09:30:00.250000'`, `'09:30'`])).toEqual([
      '09:30:00',
      '09:30:00.25',
      '09:30:00',
    ])
  })

  test('numbers to the last digit', async () => {
    expect(
      await column('bigint', 'integer', [
        '9223372036854775807',
        '-9223372036854775808',
        '9007199254740993',
        `'17'`,
        '5.0',
      ]),
    ).toEqual(['9223372036854775807', '-9223372036854775808', '9007199254740993', '17', '5'])
    await client.query('drop table t')
    expect(
      await column('numeric(12,2)', 'decimal(12,2)', [
        '12.34',
        '5',
        '0.1 + 0.2 - 0.1',
        '-1234567890.12',
        'null',
      ]),
    ).toEqual(['12.34', '5.00', '0.20', '-1234567890.12', null])
    await client.query('drop table t')
    expect(await column('numeric', 'text', [`'12345678901234567890.123456789'`, `'1e3'`])).toEqual([
      '12345678901234567890.123456789',
      '1000',
    ])
  })

  test('floats bit for bit', async () => {
    const literals = [
      '0.1',
      '1.0/3',
      '1.7976931348623157e308',
      '5e-324',
      '2.2250738585072014e-308',
      '-1e-300',
      '1e20',
      '9e999',
      'sqrt(2)',
      '3',
    ]
    await column('double precision', 'real', literals)

    expect(await values(`select v from t where id in (1, 2, 4, 9) order by id`)).toEqual([
      0.1,
      1 / 3,
      5e-324,
      Math.SQRT2,
    ])
  })

  test('texts with everything that means something to COPY, and an empty text is not NULL', async () => {
    const from = files.file('create table t (id integer primary key, v text)', [
      {
        sql: 'insert into t values (1, ?), (2, ?), (3, ?), (4, ?), (5, ?), (6, null)',
        values: ['', '\\.', 'a,"b"\r\n\tc\\n', '\\N', 'გამარჯობა 🚢 e\u0301'],
      },
    ])
    await client.query('create table t (id int primary key, v text)')
    await copy(from)

    expect(await values('select v from t order by id')).toEqual([
      '',
      '\\.',
      'a,"b"\r\n\tc\\n',
      '\\N',
      'გამარჯობა 🚢 e\u0301',
      null,
    ])
    expect(await differences(from)).toBe(0)
  })

  test('blobs, JSON and UUIDs', async () => {
    expect(await column('bytea', 'blob', [`x'00ff0a5c'`, `x''`, 'null', `'text'`])).toEqual([
      '\\x00ff0a5c',
      '\\x',
      null,
      '\\x74657874',
    ])
    await client.query('drop table t')
    expect(
      await column('jsonb', 'json', [`'{"b":1,"a":[1.50,"\\u00fc"]}'`, `'[]'`, '5', 'null', `'null'`]),
    ).toEqual(['{"a": [1.50, "ü"], "b": 1}', '[]', '5', null, 'null'])
    await client.query('drop table t')
    const uuid = '01234567-89ab-cdef-0123-456789abcdef'
    expect(
      await column('uuid', 'char(32)', [
        `'${uuid}'`,
        `'${uuid.replaceAll('-', '').toUpperCase()}'`,
        `x'${uuid.replaceAll('-', '')}'`,
      ]),
    ).toEqual([uuid, uuid, uuid])
  })

  test('lists, ranges and other types as PostgreSQL reads their text', async () => {
    const from = files.file(
      `create table t (id integer primary key, a text, b text); insert into t values (1, '{1,2}', '10.0.0.1')`,
    )
    await client.query('create table t (id int primary key, a int[], b inet)')
    await copy(from)

    expect(await values('select a::text, b::text from t')).toEqual([['{1,2}', '10.0.0.1/32']])
  })
})

describe('a given schema', () => {
  const SOURCE = `
    create table parents (id integer primary key autoincrement, name text not null unique);
    create table children (id integer primary key, parent_id integer references parents (id), note text);
    insert into parents values (1, 'a'), (7, 'b'), (40, 'gone'); delete from parents where id = 40;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)
    insert into children select i, iif(i % 2, 1, 7), 'note ' || i from n`
  const TARGET = `
    create table parents (id bigint generated by default as identity primary key, name varchar(20) not null unique);
    create table children (id serial primary key, parent_id bigint references parents (id), note text, made_at timestamptz default now());
    create index children_parent on children (parent_id) where parent_id is not null;
    create index children_note on children (lower(note) desc nulls last) with (fillfactor = 70)`

  const definitions = () =>
    values(`select indexdef from pg_indexes where schemaname = 'public' union all
      select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid in ('parents'::regclass, 'children'::regclass) order by 1`)

  test('is filled, and has the same indexes, keys and constraints afterwards', async () => {
    await client.query(TARGET)
    const before = await definitions()

    const report = await copy(files.file(SOURCE))

    expect(report).toMatchObject({ schema: 'given', rows: 5002, sequences: 2, notes: [] })
    expect([...report.tables]).toEqual([
      ['children', 5000],
      ['parents', 2],
    ])
    expect(await definitions()).toEqual(before)
    expect(await values('select bool_and(convalidated) from pg_constraint')).toEqual([true])
  })

  test('its sequences go on after the highest number ever given', async () => {
    await client.query(TARGET)
    await copy(files.file(SOURCE))

    expect(await values(`insert into parents (name) values ('new') returning id`)).toEqual(['41'])
    expect(await values(`insert into children (note) values ('new') returning id`)).toEqual([5001])
  })

  test('is analysed, so that the first queries are planned well', async () => {
    await client.query(TARGET)
    await copy(files.file(SOURCE))

    expect(await values(`select reltuples::int from pg_class where relname = 'children'`)).toEqual([5000])
  })

  test('its own triggers are silent during the load and as before afterwards', async () => {
    await client.query(`${TARGET}; create function stamp() returns trigger language plpgsql as $$ begin new.note := 'stamped'; return new; end $$;
      create trigger stamp before insert on children for each row execute function stamp();
      create trigger off before insert on children for each row execute function stamp(); alter table children disable trigger off`)
    const from = files.file(SOURCE)
    await copy(from)

    expect(await differences(from)).toBe(0)
    expect(
      await values(`select tgname, tgenabled::text from pg_trigger where not tgisinternal order by 1`),
    ).toEqual([
      ['off', 'D'],
      ['stamp', 'O'],
    ])
  })

  test('a table that others refer to is filled as well', async () => {
    await client.query(
      `create table parents (id bigint primary key, name text); create table others (parent_id bigint references parents (id))`,
    )
    const from = files.file(SOURCE)

    await copy(from, { tables: ['parents'] })

    expect(await values('select count(*)::int from parents')).toEqual([2])
  })

  test('a partitioned table is filled through its parent', async () => {
    await client.query(`create table children (id int, parent_id int, note text) partition by range (id);
      create table low partition of children for values from (0) to (2500); create table high partition of children for values from (2500) to (9999)`)

    await copy(files.file(SOURCE), { tables: ['children'] })

    expect(await values('select count(*)::int from low union all select count(*)::int from high')).toEqual([
      2499, 2501,
    ])
  })

  test('names differ in case only where SQLite does not mind', async () => {
    await client.query(`create table people (id int primary key, fullname text)`)
    await copy(
      files.file(
        `create table People (Id integer primary key, FullName text); insert into People values (1, 'x')`,
      ),
    )

    expect(await values('select fullname from people')).toEqual(['x'])
  })

  test('wide rows, rows without a rowid and tables without rows arrive too', async () => {
    const from =
      files.file(`create table wide (id integer primary key, v text); create table keyed (k text, n integer, primary key (k, n)) without rowid;
      create table bare (a text); create table empty (id integer primary key);
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 60) insert into wide select i, hex(zeroblob(300000)) from n;
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 7000) insert into keyed select 'k' || (i % 11), i from n;
      insert into bare select k from keyed; insert into bare values (null), ('')`)
    await client.query(
      `create table wide (id int primary key, v text); create table keyed (k text, n int, primary key (k, n)); create table bare (a text); create table empty (id int)`,
    )

    const report = await copy(from)

    expect(Object.fromEntries(report.tables)).toEqual({ wide: 60, keyed: 7000, bare: 7002, empty: 0 })
    expect(await differences(from)).toBe(0)
  })

  test('progress counts the rows, with their total, and then says what is built', async () => {
    await client.query(TARGET)
    const seen: string[] = []
    let highest = 0
    await copy(files.file(SOURCE), {
      onProgress: ({ done, total, label }) => {
        if (label !== seen.at(-1)) seen.push(label ?? '')
        if (total !== undefined) highest = Math.max(highest, done / total)
      },
    })

    expect(highest).toBe(1)
    expect(seen).toEqual(
      expect.arrayContaining([
        'parents',
        'children',
        'sequences',
        'index children_parent',
        'foreign key children_parent_id_fkey',
        'statistics of parents',
      ]),
    )
  })

  test('as an action it tells tables, rows and speed', async () => {
    await client.query(TARGET)
    const context = {
      attempt: 'test.copy.1',
      folder: files.folder,
      files: files.folder,
      progress: () => {},
      question: () => {},
      output: () => {},
      log: () => {},
      signal: new AbortController().signal,
    }

    const { summary, facts } = await sqliteCopy.run(
      { from: files.file(SOURCE), to: main, nul: 'refuse' },
      context,
    )

    expect(summary).toBe('5,002 rows in 2 tables')
    expect(facts).toMatchObject({
      tables: 2,
      rows: 5002,
      schema: 'given',
      perTable: ['children: 5,000', 'parents: 2'],
    })
    expect(facts['rowsPerSecond']).toBeGreaterThan(0)
    expect(facts['bytes']).toBeGreaterThan(50_000)
  })
})

describe('a derived schema', () => {
  test('has types, keys, defaults, identities, indexes and foreign keys of the source', async () => {
    const from = files.file(`
      create table sites (id integer primary key autoincrement, code varchar(10) not null unique, made_at datetime default current_timestamp);
      create table devices (id integer primary key, site_id integer not null references sites on delete cascade, name text default 'it''s',
        price decimal(8,2) default 0, active boolean default 1, ratio real, born date, payload blob, settings json, token uuid,
        serial bigint, unique (site_id, name));
      create index devices_born on devices (born desc);
      create unique index devices_serial on devices (serial);
      create index devices_active on devices (name) where active;
      create table links (a integer, b integer, weight, primary key (a, b)) without rowid;
      insert into sites (id, code) values (3, 'x'); insert into devices (id, site_id, name) values (9, 3, 'n'); insert into links values (1, 2, 'w')`)

    const report = await copy(from)

    expect(report.schema).toBe('derived')
    expect(report.notes).toEqual([
      'devices: the index devices_active is not carried over (it covers only some rows)',
    ])
    expect(
      await values(`select column_name || ' ' || data_type || ' ' || is_nullable || coalesce(' ' || column_default, '') from information_schema.columns
      where table_name = 'devices' order by ordinal_position`),
    ).toEqual([
      'id bigint NO',
      'site_id bigint NO',
      `name text YES 'it''s'::text`,
      'price numeric YES 0',
      'active boolean YES true',
      'ratio double precision YES',
      'born date YES',
      'payload bytea YES',
      'settings jsonb YES',
      'token uuid YES',
      'serial bigint YES',
    ])
    expect(
      await values(
        `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1`,
      ),
    ).toEqual([
      'devices: FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE',
      'devices: PRIMARY KEY (id)',
      'devices: UNIQUE (site_id, name)',
      'links: PRIMARY KEY (a, b)',
      'sites: PRIMARY KEY (id)',
      'sites: UNIQUE (code)',
    ])
    expect(
      await values(
        `select indexdef from pg_indexes where indexname in ('devices_born', 'devices_serial') order by 1`,
      ),
    ).toEqual([
      'CREATE INDEX devices_born ON public.devices USING btree (born DESC)',
      'CREATE UNIQUE INDEX devices_serial ON public.devices USING btree (serial)',
    ])
    expect(await values(`insert into sites (code) values ('y') returning id`)).toEqual(['4'])
    expect(
      await values(`insert into devices (site_id, name) values (4, 'm') returning id, active, price::text`),
    ).toEqual([['10', true, '0.00']])
  })

  test('what it cannot carry over is said', async () => {
    const from =
      files.file(`create table t (id integer primary key, a text collate nocase, n integer check (n > 0), d text default (hex(randomblob(2))), g as (n + 1));
      create unique index t_a on t (a); create index t_lower on t (lower(a)); insert into t (id, a, n) values (1, 'a', 2)`)

    const { notes } = await copy(from)

    expect(notes).toEqual([
      't.g: generated columns are not carried over',
      't.d: the default hex(randomblob(2)) is not carried over',
      't: the index t_a is not carried over (it sorts by NOCASE)',
      't: the index t_lower is not carried over (it is over an expression)',
      't: CHECK constraints are not carried over',
    ])
    expect(await values('select a, n from t')).toEqual([['a', '2']])
  })
})
