import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import type { Presence } from '../../src/app/ports.ts'
import { BLOCKER } from '../support/blocker.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'

let test: TestLog
let presence: Presence
let cutover: string
let attempt: string

beforeAll(async () => {
  test = await startTestLog()
  presence = makePresence(test.pool)
})
afterAll(() => test.stop())

const FAILED = {
  outcome: 'failed',
  summary: 'lock timeout',
  facts: {},
  exit: 1,
  durationMs: 1,
  host: 'h1',
  digest: '',
} as const
const LIMITS = { claimedMs: 30_000, silentMs: 30_000 }
const W1 = worker('db', 'w1')

beforeEach(async () => {
  await test.pool.query('delete from cutover.pool')
  await presence.registerPool({
    name: 'db',
    machine: 'm1',
    pidNamespace: 'p1',
    host: 'h1',
    worker: 'w1',
    version: 'test',
  })
  const plan = aPlan().run('copy').with({ live: false, targets: {} }).build()
  cutover = await opening(test.log, plan)
  await say(test.log, cutover, { type: 'advance' }, LEADER)
  await say(test.log, cutover, { type: 'run', step: 'copy' }, person(ANA))
  const state = (await test.log.load(cutover))?.state
  attempt = state?.steps['copy']?.attempts[0] ?? ''
})

const claim = () => say(test.log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, W1)
const spawn = () => say(test.log, cutover, { type: 'spawn', attempt }, W1)
const running = () => say(test.log, cutover, { type: 'report running', attempt, host: 'h1' }, W1)
const whatIsSeen = async () =>
  (await presence.observations(LIMITS)).filter((one) => one.attempt === attempt).map((one) => one.what)
const hostSilentFor = (seconds: number) =>
  test.pool.query(`update cutover.pool set seen_at = now() - $1 * interval '1 second'`, [seconds])

describe('an attempt', () => {
  it('that was claimed and never spawned is seen after 30 s', async () => {
    await claim()
    expect(await whatIsSeen()).toEqual([])
    await test.pool.query(
      `update cutover.ticket set changed_at = now() - interval '31 seconds' where attempt = $1`,
      [attempt],
    )
    expect(await whatIsSeen()).toEqual(['not begun'])
  })

  it('that runs is out of sight after 30 s of silence, and in sight again afterwards', async () => {
    await claim()
    await spawn()
    await running()
    await hostSilentFor(29)
    expect(await whatIsSeen()).toEqual([])
    await hostSilentFor(31)
    expect(await whatIsSeen()).toEqual(['out of sight'])

    await say(test.log, cutover, { type: 'report unobserved', attempt, since: 0 }, LEADER)
    expect(await whatIsSeen()).toEqual([])
    await presence.poolSeen('db', 'w1')
    expect(await whatIsSeen()).toEqual(['in sight'])
    await say(test.log, cutover, { type: 'report observed', attempt }, LEADER)
    expect(await whatIsSeen()).toEqual([])
  })

  it('that is unknown is left to people, however silent its host', async () => {
    await claim()
    await spawn()
    await say(test.log, cutover, { type: 'report unknown', attempt, why: 'gone' }, W1)
    await hostSilentFor(60)
    expect(await whatIsSeen()).toEqual([])
  })

  it('keeps its pool from being released until it ended or people declared it', async () => {
    await claim()
    await spawn()
    await say(test.log, cutover, { type: 'report unknown', attempt, why: 'gone' }, W1)
    await test.pool.query(`update cutover.ticket set status = 'ended' where attempt <> $1`, [attempt])
    expect(await presence.releasePool('db')).toBe(false)

    const mark = { type: 'mark', step: 'copy', outcome: 'failed', reason: 'nothing was copied' } as const
    await say(test.log, cutover, mark, person(ANA))
    expect(await presence.releasePool('db')).toBe(false)
    await say(test.log, cutover, mark, person(BEN))
    expect(await presence.releasePool('db')).toBe(true)
  })

  it('that people asked to stop is told to its pool, and to no other, until it ended', async () => {
    await claim()
    await spawn()
    await running()
    expect(await presence.cancelRequests('db')).toEqual([])
    await say(test.log, cutover, { type: 'cancel', step: 'copy', reason: 'enough' }, person(ANA))
    expect(await presence.cancelRequests('db')).toEqual([{ attempt, cutover }])
    expect(await presence.cancelRequests('other')).toEqual([])
    const ended = {
      type: 'report ended',
      attempt,
      outcome: 'cancelled',
      summary: 'Stopped.',
      facts: {},
      exit: null,
      durationMs: 1,
      host: 'h1',
      digest: '',
    } as const
    await say(test.log, cutover, ended, W1)
    expect(await presence.cancelRequests('db')).toEqual([])
  })

  it('whose blocker is to let go is told to its pool for a minute, also after it ended, until a worker begins', async () => {
    await claim()
    await spawn()
    await running()
    await say(test.log, cutover, { type: 'report blocked', attempt, blocker: BLOCKER }, W1)
    await say(test.log, cutover, { type: 'report ended', ...FAILED, attempt }, W1)
    expect(await presence.unblockRequests('db', 60_000)).toEqual([])
    const { pid } = BLOCKER
    await say(test.log, cutover, { type: 'unblock', step: 'copy', pid, how: 'cancel' }, person(ANA))
    expect(await presence.unblockRequests('db', 60_000)).toEqual([{ attempt, cutover }])
    expect(await presence.unblockRequests('other', 60_000)).toEqual([])
    expect(await presence.unblockRequests('db', 0)).toEqual([])
    await say(test.log, cutover, { type: 'begin unblock', attempt, pid }, W1)
    expect(await presence.unblockRequests('db', 60_000)).toEqual([])
  })

  it('shows what its database says of its progress while it says nothing itself', async () => {
    const board = makeProgressBoard(test.pool)
    const shown = async () => (await board.of(cutover)).get(attempt)
    const server = { done: 4, total: 9, unit: 'blocks', label: 'CREATE INDEX' }
    await board.put({ attempt, cutover, tail: 'line' })
    await board.putServer({ attempt, cutover, progress: server })
    expect(await shown()).toMatchObject({ ...server, tail: 'line' })
    await board.put({ attempt, cutover, tail: 'next line' })
    expect(await shown()).toMatchObject({ ...server, tail: 'next line' })
    await board.putServer({ attempt, cutover, progress: undefined })
    expect(await shown()).not.toHaveProperty('done')
    await board.put({ attempt, cutover, done: 1, unit: 'files', tail: '' })
    await board.putServer({ attempt, cutover, progress: server })
    expect(await shown()).toMatchObject({ done: 1, unit: 'files' })
    expect(await shown()).not.toHaveProperty('label')
  })
})

describe('a pool', () => {
  it('belongs to the machine and PID namespace that registered it first', async () => {
    const host = { name: 'db', machine: 'm1', pidNamespace: 'p1', host: 'h1', worker: 'w2', version: 'test' }
    expect(await presence.registerPool(host)).toEqual({ ok: true })
    expect(await presence.registerPool({ ...host, machine: 'm2', host: 'h2' })).toEqual({
      ok: false,
      host: 'h1',
    })
    expect(await presence.registerPool({ ...host, pidNamespace: 'p2', host: 'h2' })).toEqual({
      ok: false,
      host: 'h1',
    })
  })
})
