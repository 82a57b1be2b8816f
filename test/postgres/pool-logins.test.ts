import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LogRefused } from '../../src/app/log-errors.ts'
import type { CutoverLog } from '../../src/app/ports.ts'
import { eventHash, type StoredEvent } from '../../src/postgres/hash.ts'
import { makePoolLogin, removePoolLogin } from '../../src/postgres/pool-logins.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { makeRoles } from '../../src/postgres/roles.ts'
import { storedEvents, verifyCutover } from '../../src/postgres/verify.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

const DB = worker('db', 'w1')
const WEB = worker('web', 'w2')

let test: TestLog
/** The log as a worker of the pool `db` has it. */
let own: { readonly log: CutoverLog; readonly pool: TestLog['pool'] }
/** The same login, with nothing of Cutover between it and the database. */
let thief: Client
let id: string

const urlOf = (login: string, password: string) => {
  const url = new URL(test.url)
  url.username = login
  url.password = password
  return url.href
}

beforeAll(async () => {
  test = await startTestLog()
  await makeRoles(test.pool)
  for (const pool of ['db', 'web']) await makePoolLogin(test.pool, pool, `secret-${pool}`)
  own = test.another(urlOf('cutover_pool_db', 'secret-db'))
  thief = await test.server.connect(urlOf('cutover_pool_db', 'secret-db'))
  await makePresence(test.pool).serveSeen('s1', 'test')
})
afterAll(() => test.stop())

beforeEach(async () => {
  id = await opening(
    test.log,
    aPlan()
      .run('copy', { begin: 'auto', parallel: true })
      .run('warm', { begin: 'auto', parallel: true, pool: 'web' })
      .decide('go')
      .with({ live: false, targets: {} })
      .build(),
  )
  await say(test.log, id, { type: 'advance' }, LEADER)
  const { rowCount } = await test.pool.query('select from cutover.ticket where cutover = $1', [id])
  expect(rowCount).toBe(2)
})

const mine = () => `${id}.copy.1`
const theirs = () => `${id}.warm.1`

/** What a whole event would be, right in everything but what a test changes of it. */
interface Forged {
  readonly type: string
  readonly data: object
  readonly actor?: object
  readonly version?: string
  readonly key?: string
  readonly later?: number
  readonly atMs?: number
  readonly hash?: string
  readonly previous?: string
}

async function forge(forged: Forged): Promise<StoredEvent> {
  const rows = await storedEvents(test.pool, id)
  const last = rows.at(-1)
  const row = {
    cutover: id,
    position: String(Number(last?.position) + 1 + (forged.later ?? 0)),
    type: forged.type,
    version: forged.version ?? '1',
    at_ms: String((await test.log.now()) + (forged.atMs ?? 0)),
    actor: JSON.stringify(forged.actor ?? DB),
    key: forged.key ?? null,
    data: JSON.stringify(forged.data),
    previous: forged.previous ?? last?.hash ?? '',
  }
  return { ...row, hash: forged.hash ?? eventHash(row) }
}

async function insert(forged: Forged): Promise<void> {
  const row = await forge(forged)
  await thief.query(
    `insert into cutover.event (cutover, position, type, version, at_ms, actor, key, data, previous, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.cutover,
      row.position,
      row.type,
      row.version,
      row.at_ms,
      row.actor,
      row.key,
      row.data,
      row.previous,
      row.hash,
    ],
  )
}

const said = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing stood in its way',
    (error: Error) => error.message,
  )

const claimed = (more: Partial<Forged> = {}): Forged => ({
  type: 'attempt claimed',
  data: { attempt: mine(), worker: 'w1', host: 'h1' },
  ...more,
})

async function begun(): Promise<void> {
  await say(own.log, id, { type: 'claim', attempt: mine(), worker: 'w1', host: 'h1' }, DB)
  await say(own.log, id, { type: 'spawn', attempt: mine() }, DB)
  await say(own.log, id, { type: 'report running', attempt: mine(), host: 'h1' }, DB)
}

const ended = {
  type: 'report ended',
  outcome: 'succeeded',
  summary: 'fine',
  facts: { rows: 3, 'a "quoted" name': 'Grüße \u0001 \u2028 \\ ✓' },
  exit: 0,
  durationMs: 5,
  host: 'h1',
  digest: 'd'.repeat(64),
} as const

describe('the login of a pool', () => {
  it('takes an attempt of its pool from the claim to its end, and the chain stays whole', async () => {
    const presence = makePresence(own.pool)
    const host = { name: 'db', machine: 'm', pidNamespace: 'p', host: 'h1', worker: 'w1', version: 'test' }
    expect(await presence.registerPool(host)).toEqual({ ok: true })
    await presence.poolSeen('db', 'w1')
    await begun()
    const progress = makeProgressBoard(own.pool)
    const left = { lowMs: 60_000, highMs: 90_000, unknown: 1 }
    await progress.put({ attempt: mine(), cutover: id, done: 1, total: 2, left, tail: 'half of it' })
    expect((await makeProgressBoard(test.pool).of(id)).get(mine())).toMatchObject({ done: 1, left })
    await progress.put({ attempt: mine(), cutover: id, tail: 'the same' })
    expect((await makeProgressBoard(test.pool).of(id)).get(mine())).toMatchObject({ done: 1, left })
    await progress.putServer({ attempt: mine(), cutover: id, progress: undefined })
    await progress.putOutput(mine(), Buffer.alloc(1_500_000))
    await say(own.log, id, { ...ended, attempt: mine() }, DB)
    await say(own.log, id, { type: 'report local act', text: 'On h1, ben held the worker' }, DB)
    await say(test.log, id, { type: 'advance' }, LEADER)

    expect((await test.log.load(id))?.state.steps['copy']?.status).toBe('done')
    expect((await verifyCutover(test.pool, id))?.findings).toEqual([])
    expect(await presence.installation()).not.toBe('')
    expect(await presence.cancelRequests('db')).toEqual([])
  })

  it('loses an attempt that somebody stopped, as with any other login', async () => {
    await say(test.log, id, { type: 'cancel', step: 'copy', reason: 'not now' }, person(ANA))
    await expect(
      say(own.log, id, { type: 'claim', attempt: mine(), worker: 'w1', host: 'h1' }, DB),
    ).rejects.toThrow('was refused')
  })

  it('gets a sentence for what it may not do', async () => {
    const note = handle(own.log, { type: 'note added', data: { text: 'let us go on' } })
    await expect(note).rejects.toThrow(LogRefused)
    expect(await said(note)).toBe(
      'The log refuses this: an event by the login of the pool db has one of its workers as actor. Nothing was changed. Each worker needs the login of its own pool, and `serve` its own.',
    )
    const host = { name: 'web', machine: 'm', pidNamespace: 'p', host: 'h1', worker: 'w1', version: 'test' }
    expect(await said(makePresence(own.pool).registerPool(host))).toMatch(
      /cutover_pool_db is that of the pool db: it may not speak for another one\. Nothing was changed/,
    )
    expect(await said(makePresence(own.pool).lead('me', 1000))).toMatch(
      /the login in CUTOVER_DATABASE_URL may not do it/,
    )
  })

  it('is out, and stays out, when it is taken away or gets another password', async () => {
    const log = test.another(urlOf('cutover_pool_web', 'secret-web'))
    expect(await said(log.pool.query('select 1'))).toBe('nothing stood in its way')
    expect(await makePoolLogin(test.pool, 'web', 'another')).toMatchObject({ ok: true, what: 'rotated' })
    expect(await said(log.pool.query('select 1'))).not.toBe('nothing stood in its way')
    expect(await said(log.pool.query('select 1'))).toMatch(/password authentication failed/)

    const again = test.another(urlOf('cutover_pool_web', 'another'))
    expect(await said(again.pool.query('select 1'))).toBe('nothing stood in its way')
    expect(await removePoolLogin(test.pool, 'web')).toBeNull()
    await expect.poll(() => said(again.pool.query('select 1'))).toMatch(/authentication failed/)
    expect(await removePoolLogin(test.pool, 'web')).toMatch(/has no login of its own/)
    await makePoolLogin(test.pool, 'web', 'secret-web')
  })
})

/** Appends by the product's own code, as whoever stole the login and has our source. */
async function handle(log: CutoverLog, event: { type: 'note added'; data: { text: string } }) {
  const state = (await test.log.load(id))!.state
  return log.append({
    cutover: id,
    expected: state.position,
    events: [event],
    actor: person(ANA),
    key: randomUUID(),
  })
}

describe('an event that a pool may not write', () => {
  it.each<[string, () => Forged, RegExp]>([
    [
      'a vote',
      () => ({
        type: 'vote cast',
        data: { gate: 'go', round: 1, vote: 'go', role: 'lead', evidence: [] },
        actor: person(ANA),
      }),
      /may not write "vote cast"/,
    ],
    [
      'a decision',
      () => ({
        type: 'gate decided',
        data: { gate: 'go', round: 1, decision: 'go', evidence: [], took: 'go' },
      }),
      /may not write "gate decided"/,
    ],
    [
      'a tick',
      () => ({ type: 'step ticked', data: { step: 'copy', result: 'done', fields: {} } }),
      /may not write/,
    ],
    ['a skip', () => ({ type: 'step skipped', data: { step: 'copy', reason: 'x' } }), /may not write/],
    [
      'a mark',
      () => ({ type: 'step marked', data: { step: 'copy', outcome: 'succeeded', reason: 'x' } }),
      /may not write/,
    ],
    ['a resume', () => ({ type: 'cutover resumed', data: {} }), /may not write/],
    ['an end', () => ({ type: 'cutover closed', data: {} }), /may not write/],
    [
      'a role',
      () => ({ type: 'role assigned', data: { role: 'lead', holder: { person: 'UEVE' } } }),
      /may not write/,
    ],
    [
      'a dispatch to itself',
      () => ({
        type: 'attempt dispatched',
        data: { attempt: `${id}.copy.2`, step: 'copy', n: 2, pool: 'db' },
      }),
      /may not write/,
    ],
    ['a type that nobody knows', () => ({ type: 'cutover started!', data: {} }), /may not write/],
    [
      'an attempt of another pool',
      () => ({ type: 'attempt claimed', data: { attempt: theirs(), worker: 'w1', host: 'h1' } }),
      /about no attempt of the pool db/,
    ],
    [
      'an attempt that is not there',
      () => ({ type: 'attempt claimed', data: { attempt: `${id}.copy.9`, worker: 'w1', host: 'h1' } }),
      /about no attempt of the pool db/,
    ],
    [
      'an end of what never began',
      () => ({ type: 'attempt ended', data: { ...ended, attempt: mine() } }),
      /is dispatched: "attempt ended" does not follow/,
    ],
    [
      'the start of a step it has not claimed',
      () => ({ type: 'cutover started', data: { step: 'copy' } }),
      /no step that the pool db is at/,
    ],
    [
      'the start of a step of another pool',
      () => ({ type: 'migration began', data: { step: 'warm' } }),
      /no step that the pool db is at/,
    ],
    [
      'a breach of a watch it does not watch',
      () => ({ type: 'watch breached', data: { step: 'warm', check: 'x', answer: 'y' } }),
      /no step that the pool db is at/,
    ],
    [
      'the answer of another pool',
      () => ({ type: 'pool ready', data: { pool: 'web', hash: 'a', programs: [], ignored: [] } }),
      /speaks for another pool than db/,
    ],
    [
      'a note with a name under it',
      () => ({ type: 'note added', data: { text: 'GO', author: ANA } }),
      /a note of a pool has nothing but its text/,
    ],
    ['by a person', () => claimed({ actor: person(ANA) }), /has one of its workers as actor/],
    ['by the leader', () => claimed({ actor: LEADER }), /has one of its workers as actor/],
    ['by a worker of another pool', () => claimed({ actor: WEB }), /has one of its workers as actor/],
    [
      'by a worker who is a person, too',
      () => claimed({ actor: { ...DB, person: ANA } }),
      /has one of its workers as actor/,
    ],
    ['after a hole', () => claimed({ later: 1 }), /does not follow the last one/],
    ['in place of another one', () => claimed({ later: -1 }), /does not follow the last one/],
    ['on another chain', () => claimed({ previous: 'a'.repeat(64) }), /does not follow the last one/],
    ['with a hash of something else', () => claimed({ hash: 'a'.repeat(64) }), /does not bear its hash/],
    ['of tomorrow', () => claimed({ atMs: 86_400_000 }), /not dated by the clock of the log/],
    ['of yesterday', () => claimed({ atMs: -86_400_000 }), /not dated by the clock of the log/],
    ['of a version that nobody can read', () => claimed({ version: '2' }), /has no version 2 here/],
    [
      'with the key of a click that is to come',
      () => claimed({ key: `slack/${id}/${ANA}/gate/go/1/no-go` }),
      /the key of "attempt claimed" is not one of the pool db/,
    ],
    [
      'without what its readers count on',
      () => claimed({ data: { attempt: mine(), worker: 3 } }),
      /has no usable (worker|host)/,
    ],
  ])('%s', async (_, forged, why) => {
    const before = await storedEvents(test.pool, id)
    expect(await said(insert(forged()))).toMatch(why)
    expect(await storedEvents(test.pool, id)).toEqual(before)
  })

  it('is refused in a cutover that does not need this pool, whatever it is', async () => {
    const plan = aPlan().run('warm', { pool: 'web' }).with({ live: false, targets: {} }).build()
    id = await opening(test.log, plan)
    expect(await said(insert({ type: 'note added', data: { text: 'x' } }))).toMatch(
      /no step of the cutover .* runs in the pool db/,
    )
    expect(
      await said(insert({ type: 'pool ready', data: { pool: 'db', hash: 'a', programs: [], ignored: [] } })),
    ).toMatch(/no step of the cutover .* runs in the pool db/)
  })

  it('does not start a cutover again that runs, nor its migration, nor by a step that changes nothing', async () => {
    await say(test.log, id, { type: 'claim', attempt: mine(), worker: 'w1', host: 'h1' }, DB)
    const start = { type: 'cutover started', data: { step: 'copy' } }
    const began = { type: 'migration began', data: { step: 'copy' } }
    expect(await said(insert(start))).toMatch(/the step copy does not start the cutover/)
    await insert(began)
    expect(await said(insert(began))).toMatch(/has begun before/)

    const changes = { begin: 'auto', parallel: true, mutating: true, irreversible: 'a test' } as const
    const plan = aPlan().run('copy', changes).run('also', changes).with({ live: false, targets: {} }).build()
    id = await opening(test.log, plan)
    await say(test.log, id, { type: 'advance' }, LEADER)
    const also = { type: 'claim', attempt: `${id}.also.1`, worker: 'w1', host: 'h1' } as const
    for (const claim of [{ ...also, attempt: mine() }, also]) await say(own.log, id, claim, DB)
    await say(own.log, id, { type: 'spawn', attempt: mine() }, DB)
    expect((await test.log.load(id))?.state.status).toBe('running')
    expect(await said(insert({ ...start, data: { step: 'also' } }))).toMatch(/does not start the cutover/)
    await say(own.log, id, { type: 'spawn', attempt: `${id}.also.1` }, DB)
  })

  it('is refused in a cutover that is over', async () => {
    await say(test.log, id, { type: 'cancel', step: 'copy', reason: 'x' }, person(ANA))
    await say(test.log, id, { type: 'cancel', step: 'warm', reason: 'x' }, person(ANA))
    await say(test.log, id, { type: 'abandon', reason: 'x' }, person(ANA))
    expect(await said(insert({ type: 'note added', data: { text: 'x' } }))).toMatch(/the cutover .* is over/)
  })

  it('but its own claim is taken, and the next one follows it', async () => {
    await insert(claimed({ key: `${mine()}/claim` }))
    expect(await said(insert(claimed({ later: -1 })))).toMatch(/does not follow|duplicate key/)
    // Written past our code, the event stands and stops nobody.
    expect((await verifyCutover(test.pool, id))?.findings).toEqual([])
    await say(test.log, id, { type: 'note', text: 'we go on' }, person(ANA))
  })
})

describe('a statement that a pool may not say', () => {
  it.each<[string, () => string, RegExp]>([
    [
      'edits an event',
      () => `update cutover.event set data = '{}' where cutover = '${id}'`,
      /permission denied/,
    ],
    ['deletes events', () => `delete from cutover.event where cutover = '${id}'`, /permission denied/],
    ['empties the log', () => 'truncate cutover.event cascade', /permission denied/],
    ['takes the guard away', () => 'drop trigger of_own_pool on cutover.event', /must be owner/],
    [
      'replaces the guard',
      () => `create or replace function cutover.acting_pool() returns text language sql as 'select null'`,
      /permission denied|must be owner/,
    ],
    ['turns triggers off', () => `set session_replication_role = 'replica'`, /permission denied/],
    ['is somebody else', () => 'set session authorization postgres', /permission denied/],
    ['is serve', () => 'set role cutover_serve', /permission denied/],
    [
      'gives itself a pool',
      () => `insert into cutover.pool_login values ('cutover_pool_db', 'web')`,
      /permission denied/,
    ],
    [
      'allows itself votes',
      () => `insert into cutover.pool_event (type, about) values ('vote cast', 'note')`,
      /permission denied/,
    ],
    [
      'opens a cutover',
      () =>
        `insert into cutover.cutover (id, head, status, title, runbook, environment, live, channel_name, planned_start_ms) values ('x', '', '', '', '', '', false, '', 1)`,
      /permission denied/,
    ],
    [
      'moves the head',
      () => `update cutover.cutover set head = 'x' where id = '${id}'`,
      /otherwise than by its events/,
    ],
    [
      'moves the position',
      () => `update cutover.cutover set position = position + 1 where id = '${id}'`,
      /otherwise than by its events/,
    ],
    [
      'closes the cutover in the lists',
      () => `update cutover.cutover set status = 'closed' where id = '${id}'`,
      /otherwise than by its events/,
    ],
    [
      'starts it without an event',
      () => `update cutover.cutover set status = 'running' where id = '${id}'`,
      /otherwise than by its events/,
    ],
    [
      'makes it a rehearsal',
      () => `update cutover.cutover set live = not live where id = '${id}'`,
      /otherwise than by its events/,
    ],
    [
      'frees its targets',
      () => `update cutover.cutover set targets = '{}' where id = '${id}'`,
      /permission denied/,
    ],
    [
      'makes itself a ticket',
      () =>
        `insert into cutover.ticket (attempt, cutover, step, pool, status) values ('x', '${id}', 'copy', 'db', 'dispatched')`,
      /permission denied/,
    ],
    [
      'claims without an event',
      () => `update cutover.ticket set status = 'claimed', worker = 'w' where attempt = '${mine()}'`,
      /moves with its events only/,
    ],
    [
      'hides that it ended',
      () => `update cutover.ticket set sight = 'unknown' where attempt = '${mine()}'`,
      /moves with its events only/,
    ],
    [
      'ends an attempt of another pool',
      () => `update cutover.ticket set status = 'ended' where attempt = '${theirs()}'`,
      /is not one of the pool db/,
    ],
    [
      'takes an attempt of another pool',
      () => `update cutover.ticket set pool = 'db' where attempt = '${theirs()}'`,
      /permission denied/,
    ],
    [
      'forgets a cancel',
      () => `update cutover.ticket set cancel_requested = false where attempt = '${mine()}'`,
      /permission denied/,
    ],
    ['reads the outbox', () => 'select from cutover.outbox', /permission denied/],
    [
      'writes into the registry',
      () => `insert into cutover.registry values (9, 'closed', '${id}', '', 1, '', '')`,
      /permission denied/,
    ],
    [
      'tells of progress elsewhere',
      () => `insert into cutover.progress (attempt, cutover, tail) values ('${theirs()}', '${id}', 'lies')`,
      /is not an attempt of the pool db/,
    ],
    [
      'puts progress into another cutover',
      () => `insert into cutover.progress (attempt, cutover, tail) values ('${mine()}', 'c0', 'lies')`,
      /is not an attempt of the cutover c0/,
    ],
    ['reads what others print', () => 'select tail from cutover.progress', /permission denied/],
    [
      'writes output of others',
      () => `insert into cutover.output values ('${theirs()}', 0, '')`,
      /is not an attempt of the pool db/,
    ],
    ['reads output of others', () => 'select bytes from cutover.output', /permission denied/],
    [
      'fills the log with output',
      () => `insert into cutover.output values ('${mine()}', 64, '')`,
      /longer than 64 chunks/,
    ],
    [
      'registers another pool',
      () =>
        `insert into cutover.pool (name, machine, pid_namespace, host, worker, version) values ('web', 'm', 'p', 'h', 'w', 'v')`,
      /may not speak for another one/,
    ],
    [
      'moves its pool to another machine',
      () => `update cutover.pool set machine = 'x' where name = 'db'`,
      /permission denied/,
    ],
    ['frees a pool', () => `delete from cutover.pool where name = 'db'`, /permission denied/],
    [
      'says that serve is alive',
      () => `insert into cutover.serve (instance, version) values ('s', 'v')`,
      /permission denied/,
    ],
    ['takes the lease', () => `update cutover.lease set until = 'infinity'`, /permission denied/],
    ['reads logins', () => 'select from cutover.login', /permission denied/],
    [
      'makes a login',
      () => `insert into cutover.login (code, token_hash, ends_at) values ('c', 'h', 'infinity')`,
      /permission denied/,
    ],
    ['reads phone numbers', () => 'select from cutover.contact', /permission denied/],
    ['reads what is in Slack', () => 'select from cutover.slack_effect', /permission denied/],
    ['lets a notice go out twice', () => 'delete from cutover.notice', /permission denied/],
    [
      'pins another workspace',
      () => `update cutover.installation set slack_team = 'T1'`,
      /permission denied/,
    ],
    ['makes a table', () => 'create table cutover.mine ()', /permission denied/],
    ['makes a role', () => 'create role another login', /permission denied/],
    ['runs a program', () => `copy (select 1) to program 'true'`, /permission denied|must be superuser/],
  ])('%s', async (_, statement, why) => {
    expect(await said(thief.query(statement()))).toMatch(why)
  })
})

describe('a login that nobody made for this', () => {
  it('writes nothing, although it is in the group of the workers', async () => {
    const admin = await test.server.connect(test.url)
    await admin.query(`create role stray login password 'stray' in role cutover_worker`)
    const stray = await test.server.connect(urlOf('stray', 'stray'))
    expect(await said(stray.query(`update cutover.cutover set head = head where id = $1`, [id]))).toMatch(
      /the login stray is neither that of `serve` nor that of a pool/,
    )
  })

  it('is not taken over: a role of that name that another log made stays as it is', async () => {
    const admin = await test.server.connect(test.url)
    await admin.query('create role cutover_pool_other login')
    expect(await makePoolLogin(test.pool, 'other', 'x')).toEqual({
      ok: false,
      why: expect.stringMatching(/already, and this log did not make it.*Nothing was changed/),
    })
  })
})
