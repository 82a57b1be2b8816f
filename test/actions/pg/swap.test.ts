import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, failureOf, run, temporaryFolder } from '../../support/attempt.ts'
import type { TestPostgres } from '../../support/postgres.ts'
import { startTestPostgres } from '../../support/postgres.ts'
import { startCuttingProxy } from '../../support/cutting-proxy.ts'

let server: TestPostgres
let admin: Client
let folder: ReturnType<typeof temporaryFolder>
let live: string
let spare: string
let url: string
let number = 0
beforeAll(async () => {
  server = await startTestPostgres({ max_prepared_transactions: '5', wal_level: 'logical' })
  admin = await server.connect()
  await admin.query(
    `create role shop_owner login password 'secret'; create role reader; create role "Odd ""one"""`,
  )
})
afterAll(() => server.stop())
beforeEach(async () => {
  folder = temporaryFolder()
  live = `shop_${++number}`
  spare = `${live}_standby`
  url = await server.createDatabase(live)
  await withClient(url, `create table t (what text); insert into t values ('live')`)
  await withClient(
    await server.createDatabase(spare),
    `create table t (what text); insert into t values ('standby')`,
  )
})
afterEach(() => folder.remove())

const main = (over: object = {}) => ({ name: 'main', kind: 'postgres', url, ...over })
const context = (over: object = {}) => aContext(folder.path, { attempt: 'rb7.swap.1', ...over })
const swap = (more: object = {}, over: object = {}) =>
  run('pg.swap', { target: main(), replacement: spare, stamp: '20261120T0200', ...more }, context(over))
const swapBack = (over: object = {}, more: object = {}) =>
  run('pg.swap-back', { target: main(), ...more }, context({ attempt: 'rb7.undo-swap.1', ...over }))
/** Another database that can take the live one's place; gives its name. */
async function standby(what: string): Promise<string> {
  const name = `${live}_${what}`
  await withClient(
    await server.createDatabase(name),
    `create table t (what text); insert into t values ('${what}')`,
  )
  return name
}
const oidOf = async (name: string): Promise<number | undefined> =>
  (await admin.query(`select oid::int as oid from pg_database where datname = $1`, [name])).rows[0]?.oid

async function withClient(at: string, sql: string) {
  const client = await server.connect(at)
  const result = await client.query(sql)
  await client.end()
  return result
}
const content = async () => (await withClient(url, 'select what from t')).rows[0]?.what
const stateOf = async (name: string) =>
  (
    await admin.query(
      `select pg_get_userbyid(datdba) as owner, datallowconn as allowed, datconnlimit as "limit", datacl::text as acl,
         split_part(shobj_description(d.oid, 'pg_database'), E'\\ncutover: ', 1) as comment,
         (select string_agg(coalesce(r.rolname, '*') || ':' || s.setconfig::text, ';' order by r.rolname nulls first)
          from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole where s.setdatabase = d.oid) as settings
       from pg_database d where datname = $1`,
      [name],
    )
  ).rows[0]

describe('pg.swap', () => {
  it('puts one database in the place of another, keeps that one closed, and says how long nobody was served', async () => {
    const before = await oidOf(live)
    const standby = await oidOf(spare)

    const { facts } = await swap({ oid: standby })

    expect(facts).toMatchObject({
      database: live,
      oid: standby,
      keptAs: `${live}_aside_20261120t0200`,
      keptOid: before,
      carried: [],
    })
    expect(Number(facts['downtimeMs'])).toBeGreaterThan(0)
    expect(await content()).toBe('standby')
    expect(await oidOf(`${live}_aside_20261120t0200`)).toBe(before)
    expect(await stateOf(`${live}_aside_20261120t0200`)).toMatchObject({ allowed: false })
  })

  it('ends twenty clients that reconnect as fast as they can, and no session of theirs stays on the old one', async () => {
    const stop = new AbortController()
    const work = async (one: Client): Promise<void> => {
      if (stop.signal.aborted || !(await one.query(`insert into t values ('late')`).catch(() => undefined)))
        return
      await work(one)
    }
    const client = async (): Promise<void> => {
      const one = await server.connect(url).catch(() => undefined)
      if (one) await work(one)
      await one?.end().catch(() => undefined)
      await sleep(5)
      if (!stop.signal.aborted) await client()
    }
    const clients = Array.from({ length: 20 }, client)
    const connected = `select count(*)::int as n from pg_stat_activity where datname = '${live}'`
    while ((await admin.query(connected)).rows[0].n < 20) await sleep(10)

    const { facts } = await swap()
    stop.abort()
    await Promise.all(clients)

    expect(Number(facts['terminated'])).toBeGreaterThanOrEqual(20)
    expect(Number(facts['downtimeMs'])).toBeLessThan(2000)
    expect(await oidOf(String(facts['keptAs']))).toBe(facts['keptOid'])
    expect(
      (
        await admin.query('select count(*)::int as n from pg_stat_activity where datid = $1', [
          facts['keptOid'],
        ])
      ).rows[0].n,
    ).toBe(0)
  }, 20_000)

  it('carries over owner, privileges, settings, limit and comment, and nothing that the other one had instead', async () => {
    await admin.query(`alter database ${live} owner to shop_owner`)
    await admin.query(
      `alter database ${live} connection limit 42; comment on database ${live} is 'the shop''s'`,
    )
    await admin.query(`revoke connect on database ${live} from public; grant connect on database ${live} to reader;
      grant create on database ${live} to "Odd ""one""" with grant option`)
    await admin.query(`alter database ${live} set search_path to "$user", 'my schema', public`)
    await admin.query(
      `alter database ${live} set work_mem to '64MB'; alter database ${live} set shop.greeting to 'it''s, "us"'`,
    )
    await admin.query(`alter role "Odd ""one""" in database ${live} set datestyle to 'SQL, DMY'`)
    await admin.query(`alter database ${spare} set jit to off; alter role reader in database ${spare} set jit to on;
      grant create on database ${spare} to reader`)
    const before = await stateOf(live)

    const { facts } = await swap()

    expect(await stateOf(live)).toEqual(before)
    expect(facts['carried']).toEqual([
      'owner shop_owner',
      'privileges',
      'search_path',
      'work_mem',
      'shop.greeting',
      'DateStyle of Odd "one"',
    ])
  })

  it('knows when it has happened before: by the oid, and by the note where none is given', async () => {
    const standby = await oidOf(spare)
    const first = await swap({ oid: standby })
    const again = await swap({ oid: standby })
    const unnamed = await swap()

    for (const { facts, summary } of [again, unnamed]) {
      expect(facts).toEqual({ ...first.facts, terminated: 0, downtimeMs: 0 })
      expect(summary).toBe(`${spare} had taken the place of ${live} before; nothing was changed`)
    }
    expect(await content()).toBe('standby')
  })

  it('refuses another database of the name that was recorded', async () => {
    const standby = await oidOf(spare)
    await admin.query(`drop database ${spare}`)
    await admin.query(`create database ${spare}`)

    const failure = await failureOf(swap({ oid: standby }))

    expect(failure.message).toMatch(`${spare} is not the database that was recorded: its oid is `)
    expect(await content()).toBe('live')
  })

  it('asks which one is meant where the name of the replacement was given away again', async () => {
    await swap()
    await admin.query(`create database ${spare}`)

    expect((await failureOf(swap())).message).toBe(
      `${spare} took the place of ${live} before, and there is another one of that name now.`,
    )
  })

  it('takes over where a try before was killed after it had closed the database', async () => {
    const note = { fence: { by: 'rb7.swap.1', why: 'swap', kind: 'everyone', allowed: true, limit: 9 } }
    await admin.query(`alter database ${live} with allow_connections false;
      comment on database ${live} is 'cutover: ${JSON.stringify(note)}'`)

    await swap()

    expect(await content()).toBe('standby')
    expect(await stateOf(live)).toMatchObject({ allowed: true, limit: 9 })
  })

  it('leaves closed what a drain closed, for pg.unfence to open', async () => {
    await admin.query(`alter database ${live} connection limit 5`)
    await run('pg.drain', { target: main() }, context())

    await swap()
    expect(await stateOf(live)).toMatchObject({ allowed: false })
    await run('pg.unfence', { target: main() }, context())

    expect(await stateOf(live)).toMatchObject({ allowed: true, limit: 5 })
    expect(await content()).toBe('standby')
  })

  it.each([
    ['users', 'closed to all but superusers', { allowed: true, limit: 0 }],
    ['everyone', 'closed', { allowed: false, limit: 6 }],
  ])('that fails leaves what was drained of %s as the drain had closed it', async (fence, words, drained) => {
    await admin.query(`alter role shop_owner createdb`)
    await admin.query(
      `alter database ${live} owner to shop_owner; alter database ${spare} owner to shop_owner;
       alter database ${live} connection limit 6; alter role reader in database ${live} set work_mem to '8MB'`,
    )
    await run('pg.drain', { target: main(), fence }, context())
    expect(await stateOf(live)).toMatchObject(drained)
    const owner = main({ url: `postgres://shop_owner:secret@127.0.0.1:${server.port}/${live}` })

    const failure = await failureOf(swap({ target: owner }))

    expect(failure.changed).toBe(`nothing was swapped; ${live} is ${words} as before`)
    expect(await stateOf(live)).toMatchObject(drained)
    await run('pg.unfence', { target: main() }, context())
    expect(await stateOf(live)).toMatchObject({ allowed: true, limit: 6 })
  })

  it('opens to superusers what was drained of users, also where a try before was killed', async () => {
    await run('pg.drain', { target: main(), fence: 'users' }, context())
    await admin.query(`alter database ${live} with allow_connections false`)

    await swap()

    expect(await stateOf(live)).toMatchObject({ allowed: true, limit: 0 })
  })

  it('refuses what would fail or be lost, before anybody is kept out', async () => {
    const client = await server.connect(url)
    await client.query(`begin; insert into t values ('half'); prepare transaction 'half_${live}'`)
    expect((await failureOf(swap())).message).toBe(`${live} has prepared transactions: half_${live}.`)
    await client.query(`rollback prepared 'half_${live}'`)

    await client.query(`select pg_create_logical_replication_slot('slot_${live}', 'test_decoding')`)
    expect((await failureOf(swap())).message).toBe(
      `${live} has what follows a database by its identity and not by its name: the replication slot slot_${live}.`,
    )
    await client.query(`create publication p for all tables`)
    expect((await client.query('select 1 as still')).rows).toEqual([{ still: 1 }])

    await swap({ replication: 'leave' })
    await admin.query(`select pg_drop_replication_slot('slot_${live}')`)
  })

  it('refuses a replacement of another encoding or collation', async () => {
    await admin.query(
      `create database ${spare}_latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`,
    )

    expect((await failureOf(swap({ replacement: `${spare}_latin` }))).message).toBe(
      `${spare}_latin was made otherwise than ${live}: encoding LATIN1 instead of UTF8.`,
    )
  })

  it('takes another name where the one it would keep it under is taken, and refuses one that was asked for', async () => {
    await admin.query(`create database ${live}_aside_20261120t0200`)

    expect((await failureOf(swap({ keep_as: `${live}_aside_20261120t0200` }))).message).toBe(
      `There is a database called ${live}_aside_20261120t0200 already.`,
    )
    expect((await swap()).facts['keptAs']).toBe(`${live}_aside_20261120t0200_2`)
  })

  it('opens the database again when it cannot be done, as for a setting that its user may not give', async () => {
    await admin.query(`alter role shop_owner createdb`)
    await admin.query(
      `alter database ${live} owner to shop_owner; alter database ${spare} owner to shop_owner`,
    )
    await admin.query(`alter role reader in database ${live} set work_mem to '8MB'`)
    const owner = main({ url: `postgres://shop_owner:secret@127.0.0.1:${server.port}/${live}` })

    const failure = await failureOf(swap({ target: owner }))

    expect(failure.message).toMatch(/^Swapping shop_\d+ failed. PostgreSQL says: /)
    expect(failure.changed).toBe(`nothing was swapped; ${live} is open as before`)
    expect(await content()).toBe('live')
    expect(await stateOf(spare)).toMatchObject({ allowed: true })
  })

  it('is done by an owner who may create databases, and refused to others before anything is touched', async () => {
    await admin.query(`alter role shop_owner nocreatedb`)
    await admin.query(`alter database ${live} owner to shop_owner`)
    const target = main({ url: `postgres://shop_owner:secret@127.0.0.1:${server.port}/${live}` })

    expect((await failureOf(swap({ target }))).message).toBe(
      `shop_owner does not own ${spare}: it belongs to postgres.`,
    )
    await admin.query(`alter database ${spare} owner to shop_owner`)
    expect((await failureOf(swap({ target }))).message).toBe(
      'shop_owner may neither create nor rename databases.',
    )
    await admin.query(`alter role shop_owner createdb`)
    await swap({ target })
    expect(await content()).toBe('standby')
  })
})

describe('pg.swap on a connection that breaks', () => {
  let proxy: Awaited<ReturnType<typeof startCuttingProxy>>
  beforeEach(async () => {
    proxy = await startCuttingProxy(server.port)
  })
  afterEach(() => proxy.stop())
  const through = () => main({ url: url.replace(`:${server.port}/`, `:${proxy.port}/`) })

  it.each(['before', 'after'] as const)(
    'at the fence, %s it is there: it says so, and the next try goes on',
    async (when) => {
      proxy.cutAtNextCommit(when)

      const failure = await failureOf(swap({ target: through() }))

      expect(failure.changed).toBe(
        `nothing was swapped, but ${live} may still be closed: pg.unfence opens it`,
      )
      expect((await stateOf(live)).allowed).toBe(when === 'before')
      await swap()
      expect(await content()).toBe('standby')
    },
  )

  it.each(['before', 'after'] as const)(
    'at the swap, %s it is made: it does not know, and the next try finds out',
    async (when) => {
      const busy = await server.connect(url)
      await busy.query('begin; select 1')
      const progress = () => proxy.cutAtNextCommit(when)

      const failure = await failureOf(swap({ target: through(), wait: '100ms' }, { progress }))

      expect(failure.changed).toBe(`not known; run this again, it looks whether ${live} was swapped`)
      const { facts } = await swap()
      expect(facts['downtimeMs'] === 0).toBe(when === 'after')
      expect(await content()).toBe('standby')
      expect(await stateOf(live)).toMatchObject({ allowed: true, limit: -1 })
    },
  )
})

describe('pg.swap-back', () => {
  it('puts both back where they were, as they were', async () => {
    await admin.query(`alter database ${live} set work_mem to '64MB'; comment on database ${live} is 'ours'`)
    const before = [await stateOf(live), await oidOf(live), await oidOf(spare)]
    await swap()

    const { facts } = await swapBack()

    expect([await stateOf(live), await oidOf(live), await oidOf(spare)]).toEqual(before)
    expect(facts).toMatchObject({ database: live, keptAs: spare })
    expect(await content()).toBe('live')
    expect((await swapBack()).summary).toBe(
      `step swap of this cutover had swapped nothing; ${live} stays as it is`,
    )
    await swap()
    expect(await content()).toBe('standby')
  })

  it('opens the database where the swap got no further than to close it', async () => {
    const note = { fence: { by: 'rb7.swap.1', why: 'swap', kind: 'everyone', allowed: true, limit: -1 } }
    await admin.query(`alter database ${live} with allow_connections false;
      comment on database ${live} is 'cutover: ${JSON.stringify(note)}'`)

    expect((await swapBack()).summary).toBe(
      `step swap of this cutover had swapped nothing; ${live} is open again`,
    )
    expect(await content()).toBe('live')
  })

  it('brings back what its own step had put aside, behind what another step swapped since', async () => {
    const before = await oidOf(live)
    await swap({}, { attempt: 'rb7.cut.1' })
    const middle = await oidOf(live)
    const second = await standby('second')
    await swap({ replacement: second }, { attempt: 'rb7.undo-migrate.1' })

    const { facts } = await swapBack({ attempt: 'rb7.undo-cut.1' })

    expect(await oidOf(live)).toBe(before)
    expect(await content()).toBe('live')
    expect(facts).toMatchObject({ oid: before, keptAs: second })
    expect(await oidOf(`${live}_aside_20261120t0200_2`)).toBe(middle)
  })

  it('takes back two swaps, one after the other', async () => {
    const first = await swap({}, { attempt: 'rb7.one.1' })
    const second = await swap({ replacement: await standby('second') }, { attempt: 'rb7.two.1' })

    await swapBack({ attempt: 'rb7.undo-two.1' })
    expect(await content()).toBe('standby')
    await swapBack({ attempt: 'rb7.undo-one.1' })
    expect(await content()).toBe('live')

    const again = await swapBack({ attempt: 'rb7.undo-one.2' })
    expect(again.summary).toBe(`step one of this cutover had swapped nothing; ${live} stays as it is`)
    expect(await oidOf(live)).toBe(first.facts['keptOid'])
    expect(second.facts['keptOid']).not.toBe(first.facts['keptOid'])
  })

  it('takes back the swap whose kept database is named, in a step that is no inverse', async () => {
    const { facts } = await swap({}, { attempt: 'rb7.one.1' })
    const second = await swap({ replacement: await standby('second') }, { attempt: 'rb7.two.1' })
    const back = (oid: unknown) => swapBack({ attempt: 'rb7.option-b.1' }, { oid })

    expect((await failureOf(back(undefined))).message).toBe(
      'This step is not the inverse of a swap, and does not say which swap it takes back.',
    )
    expect((await back(facts['keptOid'])).facts).toMatchObject({ oid: facts['keptOid'] })
    expect(await content()).toBe('live')
    expect((await back(facts['keptOid'])).summary).toBe(
      `${live} is the database that was to come back; nothing was changed`,
    )
    const failure = await failureOf(back(second.facts['keptOid']))
    expect(failure.message).toBe(
      `${live} did not take the place of ${String(second.facts['keptAs'])} (oid ${String(second.facts['keptOid'])}): no swap put that one aside for it.`,
    )
    expect(failure.changed).toBe('nothing was changed')
    expect((await failureOf(back(999_999_999))).message).toBe(
      `The server has no database of the oid 999999999, which was to take the place of ${live}.`,
    )
    expect(await content()).toBe('live')
  })

  it('does not say that nothing was swapped where what took its place was replaced by hand', async () => {
    const { facts } = await swap()
    await admin.query(`alter database ${live} rename to ${live}_away`)
    await admin.query(`create database ${live}`)

    const failure = await failureOf(swapBack())

    expect(failure.message).toBe(
      `${String(facts['keptAs'])} was put aside by step swap of this cutover, and ${live} is not what took its place.`,
    )
    expect(failure.changed).toBe('nothing was changed')
  })

  it('does not undo what another cutover swapped', async () => {
    const { facts } = await swap()

    await swapBack({ attempt: 'zz9.undo-swap.1' })
    const failure = await failureOf(swapBack({ attempt: 'zz9.undo-swap.1' }, { oid: facts['keptOid'] }))

    expect(failure.message).toBe(`${String(facts['keptAs'])} was put aside by another cutover: rb7.swap.1.`)
    expect(await content()).toBe('standby')
  })

  it('says so when what was kept is gone', async () => {
    const { facts } = await swap()
    await admin.query(`drop database ${String(facts['keptAs'])}`)

    expect((await failureOf(swapBack())).message).toBe(
      `The database that was kept as ${String(facts['keptAs'])} is gone.`,
    )
  })
})

describe('pg.drop-kept', () => {
  const drop = (database: unknown, oid: unknown) =>
    run('pg.drop-kept', { target: main(), database, oid }, context({ attempt: 'rb7.drop.1' }))

  it('drops what a swap put aside, by name and identity, and a second time nothing', async () => {
    const { facts } = await swap()

    expect((await drop(facts['keptAs'], facts['keptOid'])).facts).toMatchObject({ dropped: true })
    expect(await oidOf(String(facts['keptAs']))).toBeUndefined()
    expect((await drop(facts['keptAs'], facts['keptOid'])).facts).toEqual({ dropped: false, bytes: 0 })
    expect(await content()).toBe('standby')
  })

  it('drops nothing else: not the live one, no other identity, nobody else’s, none that was opened', async () => {
    const { facts } = await swap()
    const keptAs = String(facts['keptAs'])

    expect((await failureOf(drop(live, facts['oid']))).message).toBe(
      `${live} was neither put aside nor restored beside ${live} by Cutover.`,
    )
    expect((await failureOf(drop(keptAs, facts['oid']))).message).toMatch(
      'is not the database that was recorded',
    )
    await admin.query(`create database ${live}_other`)
    expect((await failureOf(drop(`${live}_other`, await oidOf(`${live}_other`)))).message).toBe(
      `${live}_other was neither put aside nor restored beside ${live} by Cutover.`,
    )
    await admin.query(`alter database ${keptAs} allow_connections true`)
    expect((await failureOf(drop(keptAs, facts['keptOid']))).message).toBe(
      `${keptAs} accepts connections: somebody has opened it again.`,
    )
    expect(await oidOf(keptAs)).toBe(facts['keptOid'])
  })
})
