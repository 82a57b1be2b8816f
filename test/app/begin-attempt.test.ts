import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AttemptRefused } from '../../src/app/attempt-work.ts'
import { beginAttempt, type AttemptHost } from '../../src/app/begin-attempt.ts'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { CutoverLog } from '../../src/app/ports.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { beforeAppend, say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

interface Seen {
  readonly host: AttemptHost
  readonly did: string[]
}

function aHost(over: Partial<AttemptHost> = {}): Seen {
  const did: string[] = []
  const host: AttemptHost = {
    answer: async () => readyPool(),
    prepare: async () => void did.push('prepare'),
    start: async () => void did.push('start'),
    discard: async () => void did.push('discard'),
    ...over,
  }
  return { host, did }
}

function begin(
  job: { cutover: string; attempt: string },
  seen: Seen,
  name = 'w1',
  log: CutoverLog = test.log,
) {
  const actor = worker('db', name) as Extract<ReturnType<typeof worker>, { kind: 'worker' }>
  return beginAttempt({ log, host: seen.host, actor, hostName: 'h1', logger: quiet }, job)
}

/** An attempt that waits for a worker, and a `serve` that was seen just now. */
async function dispatched() {
  await makePresence(test.pool).serveSeen('s1', 'test')
  const plan = aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()
  const cutover = await opening(test.log, plan)
  await say(test.log, cutover, { type: 'advance' }, LEADER)
  const attempt = (await attemptOf(cutover)).id
  return { cutover, attempt }
}

async function attemptOf(cutover: string, n = 0) {
  const { state } = (await test.log.load(cutover))!
  return state.attempts[state.steps['copy']!.attempts[n]!]!
}

describe('an attempt', () => {
  it('starts once, however many jobs of however many workers say so', async () => {
    const job = await dispatched()
    const seen = aHost()
    const logs = [test.log, test.another().log]

    await Promise.all(
      Array.from({ length: 100 }, (_, n) => begin(job, seen, n % 2 === 0 ? 'w1' : 'w2', logs[n % 2])),
    )

    expect(seen.did).toEqual(['prepare', 'start'])
    expect((await attemptOf(job.cutover)).status).toBe('spawning')
  })

  it('that cannot be prepared is refused with the reason, and nothing is started', async () => {
    const job = await dispatched()
    const seen = aHost({
      prepare: () => Promise.reject(new AttemptRefused('The disk is full.', 'Make room.')),
    })
    await begin(job, seen)
    expect(seen.did).toEqual([])
    expect(await attemptOf(job.cutover)).toMatchObject({
      status: 'refused',
      error: { message: 'The disk is full.', hint: 'Make room.' },
    })
  })

  it('says nothing of the driver when preparing fails in an unexpected way', async () => {
    const job = await dispatched()
    await begin(job, aHost({ prepare: () => Promise.reject(new Error('ECONNRESET at Socket._read')) }))
    expect(JSON.stringify(await attemptOf(job.cutover))).not.toContain('ECONNRESET')
  })

  it('is discarded and not started when it was held while it was prepared', async () => {
    const job = await dispatched()
    const seen = aHost()
    const host = {
      ...seen.host,
      prepare: async () =>
        void (await say(test.log, job.cutover, { type: 'hold', reason: 'wait' }, person(ANA))),
    }
    await begin(job, { ...seen, host })
    expect(seen.did).toEqual(['discard'])
  })

  it('whose worker woke up after it was taken back starts nothing', async () => {
    const job = await dispatched()
    const seen = aHost()
    const host = {
      ...seen.host,
      prepare: async () =>
        void (await say(
          test.log,
          job.cutover,
          { type: 'revoke', attempt: job.attempt, why: 'its worker went away' },
          LEADER,
        )),
    }
    await begin(job, { ...seen, host })
    expect(seen.did).toEqual(['discard'])
    const again = await attemptOf(job.cutover, 1)
    expect(again).toMatchObject({ n: 2, status: 'dispatched' })
    await begin({ ...job, attempt: again.id }, seen, 'w2')
    expect(seen.did).toEqual(['discard', 'prepare', 'start'])
  })

  it('is not refused because the log was away for a moment: its claim is taken back, and it is given out again', async () => {
    const job = await dispatched()
    const seen = aHost()
    const away = beforeAppend(test.log, async ({ events }) => {
      if (events.some(({ type }) => type === 'pool ready')) throw new LogUnavailable(new Error('reset'))
    })
    await expect(begin(job, seen, 'w1', away)).rejects.toThrow(LogUnavailable)
    expect(seen.did).not.toContain('prepare')
    expect((await attemptOf(job.cutover)).status).toBe('claimed')
  })

  it('does not start while no serve was seen for 15 s', async () => {
    const job = await dispatched()
    await test.pool.query(`update cutover.serve set seen_at = now() - interval '16 seconds'`)
    const seen = aHost()
    await begin(job, seen)
    expect(seen.did).toEqual(['prepare', 'discard'])
    expect((await attemptOf(job.cutover)).status).toBe('claimed')
  })
})
