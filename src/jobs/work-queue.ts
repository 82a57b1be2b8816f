import type { Logger, WorkQueue } from '../app/ports.ts'
import { closeQueue } from './closing.ts'
import { openQueue, queueName, type JobQueue, type QueueHome } from './connection.ts'

/** A Redis that is away answers late or never; the relay comes again, so nobody waits for it. */
const ADD_WITHIN_MS = 3000

/** The producing side: one BullMQ queue per pool, opened when its first attempt comes. */
export function makeWorkQueue(home: QueueHome, installation: string, logger: Logger): WorkQueue {
  const queues = new Map<string, JobQueue>()

  function queueOf(pool: string): JobQueue {
    const known = queues.get(pool)
    if (known) return known
    const queue = openQueue(home, queueName(installation, pool))
    queue.on('error', (error) => logger.warn({ pool, reason: error.message }, 'the queue is not reachable'))
    queues.set(pool, queue)
    return queue
  }

  return {
    async add({ attempt, cutover, pool }) {
      await within(queueOf(pool).add('attempt', { attempt, cutover }, { jobId: attempt }), ADD_WITHIN_MS)
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => closeQueue(home, queue)))
    },
  }
}

/** A late answer counts as unknown, which is harmless: the claim decides. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
