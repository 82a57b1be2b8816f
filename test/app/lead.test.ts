import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeLeader } from '../../src/app/lead.ts'
import type { CutoverLog, Logger, Presence, WorkQueue } from '../../src/app/ports.ts'
import { makeDispatches } from '../../src/postgres/dispatches.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
let presence: Presence
beforeAll(async () => {
  test = await startTestLog()
  presence = makePresence(test.pool)
})
afterAll(() => test.stop())
beforeEach(() => test.pool.query('delete from cutover.lease'))
// Each test has its own open cutovers.
afterEach(() =>
  test.tamper(
    'truncate cutover.event, cutover.registry, cutover.cutover, cutover.ticket, cutover.outbox, cutover.pool cascade',
  ),
)

function aQueue(over: Partial<WorkQueue> = {}) {
  const added: string[] = []
  const queue: WorkQueue = {
    add: async ({ attempt }) => void added.push(attempt),
    close: async () => undefined,
    ...over,
  }
  return { queue, added }
}

function aLeader(
  instance: string,
  over: Partial<{ log: CutoverLog; presence: Presence; queue: WorkQueue; logger: Logger }> = {},
) {
  const shown: string[] = []
  const leader = makeLeader({
    log: test.log,
    presence,
    queue: aQueue().queue,
    logger: quiet,
    dispatches: makeDispatches(test.pool),
    instance,
    version: 'test',
    advanced: (state) => void shown.push(state.id),
    ...over,
  })
  return { leader, shown }
}

const runs = () => aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()

/** A log that counts how often a cutover is loaded. */
function counting(log: CutoverLog) {
  const loads: string[] = []
  return {
    loads,
    log: { ...log, load: (id: string, key?: string) => (loads.push(id), log.load(id, key)) },
  }
}

describe('two serves', () => {
  it('have one leader; the other takes over when its lease has ended', async () => {
    const [one, two] = [aLeader('one'), aLeader('two')]
    expect(await one.leader.tick()).toBe(true)
    expect(await two.leader.tick()).toBe(false)
    const { rows } = await test.pool.query(
      'select extract(epoch from until - now()) as seconds from cutover.lease',
    )
    expect(Number(rows[0].seconds)).toBeGreaterThan(5)
    expect(Number(rows[0].seconds)).toBeLessThanOrEqual(10)

    await test.pool.query(`update cutover.lease set until = now() - interval '1 millisecond'`)
    expect(await two.leader.tick()).toBe(true)
    expect(await one.leader.tick()).toBe(false)
  })

  it('that both believe to lead do no harm: each attempt is dispatched once', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => opening(test.log, runs())))
    const { queue, added } = aQueue()
    const always = { ...presence, lead: async () => true }
    const leaders = [
      aLeader('one', { queue, presence: always }),
      aLeader('two', { queue, presence: always, log: test.another().log }),
    ]

    for (let tick = 0; tick < 3; tick += 1) await Promise.all(leaders.map(({ leader }) => leader.tick()))

    await expect.poll(() => new Set(added).size).toBe(5)
    for (const id of ids) {
      const events = await test.log.events(id)
      expect(events.filter((event) => event.type === 'attempt dispatched')).toHaveLength(1)
    }
  })
})

describe('a leader', () => {
  it('goes on with the others when one cutover cannot be advanced, and is not noisy about it', async () => {
    const newer = await opening(test.log, runs())
    const broken = await opening(test.log, runs())
    const fine = await opening(test.log, runs())
    await test.tamper(`update cutover.event set version = 9 where cutover = $1`, [newer])
    const said: string[] = []
    const logger: Logger = {
      ...quiet,
      warn: (fields) => void said.push(JSON.stringify(fields)),
      error: (fields) => void said.push(JSON.stringify(fields)),
    }
    const { log } = test.another()
    let minutes = 0
    const failing: CutoverLog = {
      ...log,
      // Two minutes from tick to tick.
      now: async () => (await log.now()) + (minutes += 2) * 60_000,
      load: (id, key) => (id === broken ? Promise.reject(new Error('cannot fold')) : log.load(id, key)),
    }
    const { leader, shown } = aLeader('one', { log: failing, logger })

    const led: boolean[] = []
    for (let tick = 0; tick < 5; tick += 1) led.push(await leader.tick())

    expect(shown).toContain(fine)
    // For a moment it lets another one lead, which may be able to read what it cannot.
    const turns = led.filter((leads) => leads).length
    expect(turns).toBeLessThan(5)
    expect(said.filter((one) => one.includes(newer))).toHaveLength(1)
    expect(said.filter((one) => one.includes(broken))).toHaveLength(turns)
  })

  it('loads nothing when nothing happened, however many cutovers are open or over', async () => {
    for (let n = 0; n < 20; n += 1) await opening(test.log, aPlan().do('stop').with(REHEARSAL).build())
    const over = await opening(test.log, aPlan().do('stop').with(REHEARSAL).build())
    await say(test.log, over, { type: 'abandon', reason: 'not needed' }, person(ANA))
    await test.pool.query(
      `insert into cutover.cutover (id, position, head, status, title, runbook, environment, live, channel_name, planned_start_ms)
       select 'old' || n, 1, '', 'closed', '', '', '', false, '', 0 from generate_series(1, 200) n`,
    )
    const { log, loads } = counting(test.log)
    const { leader } = aLeader('one', { log })

    await leader.tick()
    expect(new Set(loads).size).toBe(20)
    loads.length = 0
    for (let tick = 0; tick < 10; tick += 1) await leader.tick()
    expect(loads).toEqual([])

    const [first] = await test.log.open()
    await say(test.log, first!.id, { type: 'note', text: 'something' }, person(ANA))
    await leader.tick()
    expect(new Set(loads)).toEqual(new Set([first!.id]))
  })

  it('shows a cutover once more when it has ended', async () => {
    const id = await opening(test.log, aPlan().do('stop').with(REHEARSAL).build())
    const { leader, shown } = aLeader('one')
    await leader.tick()
    shown.length = 0
    await say(test.log, id, { type: 'abandon', reason: 'not needed' }, person(ANA))
    await leader.tick()
    await leader.tick()
    expect(shown).toEqual([id])
  })

  it('acts at the time at which something becomes due, though nothing else happens', async () => {
    const id = await opening(
      test.log,
      aPlan()
        .phase('main', { kind: 'elapsed', ms: -3_599_000 })
        .do('stop')
        .with({ ...REHEARSAL, live: true })
        .build(),
    )
    const { leader } = aLeader('one')
    await leader.tick()
    expect((await test.log.load(id))?.state.steps['stop']?.status).toBe('pending')
    await expect
      .poll(
        async () => {
          await leader.tick()
          return (await test.log.load(id))?.state.steps['stop']?.status
        },
        { timeout: 5000 },
      )
      .toBe('due')
  })

  it('is not held up by a queue that hangs', async () => {
    await opening(test.log, runs())
    const { queue } = aQueue({ add: () => new Promise(() => undefined) })
    const { leader } = aLeader('one', { queue })
    const before = performance.now()
    for (let tick = 0; tick < 3; tick += 1) await leader.tick()
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it('hands an attempt over again when nobody claims it', async () => {
    await opening(test.log, runs())
    const { queue, added } = aQueue()
    const { leader } = aLeader('one', { queue })
    await leader.tick()
    await expect.poll(() => added.length).toBe(1)
    await leader.tick()
    await test.pool.query(`update cutover.outbox set relayed_at = now() - interval '6 seconds'`)
    await leader.tick()
    await expect.poll(() => added.length).toBe(2)
    expect(new Set(added).size).toBe(1)
  })
})

const REHEARSAL = { live: false, targets: {} }

describe('a host', () => {
  const W1 = worker('db', 'w1')
  const registration = {
    name: 'db',
    machine: 'm1',
    pidNamespace: 'p1',
    host: 'h1',
    worker: 'w1',
    version: 'test',
  }

  async function claimed() {
    await presence.registerPool(registration)
    const cutover = await opening(test.log, runs())
    await say(test.log, cutover, { type: 'advance' }, LEADER)
    const attempt = (await test.log.load(cutover))!.state.steps['copy']!.attempts[0]!
    await say(test.log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, W1)
    return { cutover, attempt }
  }

  it('that went away between claim and spawn loses the attempt, which is given out anew', async () => {
    const { cutover, attempt } = await claimed()
    const { queue, added } = aQueue()
    const { leader } = aLeader('one', { queue })
    await leader.tick()
    expect((await test.log.load(cutover))?.state.attempts[attempt]?.status).toBe('claimed')

    await test.pool.query(`update cutover.ticket set changed_at = now() - interval '31 seconds'`)
    await leader.tick()
    const { state } = (await test.log.load(cutover))!
    expect(state.attempts[attempt]?.status).toBe('revoked')
    expect(state.attempts[state.steps['copy']!.attempts[1]!]).toMatchObject({ status: 'dispatched', n: 2 })
    await leader.tick()
    await expect.poll(() => added).toContain(state.steps['copy']!.attempts[1])
  })

  it('that is silent for more than 30 s leaves its attempt unobserved, and observed again when it is back', async () => {
    const { cutover, attempt } = await claimed()
    await say(test.log, cutover, { type: 'spawn', attempt }, W1)
    await say(test.log, cutover, { type: 'report running', attempt, host: 'h1' }, W1)
    const { leader } = aLeader('one')
    const status = async () => {
      await leader.tick()
      return (await test.log.load(cutover))?.state.attempts[attempt]?.status
    }
    expect(await status()).toBe('running')
    await test.pool.query(`update cutover.pool set seen_at = now() - interval '31 seconds'`)
    expect(await status()).toBe('unobserved')
    expect((await test.log.load(cutover))?.state.steps['copy']?.status).toBe('unknown')
    await presence.poolSeen('db', 'w1')
    expect(await status()).toBe('running')
    expect((await test.log.load(cutover))?.state.steps['copy']?.status).toBe('active')
    const events = await test.log.events(cutover)
    expect(events.filter(({ type }) => type === 'attempt unobserved')).toHaveLength(1)
  })
})
