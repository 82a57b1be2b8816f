import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'bullmq'
import { expect } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { poolNews } from '../../src/domain/pools.ts'
import { openQueue, queueName, type AttemptJob } from '../../src/jobs/connection.ts'
import { person } from '../support/cutover.ts'
import { aPlan, ANA, type PlanBuilder } from '../support/plans.ts'
import { hasRedis, startTestRedis } from '../support/redis.ts'
import { startServeProcess } from '../support/serve-process.ts'
import { startWorkerProcess } from '../support/worker-process.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault, isWhole } from './support/fault.ts'
import { queueMemory } from './support/queue-memory.ts'
import type { Rig } from './support/rig.ts'

/** What nobody claimed is handed to the queue again after 5 s; a loaded machine takes its time besides. */
const AGAIN_WITHIN_MS = 12_000

/** Runs that follow each other by themselves. */
function copies(count: number, how: number | string): PlanBuilder {
  let plan = aPlan()
  for (let n = 1; n <= count; n += 1) plan = plan.run(`copy-${n}`, effect(how))
  return plan
}

/** As if half a minute had passed since somebody claimed something. */
async function claimedLongAgo({ pool }: Rig): Promise<void> {
  await pool.query(
    `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
  )
}

/** Each step worked once on the target, from its start to its end. */
async function workedOnce(rig: Rig, cutover: string, count: number): Promise<void> {
  const effects = await rig.effects()
  for (let n = 1; n <= count; n += 1) expect(runsOf(effects, `${cutover}.copy-${n}`)).toEqual(['start end'])
}

fault('T08', 'the queue is emptied while a step runs', async (rig) => {
  await rig.worker()
  const cutover = await rig.open(copies(2, 1))
  await rig.running(cutover)
  await queueMemory(rig).empty()

  await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done')
  const after = performance.now()
  await rig.until(cutover, ({ attempts }) => attempts[`${cutover}.copy-2.1`]?.claimedAt !== undefined)
  expect(performance.now() - after).toBeLessThan(AGAIN_WITHIN_MS)
  await rig.until(cutover, ({ steps }) => steps['copy-2']?.status === 'done')
  await workedOnce(rig, cutover, 2)
})

fault(
  'T08',
  'the queue is emptied again and again',
  async (rig) => {
    await rig.worker()
    const cutover = await rig.open(copies(3, 1))
    const emptying = setInterval(
      () =>
        void queueMemory(rig)
          .empty()
          .catch(() => undefined),
      700,
    )
    try {
      await rig.until(cutover, ({ steps }) => steps['copy-3']?.status === 'done', 60_000)
    } finally {
      clearInterval(emptying)
    }
    await workedOnce(rig, cutover, 3)
  },
  { takesMinutes: true },
)

fault('T09', 'the queue dies and comes back empty before an attempt was claimed', async (rig) => {
  // Nobody is there to claim it.
  const cutover = await rig.open(copies(1, 0.5))
  await rig.until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
  await sleep(500)
  const queue = queueMemory(rig)
  await queue.away()
  await queue.back()

  await rig.worker()
  await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done')
  await workedOnce(rig, cutover, 1)
})

fault('T10', 'the queue comes back with what it knew a minute ago', async (rig) => {
  const queue = queueMemory(rig)
  const old = await rig.open(copies(1, 0.5))
  await rig.until(old, ({ attempts }) => Object.keys(attempts).length === 1)
  await sleep(500)
  await queue.snapshot()
  await rig.worker()
  await rig.until(old, ({ steps }) => steps['copy-1']?.status === 'done')

  // Now it remembers a job that was done long ago.
  await queue.restore()
  const next = await rig.open(copies(1, 0.5))
  await rig.until(next, ({ steps }) => steps['copy-1']?.status === 'done')
  await sleep(1000)
  await workedOnce(rig, old, 1)
  await workedOnce(rig, next, 1)
})

fault(
  'T11',
  'the queue is away for the whole of a run',
  async (rig) => {
    const queue = queueMemory(rig)
    await rig.worker()
    const running = await rig.open(copies(1, 'without-queue'))
    await rig.running(running)
    await queue.away()
    rig.atEnd(() => queue.back())
    const cutover = await rig.open(aPlan().do('look').run('copy-1', effect(0.5)))
    rig.letEnd('without-queue')

    // What runs ends and is told; people go on; what would start waits, and nothing of it is lost.
    await rig.until(running, ({ steps }) => steps['copy-1']?.status === 'done')
    await rig.until(cutover, ({ steps }) => steps['look']?.status === 'due')
    await rig.does(cutover, { type: 'tick', step: 'look', result: 'done', fields: {} }, person(ANA))
    await rig.until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
    await rig.does(cutover, { type: 'note', text: 'the queue is away' }, person(ANA))
    await sleep(isWhole ? 30_000 : 1000)
    expect(await rig.typesOf(cutover)).not.toContain('attempt claimed')
    const waiting = await rig.until(cutover, () => true)
    const later = (await rig.log.now()) + 30_000
    expect(poolNews(waiting, later)).toEqual([
      'nobody on db takes “copy-1”: is a worker up there, and does the queue answer?',
    ])

    await queue.back()
    await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done', 60_000)
    await workedOnce(rig, running, 1)
    await workedOnce(rig, cutover, 1)
  },
  { timeoutMs: 150_000 },
)

fault('T11', 'a worker that is told to stop while the queue is away ends all the same', async (rig) => {
  const worker = await rig.worker()
  const queue = queueMemory(rig)
  await queue.away()
  rig.atEnd(() => queue.back())
  expect(await Promise.race([worker.stop(), sleep(15_000, 'still there', { ref: false })])).toBe(0)
})

fault('T12', 'a job is put into the queue two hundred times more', async (rig, trial) => {
  await rig.worker()
  const cutover = await rig.open(copies(1, 1))
  await rig.until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
  const attempt = `${cutover}.copy-1.1`
  const queue = openQueue(rig.queue, queueName(await rig.presence.installation(), 'db'))
  await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      // Under names of their own, and under its own again and again, as a dashboard's button would.
      queue.add('attempt', { attempt, cutover }, { jobId: n % 2 === 0 ? `${attempt}-${n}` : attempt }),
    ),
  )
  await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done')
  // The last of the duplicates come after its end.
  await sleep(1000)
  await queue.close()
  trial.runs(200)
  await workedOnce(rig, cutover, 1)
})

// The library of another worker cannot be kept from moving a stalled job. What it moves loses at the claim; that an
// older worker claims nothing at all is tried in versions.test.ts.
fault(
  'T13',
  'a worker beside it gives stalled jobs out again',
  async (rig) => {
    const cutover = await rig.open(copies(1, 2))
    const name = queueName(await rig.presence.installation(), 'db')
    const seen: string[] = []
    const old = new Worker<AttemptJob>(
      name,
      async ({ data }) => {
        seen.push(data.attempt)
        const worker = { kind: 'worker', pool: 'db', worker: 'old' } as const
        const said = { type: 'claim', attempt: data.attempt, worker: 'old', host: 'elsewhere' } as const
        // It dies in the middle of it, again and again.
        if (seen.length <= 2) await new Promise(() => undefined)
        if (seen.length > 3) return
        await handleCommand(rig.log, data.cutover, said, { actor: worker })
      },
      {
        connection: { url: rig.redis?.url ?? '' },
        maxStalledCount: 5,
        stalledInterval: 500,
        lockDuration: 500,
        skipLockRenewal: true,
        concurrency: 4,
      },
    )
    rig.atEnd(() => old.close(true))
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(0)
    await rig.worker()
    // Whoever claims first has it, and only that one may go on; what the old one claimed and left is given out anew.
    const aging = setInterval(() => void claimedLongAgo(rig), 1000)
    rig.atEnd(async () => clearInterval(aging))
    await rig.until(cutover, ({ steps }) => steps['copy-1']?.status === 'done', 60_000)
    await workedOnce(rig, cutover, 1)
  },
  { only: 'redis', takesMinutes: true },
)

fault(
  'T14',
  'a Redis that may throw jobs away',
  async (rig) => {
    const unfit = await startTestRedis()
    try {
      await unfit.command('config', 'set', 'maxmemory-policy', 'allkeys-lru')
      const { url, folder } = rig
      for (const start of [startWorkerProcess, startServeProcess]) {
        await expect(start({ url, folder, redisUrl: unfit.url })).rejects.toThrow(
          /maxmemory-policy noeviction/,
        )
      }
    } finally {
      await unfit.stop()
    }
  },
  { needs: hasRedis },
)
