import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { JobQueue, JobWorker, QueueHome } from './connection.ts'

const ANSWERS_WITHIN_MS = 1000
const CLOSES_WITHIN_MS = 3000

/** Ends a worker's connections. What it held in the queue may be left there: the claim makes that harmless. */
export async function closeWorker(home: QueueHome, worker: JobWorker): Promise<void> {
  // Politely, BullMQ waits for ever for a Redis that is gone.
  await atMost(worker.close(!(await answers(home))))
}

export async function closeQueue(home: QueueHome, queue: JobQueue): Promise<void> {
  await atMost((await answers(home)) ? queue.close() : queue.disconnect())
}

async function answers(home: QueueHome): Promise<boolean> {
  if (home.kind === 'postgres') return true
  const redis = new Redis(home.url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: ANSWERS_WITHIN_MS,
    commandTimeout: ANSWERS_WITHIN_MS,
    retryStrategy: null,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.ping()
    return true
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}

async function atMost(closing: Promise<void>): Promise<void> {
  await Promise.race([closing.catch(() => undefined), sleep(CLOSES_WITHIN_MS, undefined, { ref: false })])
}
