import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PostgresTarget } from '../../../src/actions/targets.ts'
import type { Facts } from '../../../src/actions/action.ts'
import { aContext, failureOf, run, temporaryFolder } from '../../support/attempt.ts'
import { eachOnItsOwnDatabase } from '../../support/databases.ts'
import type { TestPostgres } from '../../support/postgres.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: TestPostgres
let main: PostgresTarget
let client: Client
let saved: Facts
eachOnItsOwnDatabase('shop', (own) => {
  server = own.server
  main = own.main
  client = own.client
})
beforeEach(async () => {
  folder = temporaryFolder()
  await client.query(`
    create table orders (id bigserial primary key, what text not null unique, at timestamptz default '2026-11-20');
    insert into orders (what) select 'order ' || i from generate_series(1, 2000) i;
    create table lines (id int primary key, orders bigint references orders);
    insert into lines select i, i from generate_series(1, 500) i`)
  const backup = await run('pg.backup', { from: main, to: join(folder.path, 'backups') }, context())
  saved = backup.facts
  // The migration that goes wrong.
  await client.query(`alter table orders drop column at; delete from lines; create table half_done (i int)`)
})
afterEach(() => folder.remove())

const context = (over: object = {}) => aContext(folder.path, { attempt: 'rb7.undo-migrate.1', ...over })
const restore = (more: object = {}, over: object = {}) =>
  run(
    'pg.restore',
    { target: main, backup: saved['file'], sha256: saved['sha256'], stamp: 'night', ...more },
    context(over),
  )
const restoreBeside = (more: object = {}, over: object = {}) =>
  run(
    'pg.restore-beside',
    { target: main, backup: saved['file'], sha256: saved['sha256'], stamp: 'night', ...more },
    context(over),
  )
const name = () => new URL(main.url).pathname.slice(1)
const databases = async () => {
  const admin = await server.connect()
  const { rows } = await admin.query<{ datname: string; datallowconn: boolean }>(
    `select datname, datallowconn from pg_database where datname like $1 order by 1`,
    [`${name()}%`],
  )
  await admin.end()
  return Object.fromEntries(rows.map(({ datname, datallowconn }) => [datname, datallowconn]))
}
async function ask(sql: string): Promise<unknown> {
  const one = await server.connect(main.url)
  const { rows } = await one.query(sql)
  await one.end()
  return Object.values(rows[0] ?? {})[0]
}
async function administer(sql: string) {
  const admin = await server.connect()
  await admin.query(sql)
  await admin.end()
}
/** A pg_restore that does what the script says. */
function standIn(script: string): string {
  const tools = join(folder.path, 'tools')
  mkdirSync(tools, { recursive: true })
  writeFileSync(
    join(tools, 'pg_restore'),
    `#!/bin/bash\nif [ "$1" = --version ]; then exec pg_restore --version; fi\n${script}\n`,
  )
  chmodSync(join(tools, 'pg_restore'), 0o755)
  return tools
}

describe('pg.restore', () => {
  it('restores beside the live database, proves it, takes its place, and keeps what was there', async () => {
    await client.query(`insert into half_done values (1)`)

    const { facts, summary } = await restore()

    expect(facts).toMatchObject({
      database: name(),
      keptAs: `${name()}_aside_night`,
      tables: 2,
      rows: 2500,
      terminated: 1,
    })
    expect(summary).toMatch(/^2,500 rows in 2 tables restored in .* and equal to the backup; /)
    expect(await ask('select count(*)::int from orders where at is not null')).toBe(2000)
    expect(await ask(`select nextval('orders_id_seq')::int`)).toBe(2001)
    expect(await ask(`select to_regclass('half_done')`)).toBeNull()
    expect(await ask(`select reltuples::int from pg_class where relname = 'orders'`)).toBe(2000)
    expect(await databases()).toEqual({ [name()]: true, [`${name()}_aside_night`]: false })
  })

  it('serves from the live database until the last moment', async () => {
    const seen: unknown[] = []
    const script = `psql -XAtq "$(printf '%s' "$PGDATABASE")" -c 'select 1' >/dev/null; exec pg_restore "$@"`
    const progress = () =>
      seen.push(client.query('select count(*) from orders').catch((error: Error) => error))
    await restoreBeside({ tools: standIn(script) }, { progress })

    const answers = await Promise.all(seen)
    expect(answers.length).toBeGreaterThan(0)
    expect(answers.filter((answer) => answer instanceof Error)).toEqual([])
  })

  it('waits beside the live one until pg.swap takes it up', async () => {
    const { facts } = await restoreBeside({}, { attempt: 'rb7.standby.1' })

    expect(facts).toMatchObject({ database: `${name()}_restored_night`, rows: 2500 })
    expect(await databases()).toEqual({ [name()]: true, [`${name()}_restored_night`]: false })
    expect(await ask('select count(*)::int from half_done')).toBe(0)

    await run('pg.swap', { target: main, replacement: facts['database'], oid: facts['oid'] }, context())
    expect(await ask('select count(*)::int from orders where at is not null')).toBe(2000)
  })

  it('does nothing the second time, and takes up what was whole when a try was killed before the swap', async () => {
    const whole = await restoreBeside()
    const first = await restore({}, { attempt: 'rb7.undo-migrate.2' })
    expect(first.facts).toMatchObject({ restoreMs: 0, oid: whole.facts['oid'] })

    const second = await restore({}, { attempt: 'rb7.undo-migrate.3' })

    expect(second.facts).toMatchObject({
      oid: whole.facts['oid'],
      keptAs: first.facts['keptAs'],
      downtimeMs: 0,
    })
    expect(second.summary).toBe(
      `${name()} had been restored before and holds what the backup holds; nothing was changed`,
    )
    expect(Object.keys(await databases())).toHaveLength(2)
  })

  it('puts nothing aside that was written after it, however often the step is run', async () => {
    await restore()
    await ask(`insert into orders (what) values ('a customer''s') returning id`)

    const failure = await failureOf(restore({}, { attempt: 'rb7.undo-migrate.2' }))

    expect(failure.message).toMatch(
      /^This step had restored shop_\d+ at .* UTC, and it was written to since: public.orders has 2,001 rows instead of 2,000\.$/,
    )
    expect(failure.changed).toBe('nothing was changed')
    expect(await ask(`select count(*)::int from orders where what = 'a customer''s'`)).toBe(1)
  })

  it('drops what a killed try had left half restored, and begins again', async () => {
    // As a kill leaves it: the database is made and marked, and then there is nobody who clears up.
    const killed = restore(
      {},
      {
        log: () => {
          throw new Error('killed')
        },
      },
    )
    await expect(killed).rejects.toThrow('killed')
    expect(await databases()).toEqual({ [name()]: true, [`${name()}_restored_night`]: true })

    const again = context({ attempt: 'rb7.undo-migrate.2' })
    await run('pg.restore', { target: main, backup: saved['file'], stamp: 'night' }, again)

    expect(again.lines).toContain(
      `dropped ${name()}_restored_night, which a try before had left half restored`,
    )
    expect(await databases()).toEqual({ [name()]: true, [`${name()}_aside_night`]: false })
  })

  it('does not touch a half restored one that somebody is in: a restore may still be at work there', async () => {
    const killed = restore(
      {},
      {
        log: () => {
          throw new Error('killed')
        },
      },
    )
    await expect(killed).rejects.toThrow('killed')
    const other = await server.connect(main.url.replace(name(), `${name()}_restored_night`))

    const failure = await failureOf(restore({}, { attempt: 'rb7.undo-migrate.2' }))

    expect(failure.message).toMatch(`${name()}_restored_night is half restored, and in use: pid `)
    await other.end()
  })

  it('takes another name where somebody has a database of the one it would take', async () => {
    await administer(`create database ${name()}_restored_night`)

    expect((await restoreBeside()).facts['database']).toBe(`${name()}_restored_night_2`)
  })

  it.each([
    ['is cut off', (path: string) => truncateSync(path, 3000), /is cut off: 3,000 bytes instead of /],
    ['is empty', (path: string) => truncateSync(path, 0), /is empty: 0 B instead of /],
  ])('refuses a backup that %s before anything is made', async (_how, damage, message) => {
    damage(String(saved['file']))

    expect((await failureOf(restore())).message).toMatch(message)
    expect(await databases()).toEqual({ [name()]: true })
  })

  it('swaps nothing when pg_restore fails, prints an error and exits 0, or brings something else', async () => {
    for (const [script, message] of [
      ['echo "pg_restore: error: could not execute query" >&2; exit 1', /could not execute query/],
      ['echo "pg_restore: error: out of memory" >&2; exit 0', /out of memory/],
      ['exit 0', /What was restored is not what the database held: table public.lines is missing/],
    ] as const) {
      const failure = await failureOf(restore({ tools: standIn(script) }))
      expect(failure.message).toMatch(message)
      expect(failure.changed).toBe('nothing was changed; what was restored so far was dropped')
    }
    expect(await databases()).toEqual({ [name()]: true })
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const controller = new AbortController()
    const tools = standIn('exec sleep 60')
    const log = (line: string) => {
      if (line.startsWith('made the database')) setTimeout(() => controller.abort(), 100)
    }

    expect(await failureOf(restore({ tools }, { signal: controller.signal, log }))).toMatchObject({
      message: 'Cancelled.',
      changed: 'nothing was changed; what was restored so far was dropped',
    })

    expect(await databases()).toEqual({ [name()]: true })
  })

  it('carries over what belongs to the database, and is undone by pg.swap-back', async () => {
    await administer(
      `alter database ${name()} set work_mem to '48MB'; alter database ${name()} connection limit 33`,
    )
    await restore()
    expect(await ask('show work_mem')).toBe('48MB')

    await run('pg.swap-back', { target: main }, context({ attempt: 'rb7.undo-undo-migrate.1' }))

    expect(await ask('select count(*)::int from half_done')).toBe(0)
    expect(await ask(`select datconnlimit from pg_database where datname = current_database()`)).toBe(33)
    expect(await ask('show work_mem')).toBe('48MB')
  })

  it('does not hide from pg.swap-back what a step before had swapped', async () => {
    const { facts: standby } = await restoreBeside({}, { attempt: 'rb7.standby.1' })
    const before = await ask('select oid::int from pg_database where datname = current_database()')
    const names = { replacement: standby['database'], oid: standby['oid'], stamp: 'cut' }
    await run('pg.swap', { target: main, ...names }, context({ attempt: 'rb7.cut.1' }))
    await administer(`alter database ${name()} set work_mem to '49MB'`)
    await ask('alter table orders add column migrated int')
    await restore()

    await run('pg.swap-back', { target: main }, context({ attempt: 'rb7.undo-cut.1' }))

    expect(await ask('select oid::int from pg_database where datname = current_database()')).toBe(before)
    expect(await ask('select count(*)::int from half_done')).toBe(0)
    expect(
      await ask(`select count(*)::int from information_schema.columns where column_name = 'migrated'`),
    ).toBe(0)
  })
})
