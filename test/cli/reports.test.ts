import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { makeReports } from '../../src/cli/worker/reports.ts'
import type { Actor } from '../../src/domain/events.ts'
import type { Ended, SupervisorReport } from '../../src/process/report.ts'
import { Database } from '../simulate/database.ts'
import { directly, fakeLog, noProgress } from '../simulate/ports.ts'
import { LEADER } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { aPlan, T0 } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'

const ACTOR: Extract<Actor, { kind: 'worker' }> = { kind: 'worker', pool: 'db', worker: 'w1' }
const root = mkdtempSync(join(tmpdir(), 'cutover-reports-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let report: SupervisorReport
let attempt: string
let stateOf: () => Promise<object>

/** A check that was authorised, and a host that tells of it. */
beforeEach(async () => {
  const log = fakeLog(new Database(() => T0), directly)
  const cutover = await opening(
    log,
    aPlan().check('look').with({ live: false, targets: {} }).build(),
    'reports1',
  )
  const { state } = await say(log, cutover, { type: 'advance' }, LEADER)
  attempt = state.steps['look']?.attempts[0] ?? ''
  await say(log, cutover, readyPool(), ACTOR)
  await say(log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, ACTOR)
  await say(log, cutover, { type: 'spawn', attempt }, ACTOR)
  const spool = { root, runner: '', minFreeBytes: 0 }
  report = makeReports({ log, progress: noProgress, spool, actor: ACTOR, host: 'h1', logger: quiet })
  stateOf = async () => {
    const loaded = await log.load(cutover)
    return { ...loaded?.state.attempts[attempt], step: loaded?.state.steps['look']?.status }
  }
})

const ended = (change: Partial<Ended['result']>, facts: Ended['facts'] = null): Ended => ({
  result: {
    code: 0,
    signal: null,
    durationMs: 5,
    endedAt: T0,
    cancelled: false,
    leftovers: 0,
    forced: false,
    survivors: 0,
    ...change,
  },
  facts,
  digest: null,
  tail: [],
})
const green = { verdict: 'green', answer: 'all is well', facts: {} } as const

describe('what a host tells of an attempt', () => {
  test.each(['dead', 'elsewhere'] as const)(
    'that is %s without a result is that nobody knows',
    async (cause) => {
      await report.lost(attempt, { cause, why: 'nothing of it is alive', digest: null, tail: [] })
      expect(await stateOf()).toMatchObject({ status: 'unknown', step: 'unknown' })
    },
  )

  test('that was never started is that nothing was changed', async () => {
    await report.lost(attempt, { cause: 'never started', why: 'it was fenced', digest: null, tail: [] })
    expect(await stateOf()).toMatchObject({ status: 'refused', step: 'failed' })
  })

  test('that ended well is its verdict', async () => {
    await report.ended(attempt, ended({}, green))
    expect(await stateOf()).toMatchObject({ outcome: 'succeeded', verdict: 'green', step: 'done' })
  })

  test('that was killed after it had written its verdict is no success', async () => {
    await report.ended(attempt, ended({ code: null, signal: 'SIGKILL' }, green))
    expect(await stateOf()).toMatchObject({ outcome: 'failed', step: 'failed' })
  })

  test('that was cancelled is no success, whatever its exit', async () => {
    await report.ended(attempt, ended({ cancelled: true }, green))
    expect(await stateOf()).toMatchObject({ outcome: 'cancelled', step: 'failed' })
  })

  test('twice counts once', async () => {
    await report.ended(attempt, ended({}, green))
    const once = await stateOf()
    await report.ended(attempt, ended({}, green))
    expect(await stateOf()).toEqual(once)
  })
})
