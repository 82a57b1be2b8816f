import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { openQueue, queueName } from '../../src/jobs/connection.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { opening } from '../support/opened.ts'
import { aPlan } from '../support/plans.ts'
import { describeWithRedis, startTestRedis, type TestRedis } from '../support/redis.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

/** Runs that follow each other by themselves; each leaves one line. */
function runs(name: string, count: number, seconds: number): Plan {
  let plan = aPlan()
  for (let n = 1; n <= count; n += 1) {
    const script = `echo ${n} >> ${name}; sleep ${seconds}`
    plan = plan.run(`step-${n}`, {
      begin: 'auto',
      work: { uses: 'command', with: { argv: ['bash', '-c', script] } },
    })
  }
  return plan.with({ live: false, environment: 'staging', targets: {} }).build()
}

const lines = (installation: Installation, name: string): string =>
  readFileSync(join(installation.folder, name), 'utf8')

describeWithRedis('on Redis', () => {
  let redis: TestRedis
  let installation: Installation
  beforeAll(async () => {
    redis = await startTestRedis()
    installation = await startInstallation({ queue: { kind: 'redis', url: redis.url } })
    await installation.startWorker()
  })
  afterAll(async () => {
    await installation.stop()
    await redis.stop()
  })

  it('killed in the middle and come back empty, each step of a cutover starts once and ends', async () => {
    const { log, until } = installation
    const cutover = await opening(log, runs('killed', 4, 1))
    await until(cutover, ({ steps }) => steps['step-2']?.startedAt !== undefined)

    await redis.kill()
    // What runs does not wait for the queue.
    await until(cutover, ({ steps }) => steps['step-2']?.status === 'done')
    await redis.start()

    await until(cutover, ({ steps }) => steps['step-4']?.status === 'done', 60_000)
    expect(lines(installation, 'killed')).toBe('1\n2\n3\n4\n')
  })

  it('emptied again and again, each step of a cutover starts once and ends', async () => {
    const { log, until } = installation
    const cutover = await opening(log, runs('flushed', 3, 1))
    const emptying = setInterval(() => void redis.command('flushall').catch(() => undefined), 700)
    try {
      await until(cutover, ({ steps }) => steps['step-3']?.status === 'done', 60_000)
    } finally {
      clearInterval(emptying)
    }
    expect(lines(installation, 'flushed')).toBe('1\n2\n3\n')
  })

  it('a hundred duplicates of a job start the attempt once', () => duplicates(installation, redis.url))

  it('that is gone, a worker that is told to stop ends all the same', async () => {
    const { url, folder } = installation
    const worker = await startWorkerProcess({ url, folder, redisUrl: redis.url })
    await redis.kill()
    const code = await Promise.race([worker.stop(), sleep(15_000, 'still there', { ref: false })])
    await worker.kill()
    await redis.start()
    expect(code).toBe(0)
  })
})

describe('on PostgreSQL', () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation()
    await installation.startWorker()
  })
  afterAll(() => installation.stop())

  it('a hundred duplicates of a job start the attempt once', () => duplicates(installation))

  it('goes on after every session of the server was killed in the middle', async () => {
    const { log, until, server } = installation
    const cutover = await opening(log, runs('sessions', 4, 1))
    const client = await server.connect()
    for (let time = 0; time < 4; time += 1) {
      await new Promise((resolve) => setTimeout(resolve, 900))
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()',
      )
    }
    await until(cutover, ({ steps }) => steps['step-4']?.status === 'done', 90_000)
    expect(lines(installation, 'sessions')).toBe('1\n2\n3\n4\n')
  })
})

async function duplicates(installation: Installation, redisUrl?: string): Promise<void> {
  const { log, until, presence, url } = installation
  const cutover = await opening(log, runs('duplicates', 1, 1))
  const started = await until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
  const [attempt = ''] = Object.keys(started.attempts)
  const home =
    redisUrl === undefined
      ? ({ kind: 'postgres', connectionString: url } as const)
      : ({ kind: 'redis', url: redisUrl } as const)
  const queue = openQueue(home, queueName(await presence.installation(), 'db'))
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      queue.add('attempt', { attempt, cutover }, { jobId: `duplicate-${cutover}-${n}` }),
    ),
  )
  await until(cutover, ({ steps }) => steps['step-1']?.status === 'done')
  // The last of the duplicates come after its end.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await queue.close()

  const spawned = (await log.events(cutover)).filter(({ type }) => type === 'attempt spawning')
  expect(spawned).toHaveLength(1)
  expect(lines(installation, 'duplicates')).toBe('1\n')
}
