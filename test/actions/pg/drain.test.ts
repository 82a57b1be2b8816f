import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, failureOf, run, temporaryFolder } from '../../support/attempt.ts'
import type { TestPostgres } from '../../support/postgres.ts'
import { startTestPostgres } from '../../support/postgres.ts'

let server: TestPostgres
let admin: Client
let folder: ReturnType<typeof temporaryFolder>
let name: string
let url: string
let number = 0
beforeAll(async () => {
  server = await startTestPostgres({ max_prepared_transactions: '5' })
  admin = await server.connect()
  await admin.query(`create role owner_only login password 'secret'`)
})
afterAll(() => server.stop())
beforeEach(async () => {
  folder = temporaryFolder()
  name = `drained_${++number}`
  url = await server.createDatabase(name)
})
afterEach(() => folder.remove())

const main = (over: object = {}) => ({ name: 'main', kind: 'postgres', url, ...over })
const context = (over: object = {}) => aContext(folder.path, over)
const drain = (more: object = {}, over: object = {}) =>
  run('pg.drain', { target: main(), wait: '200ms', ...more }, context(over))
const unfence = () => run('pg.unfence', { target: main() }, context())
const database = async () =>
  (
    await admin.query(
      `select datallowconn as allowed, datconnlimit as "limit", shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
      [name],
    )
  ).rows[0]
const sessions = async () =>
  (await admin.query('select count(*)::int as n from pg_stat_activity where datname = $1', [name])).rows[0].n

describe('pg.drain', () => {
  it('keeps everybody out, ends idle sessions at once and busy ones after their time, and says how many', async () => {
    await server.connect(url)
    const busy = await server.connect(url)
    await busy.query('begin; select 1')

    const result = await drain()

    expect(result.facts).toMatchObject({ terminated: 2, interrupted: 1, prepared: [] })
    expect(Number(result.facts['waitedMs'])).toBeGreaterThanOrEqual(200)
    expect(await sessions()).toBe(0)
    await expect(server.connect(url)).rejects.toThrow('not currently accepting connections')
  })

  it('waits for a transaction that ends in time, and interrupts nobody', async () => {
    const busy = await server.connect(url)
    await busy.query('create table t (i int); begin; insert into t values (1)')
    const seen = context()
    const drained = run('pg.drain', { target: main(), wait: '20s' }, seen)
    while (seen.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await busy.query('commit')

    expect((await drained).facts).toMatchObject({ terminated: 1, interrupted: 0 })
    expect(seen.seen[0]?.label).toMatch(/^waits for pid \d+ \(postgres\), at most /)
  })

  it('is undone by pg.unfence, which gives back the limit and the comment as they were', async () => {
    await admin.query(
      `alter database ${name} connection limit 7; comment on database ${name} is 'Ward''s own'`,
    )

    await drain()
    expect(await database()).toMatchObject({
      allowed: false,
      comment: expect.stringMatching(/^Ward's own\ncutover: /),
    })
    expect((await unfence()).facts).toEqual({ opened: true, connectionLimit: 7 })

    expect(await database()).toEqual({ allowed: true, limit: 7, comment: `Ward's own` })
    expect((await unfence()).facts).toEqual({ opened: false, connectionLimit: 7 })
  })

  it('can be run again without forgetting how it was before the first time', async () => {
    await admin.query(`alter database ${name} connection limit 7`)
    await drain({ fence: 'users' })
    await drain()

    await unfence()

    expect(await database()).toEqual({ allowed: true, limit: 7, comment: null })
  })

  it('lets superusers in where the migration is one', async () => {
    await admin.query(`alter database ${name} owner to owner_only`)
    await drain({ fence: 'users' })

    await expect(server.connect(url)).resolves.toBeDefined()
    await expect(
      server.connect(`postgres://owner_only:secret@127.0.0.1:${server.port}/${name}`),
    ).rejects.toThrow('too many connections')
  })

  it('names those whom it may not end, at once, and says that the database is closed', async () => {
    await admin.query(`alter database ${name} owner to owner_only`)
    const superuser = await server.connect(url)
    const target = main({ url: `postgres://owner_only:secret@127.0.0.1:${server.port}/${name}` })

    const failure = await failureOf(run('pg.drain', { target, wait: '0s' }, context()))

    expect(failure.message).toMatch(/^drained_\d+ is not empty: pid \d+ \(postgres\) will not go\.$/)
    expect(failure.changed).toBe(`${name} is closed to new connections; 0 sessions ended`)
    expect((await superuser.query('select 1 as still')).rowCount).toBe(1)
  })

  it('closes nothing where it was told not to', async () => {
    await server.connect(url)

    expect((await drain({ fence: 'nobody' })).summary).toMatch(
      /is open and empty after .*1 session ended, 0 of them/,
    )
    expect(await database()).toEqual({ allowed: true, limit: -1, comment: null })
  })

  it('is for the owner of the database; another one changes nothing', async () => {
    const other = main({ url: `postgres://owner_only:secret@127.0.0.1:${server.port}/${name}` })

    const failure = await failureOf(run('pg.drain', { target: other }, context()))

    expect(failure.message).toBe(
      `Draining ${name} failed. PostgreSQL says: must be owner of database ${name}`,
    )
    expect(failure.changed).toBe('nothing was changed')
    expect(await database()).toMatchObject({ allowed: true })
  })

  it('names prepared transactions, which no ending of sessions ends', async () => {
    const client = await server.connect(url)
    await client.query(`create table t (i int); begin; insert into t values (1); prepare transaction 'half'`)

    expect((await drain()).facts).toMatchObject({ prepared: ['half'] })
    await unfence()
    await (await server.connect(url)).query(`rollback prepared 'half'`)
  })

  it('says that the database is closed when somebody cancels it while it waits', async () => {
    const busy = await server.connect(url)
    await busy.query('begin; select 1')
    const controller = new AbortController()
    const work = failureOf(
      drain({ wait: '20s' }, { signal: controller.signal, progress: () => controller.abort() }),
    )

    expect(await work).toEqual({
      message: 'Cancelled.',
      hint: 'pg.unfence lets everybody in again; or drain it once more.',
      changed: `${name} is closed to new connections`,
    })
    await unfence()
  })
})

describe('pg.unfence', () => {
  it('does not open what somebody else closed', async () => {
    await admin.query(`alter database ${name} allow_connections false`)

    expect((await failureOf(unfence())).message).toBe(
      `${name} accepts no connections, and it was not Cutover who closed it.`,
    )
  })

  it('leaves a database closed that was closed before it was drained', async () => {
    await admin.query(`alter database ${name} allow_connections false`)
    await drain()

    expect((await unfence()).facts).toEqual({ opened: false, connectionLimit: -1 })
  })
})
