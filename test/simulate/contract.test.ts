import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type {
  Append,
  CutoverLog,
  Dispatches,
  NoticeClaims,
  Presence,
  SlackEffect,
  SlackEffects,
} from '../../src/app/ports.ts'
import type { CutoverEvent } from '../../src/domain/events.ts'
import { makeDispatches } from '../../src/postgres/dispatches.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { makeSlackEffects } from '../../src/postgres/slack-effects.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { readyPool } from '../support/pools.ts'
import { ANA, aPlan, BEN, T0 } from '../support/plans.ts'
import { Database } from './database.ts'
import { directly, fakeClaims, fakeDispatches, fakeEffects, fakeLog, fakePresence } from './ports.ts'

/** Everything of the log's database that the simulator replaces, and its time. */
interface Ports {
  readonly log: CutoverLog
  readonly dispatches: Dispatches
  readonly presence: Pick<Presence, 'serveSeen' | 'lead' | 'poolSeen' | 'observations' | 'cancelRequests'>
  readonly effects: SlackEffects
  readonly claims: NoticeClaims
  /** So much later. */
  readonly pass: (ms: number) => Promise<void>
}

function inMemory(): Ports {
  let now = T0
  const database = new Database(() => now)
  return {
    log: fakeLog(database, directly),
    dispatches: fakeDispatches(database, directly),
    presence: fakePresence(database, directly),
    effects: fakeEffects(database, directly),
    claims: fakeClaims(database, directly),
    async pass(ms) {
      now += ms
    },
  }
}

let real: TestLog
beforeAll(async () => {
  real = await startTestLog()
})
afterAll(() => real.stop())

/** What the clock of a real server cannot do: everything that is there becomes older. */
async function older(ms: number): Promise<void> {
  for (const column of [
    'ticket.changed_at',
    'outbox.relayed_at',
    'pool.seen_at',
    'serve.seen_at',
    'lease.until',
    'notice.changed_at',
  ]) {
    const [table, name] = column.split('.')
    await real.pool.query(`update cutover.${table} set ${name} = ${name} - $1 * interval '1 millisecond'`, [
      ms,
    ])
  }
}

async function inPostgres(): Promise<Ports> {
  const { pool, log } = real
  await pool.query('delete from cutover.serve')
  await pool.query('delete from cutover.lease')
  await pool.query('delete from cutover.pool')
  const presence = makePresence(pool)
  await presence.registerPool({
    name: 'db',
    machine: 'm1',
    pidNamespace: 'p1',
    host: 'h1',
    worker: 'w1',
    version: 'test',
  })
  return {
    log,
    dispatches: makeDispatches(pool),
    presence,
    effects: makeSlackEffects(pool),
    claims: makeNoticeClaims(pool),
    pass: older,
  }
}

const LIMITS = { claimedMs: 30_000, silentMs: 30_000 }
const W1 = worker('db', 'w1')
const held: CutoverEvent = { type: 'cutover held', data: { reason: 'wait', because: 'person' } }

describe.each([
  ['in memory', async () => inMemory()],
  ['in PostgreSQL', inPostgres],
] as const)('the log %s', (where, start) => {
  let ports: Ports
  let cutover: string
  let opened = 0
  const id = (): string => `${where.replaceAll(' ', '')}${(opened += 1)}`.toLowerCase()

  beforeEach(async () => {
    ports = await start()
    const plan = aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()
    cutover = await opening(ports.log, plan, id())
  })

  const append = (more: Partial<Append>) =>
    ports.log.append({
      cutover,
      expected: 1,
      events: [held],
      actor: person(ANA),
      key: `${cutover}/hold`,
      ...more,
    })
  const own = <T extends { readonly cutover: string }>(found: readonly T[]): readonly T[] =>
    found.filter((one) => one.cutover === cutover)
  const dispatched = async (): Promise<string> => {
    const { state } = await say(ports.log, cutover, { type: 'advance' }, LEADER)
    return state.steps['copy']?.attempts[0] ?? ''
  }
  const claimed = async (): Promise<string> => {
    const attempt = await dispatched()
    await say(ports.log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, W1)
    return attempt
  }
  const spawned = async (): Promise<string> => {
    const attempt = await claimed()
    await say(ports.log, cutover, readyPool(), W1)
    await say(ports.log, cutover, { type: 'spawn', attempt }, W1)
    return attempt
  }

  test('takes events after the position that they were decided on, and no others', async () => {
    expect(await append({ expected: 7 })).toEqual({ ok: false, why: 'stale' })
    const appended = await append({})
    expect(appended).toMatchObject({ ok: true, state: { position: 2 }, recorded: [{ position: 2 }] })
    expect(await append({ key: 'another' })).toEqual({ ok: false, why: 'stale' })
    const loaded = await ports.log.load(cutover)
    expect(loaded?.state).toEqual(appended.ok ? appended.state : undefined)
    expect(await ports.log.load(id())).toBeNull()
  })

  test('takes a key once, and says which cutover has it', async () => {
    await append({})
    expect(await append({ expected: 2 })).toEqual({ ok: false, why: 'repeated', cutover })
    expect(await ports.log.load(cutover, `${cutover}/hold`)).toMatchObject({ repeated: true })
    expect(await ports.log.load(cutover, 'another')).toMatchObject({ repeated: false })
    const other = await opening(ports.log, aPlan().do('one').with({ live: false, targets: {} }).build(), id())
    const taken = await ports.log.append({
      cutover: other,
      expected: 1,
      events: [held],
      actor: person(ANA),
      key: `${cutover}/hold`,
    })
    expect(taken).toEqual({ ok: false, why: 'repeated', cutover })
  })

  test('takes a spawn only while a serve is there', async () => {
    expect(await append({ serveWithinMs: 15_000 })).toEqual({ ok: false, why: 'no serve' })
    await ports.presence.serveSeen('s1', 'test')
    await ports.pass(16_000)
    expect(await append({ serveWithinMs: 15_000 })).toEqual({ ok: false, why: 'no serve' })
    await ports.presence.serveSeen('s1', 'test')
    expect(await append({ serveWithinMs: 15_000 })).toMatchObject({ ok: true })
  })

  test('takes nothing of an append whose ticket is elsewhere', async () => {
    const claim: CutoverEvent = {
      type: 'attempt claimed',
      data: { attempt: `${cutover}.copy.9`, worker: 'w1', host: 'h1' },
    }
    await expect(append({ events: [held, claim] })).rejects.toThrow()
    expect(await ports.log.load(cutover)).toMatchObject({ state: { position: 1 } })
  })

  test('hands an attempt over, and again when nobody has claimed it', async () => {
    const attempt = await dispatched()
    const due = async () => own(await ports.dispatches.due()).map((one) => one.attempt)
    expect(await due()).toEqual([attempt])
    await ports.dispatches.relayed([attempt])
    expect(await due()).toEqual([])
    await ports.pass(6000)
    expect(await due()).toEqual([attempt])
    await say(ports.log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, W1)
    expect(await due()).toEqual([])
  })

  test('tells of a claim that came to nothing', async () => {
    const attempt = await claimed()
    const seen = async () => own(await ports.presence.observations(LIMITS)).map(({ what }) => what)
    expect(await seen()).toEqual([])
    await ports.pass(31_000)
    expect(await seen()).toEqual(['not begun'])
    await say(ports.log, cutover, { type: 'revoke', attempt, why: 'it went away' }, LEADER)
    expect(await seen()).toEqual([])
  })

  test('tells of a host that is silent, once, and of its return', async () => {
    await ports.presence.poolSeen('db', 'w1')
    const attempt = await spawned()
    const seen = async () => own(await ports.presence.observations(LIMITS)).map(({ what }) => what)
    await ports.pass(31_000)
    expect(await seen()).toEqual(['out of sight'])
    await say(ports.log, cutover, { type: 'report unobserved', attempt, since: 0 }, LEADER)
    expect(await seen()).toEqual([])
    await ports.presence.poolSeen('db', 'w1')
    expect(await seen()).toEqual(['in sight'])
    await say(ports.log, cutover, { type: 'report observed', attempt }, LEADER)
    expect(await seen()).toEqual([])
  })

  test('tells whom somebody asked to stop, until it has ended', async () => {
    const attempt = await spawned()
    const asked = async () => own(await ports.presence.cancelRequests('db')).map((one) => one.attempt)
    expect(await asked()).toEqual([])
    await say(ports.log, cutover, { type: 'cancel', step: 'copy', reason: 'stop' }, person(ANA))
    expect(await asked()).toEqual([attempt])
    await say(ports.log, cutover, { type: 'report unknown', attempt, why: 'it is gone' }, W1)
    const failed = { type: 'mark', step: 'copy', outcome: 'failed', reason: 'seen' } as const
    for (const who of [ANA, BEN]) await say(ports.log, cutover, failed, person(who))
    expect(await asked()).toEqual([])
  })

  test('has one leader, until its lease is over', async () => {
    expect(await ports.presence.lead('a', 10_000)).toBe(true)
    expect(await ports.presence.lead('b', 10_000)).toBe(false)
    expect(await ports.presence.lead('a', 10_000)).toBe(true)
    await ports.pass(11_000)
    expect(await ports.presence.lead('b', 10_000)).toBe(true)
    expect(await ports.presence.lead('a', 10_000)).toBe(false)
  })

  test('lists what is open, and knows decisions by their hashes', async () => {
    const isOpen = async () => (await ports.log.open()).some((one) => one.id === cutover)
    expect(await isOpen()).toBe(true)
    await say(ports.log, cutover, { type: 'abandon', reason: 'not tonight' }, person(ANA))
    expect(await isOpen()).toBe(false)
    const summary = (await ports.log.list()).find((one) => one.id === cutover)
    const events = await ports.log.events(cutover)
    expect(summary).toMatchObject({ status: 'abandoned', position: events.length, live: false })
    const anchors = await ports.log.anchors(cutover, events.length)
    const end = events.find(({ type }) => type === 'cutover abandoned')
    expect(anchors.map(({ position }) => position)).toEqual([end?.position])
    expect(anchors[0]?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await ports.log.anchors(cutover, (end?.position ?? 0) - 1)).toEqual([])
  })

  test('lets one begin what another one has not written since', async () => {
    const effect: SlackEffect = { cutover, key: 'board', kind: 'message', state: 'sending' }
    const first = await ports.effects.begin(effect)
    expect(first?.version).toBeDefined()
    expect(await ports.effects.begin(effect)).toBeNull()
    const put = await ports.effects.put({ ...effect, state: 'done', ts: '1.0' })
    expect(await ports.effects.begin({ ...effect, version: first?.version ?? '' })).toBeNull()
    expect(await ports.effects.of(cutover)).toEqual([put])
    expect(await ports.effects.begin({ ...put, state: 'pending' })).toMatchObject({ state: 'pending' })
  })

  test('has a notice claimed once, and asks afterwards', async () => {
    const { claims } = ports
    expect(await claims.claim(cutover, 'mail')).toBe('claimed')
    expect(await claims.claim(cutover, 'mail')).toBe('busy')
    await ports.pass(121_000)
    expect(await claims.claim(cutover, 'mail')).toBe('sending')
    await claims.reopen(cutover, 'mail')
    expect(await claims.claim(cutover, 'mail')).toBe('claimed')
    await claims.settle(cutover, 'mail', 'sent')
    await claims.reopen(cutover, 'mail')
    expect(await claims.claim(cutover, 'mail')).toBe('sent')
  })
})
