import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LogRefused } from '../../src/app/log-errors.ts'
import { prepareQueue } from '../../src/jobs/queue-schema.ts'
import type { AttemptEvent, BlockerEvent, CutoverEvent, PoolEvent } from '../../src/domain/events.ts'
import { encode } from '../../src/postgres/codec.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { makeDispatches } from '../../src/postgres/dispatches.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { makePoolLogin, makeServeLogin, removePoolLogin } from '../../src/postgres/pool-logins.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { GRANTS, makeRoles } from '../../src/postgres/roles.ts'
import { makeSlackEffects } from '../../src/postgres/slack-effects.ts'
import { verifyCutover } from '../../src/postgres/verify.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

/** What only the owner of the log reads. */
const CLOSED = ['pool_login', 'pool_event']

let test: TestLog
let serve: ReturnType<TestLog['another']>

const urlOf = (login: string, password: string, base = test.url) => {
  const url = new URL(base)
  url.username = login
  url.password = password
  return url.href
}

beforeAll(async () => {
  test = await startTestLog()
  await prepareQueue({ kind: 'postgres', connectionString: test.url })
  expect(await makeRoles(test.pool)).toEqual({ ok: true })
  expect(await makeServeLogin(test.pool, 'serve')).toBeNull()
  serve = test.another(urlOf('cutover_serve', 'serve'))
})
afterAll(() => test.stop())

const said = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing stood in its way',
    (error: Error) => error.message,
  )

describe('the roles', () => {
  it('say of every table who may do what', async () => {
    const { rows } = await test.pool.query<{ table: string }>(
      `select tablename as table from pg_tables where schemaname = 'cutover' order by 1`,
    )
    const granted = new Set([...Object.keys(GRANTS.serve), ...Object.keys(GRANTS.worker), ...CLOSED])
    expect(rows.map(({ table }) => table)).toEqual([...granted].sort())
  })

  it('give nobody the right to change what was written', async () => {
    const { rows } = await test.pool.query(
      `select grantee, table_name, privilege_type from information_schema.table_privileges
       where table_schema = 'cutover' and table_name in ('event', 'registry')
         and grantee <> current_user and privilege_type not in ('SELECT', 'INSERT')`,
    )
    expect(rows).toEqual([])
  })

  it('are given anew when a version has changed what they need', async () => {
    await test.pool.query('grant delete on cutover.event to cutover_worker')
    await test.pool.query('revoke select on cutover.serve from cutover_worker')
    await makeRoles(test.pool)
    const { rows } = await test.pool.query(
      `select has_table_privilege('cutover_worker', 'cutover.event', 'delete') as event,
              has_table_privilege('cutover_worker', 'cutover.serve', 'select') as serve`,
    )
    expect(rows).toEqual([{ event: false, serve: true }])
  })

  it('are not made by a login that may not, and the log works without them', async () => {
    const admin = await test.server.connect(test.url)
    await admin.query(`create role plain login password 'plain'`)
    await admin.query('create database plain owner plain')
    const { pool, log } = test.another(urlOf('plain', 'plain', test.url.replace(/cutover_log$/, 'plain')))
    await migrate(pool)
    // The server has the roles already: they are given what they need here, too.
    expect(await makeRoles(pool)).toEqual({ ok: true })
    expect(await makeServeLogin(pool, 'x')).toMatch(/The login plain may not make roles.*Nothing was changed/)
    const id = await opening(log, aPlan().do('stop').with({ live: false, targets: {} }).build(), 'plain1')
    expect((await verifyCutover(pool, id))?.findings).toEqual([])
  })
})

describe('an owner of the log who is no superuser, and may make roles', () => {
  it('makes roles and logins, and puts out whoever has the old password', async () => {
    const admin = await test.server.connect(test.url)
    await admin.query(`create role keeper login createrole password 'keeper'`)
    await admin.query('create database kept owner keeper')
    const url = test.url.replace(/cutover_log$/, 'kept')
    const { pool, log } = test.another(urlOf('keeper', 'keeper', url))
    await migrate(pool)
    await prepareQueue({ kind: 'postgres', connectionString: urlOf('keeper', 'keeper', url) })
    expect(await makeRoles(pool)).toEqual({ ok: true })
    expect(await makePoolLogin(pool, 'kept', 'old')).toMatchObject({ ok: true, what: 'made' })

    const plan = aPlan()
      .run('copy', { begin: 'auto', pool: 'kept' })
      .with({ live: false, targets: {} })
      .build()
    const id = await opening(log, plan, 'kept1')
    await say(log, id, { type: 'advance' }, LEADER)
    const own = test.another(urlOf('cutover_pool_kept', 'old', url))
    const claim = { type: 'claim', attempt: `${id}.copy.1`, worker: 'w1', host: 'h' } as const
    await say(own.log, id, claim, worker('kept'))
    expect((await verifyCutover(pool, id))?.findings).toEqual([])

    const held = await own.pool.connect()
    held.on('error', () => undefined)
    await makePoolLogin(pool, 'kept', 'new')
    const answer = await said(held.query('select 1'))
    held.release(true)
    expect(answer).toMatch(/terminat|not queryable/)
    expect(await removePoolLogin(pool, 'kept')).toBeNull()
    const { rowCount } = await admin.query(`select from pg_auth_members where member = 'keeper'::regrole`)
    expect(rowCount).toBe(0)
  })
})

describe('serve with its own login', () => {
  it('finds the log up to date, and says what is missing when it is not', async () => {
    expect(await migrate(serve.pool)).toEqual([])
    await prepareQueue({ kind: 'postgres', connectionString: urlOf('cutover_serve', 'serve') })

    const fresh = await test.server.createDatabase('behind')
    const owner = test.another(fresh).pool
    await migrate(owner)
    await makeRoles(owner)
    await owner.query(`delete from cutover.migration where name = '0006_contacts.sql'`)
    const behind = test.another(urlOf('cutover_serve', 'serve', fresh)).pool
    await expect(migrate(behind)).rejects.toThrow(LogRefused)
    expect(await said(migrate(behind))).toMatch(
      /^The log is not up to date \(0006_contacts\.sql\).*do `cutover migrate` as the owner of the log\. Nothing was changed\.$/,
    )
    expect(
      await said(
        prepareQueue({ kind: 'postgres', connectionString: urlOf('cutover_serve', 'serve', fresh) }),
      ),
    ).toMatch(/The queue beside the log is not up to date.*do `cutover migrate` as the owner/)
  })

  it('does all that a cutover needs, from the opening to its forgetting', async () => {
    const { log, pool } = serve
    const plan = aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()
    const id = await opening(log, plan, 'served')
    const presence = makePresence(pool)
    await presence.serveSeen('s1', 'test')
    expect(await presence.lead('s1', 1000)).toBe(true)
    expect(await presence.slackTeam('T1')).toBe('T1')
    await say(log, id, { type: 'advance' }, LEADER)
    const due = await makeDispatches(pool).due()
    expect(due).toMatchObject([{ attempt: `${id}.copy.1`, pool: 'db' }])
    await makeDispatches(pool).relayed(due.map(({ attempt }) => attempt))
    expect(await presence.observations({ claimedMs: 1, silentMs: 1 })).toEqual([])
    expect(await presence.releasePool('none')).toBe(false)

    const progress = makeProgressBoard(test.pool)
    await progress.put({ attempt: `${id}.copy.1`, cutover: id, done: 1, tail: 'a line' })
    await progress.putOutput(`${id}.copy.1`, Buffer.from('zipped'))
    expect((await makeProgressBoard(pool).of(id)).size).toBe(1)
    await makeContacts(pool).put(id, ANA, { phone: '+1' })
    const logins = makeLogins(pool)
    await logins.begin({ code: 'c', tokenHash: 'h', days: 1 })
    expect(await logins.confirm('c', ANA)).toBe(true)
    expect(await logins.logout(ANA)).toBe(1)
    const effects = makeSlackEffects(pool)
    await effects.begin({ cutover: id, key: 'board', kind: 'message', state: 'sending' })
    await effects.put({ cutover: id, key: 'board', kind: 'message', state: 'done' })
    const notices = makeNoticeClaims(pool)
    expect(await notices.claim(id, 'begins')).toBe('claimed')
    await notices.settle(id, 'begins', 'failed')
    await notices.reopen(id, 'begins')

    await say(log, id, { type: 'cancel', step: 'copy', reason: 'not now' }, person(ANA))
    await say(log, id, { type: 'abandon', reason: 'not needed' }, person(ANA))
    await say(log, id, { type: 'forget' }, person(ANA))
    expect(await makeContacts(pool).of(id)).toEqual(new Map())
    expect(await makeProgressBoard(pool).output(`${id}.copy.1`)).toBeNull()
    expect((await verifyCutover(pool, id))?.findings).toEqual([])
  })

  it.each([
    ['edits an event', `update cutover.event set data = '{}'`],
    ['deletes events', 'delete from cutover.event'],
    ['empties the log', 'truncate cutover.event cascade'],
    ['edits the registry', `update cutover.registry set head = ''`],
    ['shortens the registry', 'delete from cutover.registry'],
    ['removes a cutover', 'delete from cutover.cutover'],
    ['takes a guard away', 'drop trigger append_only on cutover.event'],
    ['turns triggers off', `set session_replication_role = 'replica'`],
    ['changes a table', 'alter table cutover.event add column x text'],
    ['makes a table', 'create table cutover.x ()'],
    ['drops the schema', 'drop schema cutover cascade'],
    ['gives a login a pool', `insert into cutover.pool_login values ('x', 'y')`],
    ['lets pools vote', `insert into cutover.pool_event (type, about) values ('vote cast', 'note')`],
    ['makes a role', 'create role x login'],
    ['forges what was migrated', `delete from cutover.migration`],
    [
      'registers a pool',
      `insert into cutover.pool (name, machine, pid_namespace, host, worker, version) values ('x', 'm', 'p', 'h', 'w', 'v')`,
    ],
    ['changes the form of the queue', 'drop table cutover_queue.migration'],
  ])('never %s', async (_, statement) => {
    expect(await said(serve.pool.query(statement))).toMatch(/permission denied|must be owner/)
  })
})

/** Who writes each event about attempts and pools. A new one does not compile until it is said here. */
const BY_WORKERS = {
  'attempt dispatched': false,
  'attempt claimed': true,
  'attempt spawning': true,
  'attempt running': true,
  'attempt adopted': true,
  'attempt revoked': false,
  'attempt refused': true,
  'cancel requested': false,
  'attempt ended': true,
  'attempt asked': true,
  'attempt unknown': true,
  'attempt unobserved': false,
  'attempt observed': false,
  'watch breached': true,
  'attempt blocked': true,
  'attempt unblocked': true,
  'unblock asked': false,
  'unblock begun': true,
  'unblock ended': true,
  'pool ready': true,
  'pool refused': true,
  // What the beginning of a step means for the cutover, and what was done on a host without the log.
  'cutover started': true,
  'migration began': true,
  'note added': true,
} as const satisfies Record<
  (AttemptEvent | BlockerEvent | PoolEvent)['type'] | 'cutover started' | 'migration began' | 'note added',
  boolean
>

describe('the events that a pool may write', () => {
  it('are those that a worker has to say, in the version of today', async () => {
    const { rows } = await test.pool.query<{ type: string; version: string }>(
      'select type, version::text from cutover.pool_event order by type',
    )
    const wanted = Object.entries(BY_WORKERS).flatMap(([type, isTheirs]) => (isTheirs ? [type] : []))
    expect(rows.map(({ type }) => type)).toEqual(wanted.sort())
    for (const { type, version } of rows) {
      expect(encode({ type, data: {} } as unknown as CutoverEvent, LEADER).version, type).toBe(version)
    }
  })
})
