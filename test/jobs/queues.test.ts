import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WorkQueue } from '../../src/app/ports.ts'
import { startAttemptWorker } from '../../src/jobs/attempt-worker.ts'
import {
  openQueue,
  openWorker,
  queueName,
  type AttemptJob,
  type QueueHome,
} from '../../src/jobs/connection.ts'
import { requireSafeRedis, UnfitRedis } from '../../src/jobs/redis-policy.ts'
import { prepareQueue } from '../../src/jobs/queue-schema.ts'
import { makeWorkQueue } from '../../src/jobs/work-queue.ts'
import { quiet } from '../support/installation.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { describeWithRedis, hasRedis, startTestRedis, type TestRedis } from '../support/redis.ts'

let server: TestPostgres
let redis: TestRedis | undefined
const homes: Partial<Record<'postgres' | 'redis', QueueHome>> = {}

beforeAll(async () => {
  server = await startTestPostgres()
  homes.postgres = { kind: 'postgres', connectionString: await server.createDatabase('queue') }
  await prepareQueue(homes.postgres)
  if (!hasRedis) return
  redis = await startTestRedis()
  homes.redis = { kind: 'redis', url: redis.url }
})
afterAll(async () => {
  await redis?.stop()
  await server.stop()
})

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
})

let installations = 0
const installation = () => `${(installations += 1)}`.padStart(8, 'i')

async function aWorker(
  home: QueueHome,
  id: string,
  pool: string,
  begin: (job: AttemptJob) => Promise<void> = async () => undefined,
) {
  const jobs: AttemptJob[] = []
  const worker = startAttemptWorker({
    home,
    installation: id,
    pool,
    logger: quiet,
    begin: async (job) => {
      jobs.push(job)
      await begin(job)
    },
  })
  closing.push(worker)
  await worker.ready
  return { jobs, worker }
}

function aQueue(home: QueueHome, id: string): WorkQueue {
  const queue = makeWorkQueue(home, id, quiet)
  closing.push(queue)
  return queue
}

const job = (attempt: string, pool = 'db') => ({ attempt, cutover: 'c1', pool })

describe('a queue on PostgreSQL', () => behaves('postgres'))
describeWithRedis('a queue on Redis', () => behaves('redis'))

function behaves(kind: 'postgres' | 'redis'): void {
  const home = () => homes[kind]!

  it('brings ids, and nothing else, to the pool they are for', async () => {
    const id = installation()
    const [db, web] = [await aWorker(home(), id, 'db'), await aWorker(home(), id, 'web-1')]
    const queue = aQueue(home(), id)

    await queue.add(job('c1.copy-it.1', 'db'))
    await queue.add(job('c1.warm.12', 'web-1'))

    await expect.poll(() => db.jobs).toEqual([{ attempt: 'c1.copy-it.1', cutover: 'c1' }])
    await expect.poll(() => web.jobs).toEqual([{ attempt: 'c1.warm.12', cutover: 'c1' }])
  })

  it('keeps what nobody takes until a worker comes', async () => {
    const id = installation()
    const queue = aQueue(home(), id)
    await queue.add(job('c1.copy.1'))
    const { jobs } = await aWorker(home(), id, 'db')
    await expect.poll(() => jobs).toHaveLength(1)
  })

  it('never crosses from one installation to another', async () => {
    const [mine, theirs] = [installation(), installation()]
    const other = await aWorker(home(), theirs, 'db')
    const own = await aWorker(home(), mine, 'db')
    await aQueue(home(), mine).add(job('c1.copy.1'))
    await expect.poll(() => own.jobs).toHaveLength(1)
    expect(other.jobs).toEqual([])
  })

  it('does not try a failed job again by itself, but takes its id again', async () => {
    const id = installation()
    const { jobs } = await aWorker(home(), id, 'db', () => Promise.reject(new Error('the log is away')))
    const queue = aQueue(home(), id)
    await queue.add(job('c1.copy.1'))
    await expect.poll(() => jobs).toHaveLength(1)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(jobs).toHaveLength(1)
    await queue.add(job('c1.copy.1'))
    await expect.poll(() => jobs).toHaveLength(2)
  })

  it('waits at closing for what is being begun, and takes nothing more', async () => {
    const id = installation()
    let go: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let begun = false
    const { worker, jobs } = await aWorker(home(), id, 'db', async () => {
      await held
      begun = true
    })
    const queue = aQueue(home(), id)
    await queue.add(job('c1.copy.1'))
    await expect.poll(() => jobs).toHaveLength(1)
    const closed = worker.close()
    await queue.add(job('c1.copy.2'))
    setTimeout(go, 200)
    await closed
    expect(begun).toBe(true)
    expect(jobs).toHaveLength(1)
  })
}

describeWithRedis('Redis', () => {
  it('killed and come back empty: what is added again arrives', async () => {
    const id = installation()
    const { jobs } = await aWorker(homes.redis!, id, 'db')
    const queue = aQueue(homes.redis!, id)
    await queue.add(job('c1.copy.1'))
    await expect.poll(() => jobs).toHaveLength(1)

    await redis!.kill()
    const before = performance.now()
    await expect(queue.add(job('c1.copy.2'))).rejects.toThrow()
    expect(performance.now() - before).toBeLessThan(4000)
    await redis!.start()

    await expect
      .poll(
        async () => {
          await queue.add(job('c1.copy.3')).catch(() => undefined)
          return jobs.map((one) => one.attempt)
        },
        { timeout: 20_000 },
      )
      .toContain('c1.copy.3')
  })

  it('never begins a job again whose worker stood still until its lock had run out', async () => {
    const name = queueName(installation(), 'db')
    const begun: string[] = []
    let go: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const worker = openWorker(
      homes.redis!,
      name,
      async ({ attempt }) => {
        begun.push(attempt)
        await held
      },
      2,
    )
    const queue = openQueue(homes.redis!, name)
    closing.push(queue, worker)
    worker.on('error', () => undefined)
    await worker.waitUntilReady()
    await queue.add('begin', { attempt: 'c1.copy.1', cutover: 'c1' }, { jobId: 'c1.copy.1' })
    await expect.poll(() => begun).toHaveLength(1)

    await redis!.command('del', `bull:${name}:c1.copy.1:lock`)
    // What every worker of a fleet does now and then: one pass marks, the next takes away what has no lock.
    const passes = worker as unknown as { moveStalledJobsToWait(): Promise<void> }
    for (let pass = 0; pass < 3; pass += 1) {
      await redis!.command('del', `bull:${name}:stalled-check`)
      await passes.moveStalledJobsToWait()
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(begun).toHaveLength(1)
    go()
  })

  it('emptied by FLUSHALL: what is added again arrives', async () => {
    const id = installation()
    const queue = aQueue(homes.redis!, id)
    await queue.add(job('c1.copy.1'))
    await redis!.command('flushall')
    const { jobs } = await aWorker(homes.redis!, id, 'db')
    await redis!.command('flushall')
    await queue.add(job('c1.copy.1'))
    await expect.poll(() => jobs.map((one) => one.attempt), { timeout: 15_000 }).toEqual(['c1.copy.1'])
  })

  it('that is gone does not keep a process from ending', async () => {
    const id = installation()
    const { worker } = await aWorker(homes.redis!, id, 'db')
    const queue = makeWorkQueue(homes.redis!, id, quiet)
    await queue.add(job('c1.copy.1'))
    await redis!.kill()
    const before = performance.now()
    await Promise.all([worker.close(), queue.close()])
    expect(performance.now() - before).toBeLessThan(12_000)
    await redis!.start()
  })

  it.each(['allkeys-lru', 'volatile-lru', 'allkeys-random'])('with %s is refused', async (policy) => {
    await redis!.command('config', 'set', 'maxmemory-policy', policy)
    await expect(requireSafeRedis(redis!.url)).rejects.toThrow(
      `Redis has the eviction policy "${policy}", which may drop queued steps. Set \`maxmemory-policy noeviction\``,
    )
    await redis!.command('config', 'set', 'maxmemory-policy', 'noeviction')
    await requireSafeRedis(redis!.url)
  })

  it('that cannot be reached is refused in words', async () => {
    await expect(requireSafeRedis('redis://127.0.0.1:1')).rejects.toBeInstanceOf(UnfitRedis)
  })
})
