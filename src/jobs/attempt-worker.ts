import type { Logger } from '../app/ports.ts'
import { closeWorker } from './closing.ts'
import { openWorker, queueName, type AttemptJob, type QueueHome } from './connection.ts'

/** Starting is quick: the job ends as soon as the runner is up, so a few at once are enough. */
const CONCURRENCY = 4

/**
 * The consuming side of one pool. `begin` claims and starts one attempt; it must not wait for the attempt's end.
 * Closing waits for what is being begun; what comes after that is left to the next worker.
 */
export function startAttemptWorker(deps: {
  readonly home: QueueHome
  readonly installation: string
  readonly pool: string
  readonly begin: (job: AttemptJob) => Promise<void>
  readonly logger: Logger
}): { readonly ready: Promise<unknown>; close: () => Promise<void> } {
  const { home, installation, pool, logger } = deps
  const beginning = new Set<Promise<void>>()
  let closed: Promise<void> | null = null

  async function begin(job: AttemptJob): Promise<void> {
    // Nobody has claimed it, so it is handed over again.
    if (closed) return
    const begun = deps.begin(job)
    beginning.add(begun)
    try {
      await begun
    } finally {
      beginning.delete(begun)
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(beginning)
    await closeWorker(home, worker)
  }

  const worker = openWorker(home, queueName(installation, pool), begin, CONCURRENCY)
  worker.on('error', (error) => logger.warn({ pool, reason: error.message }, 'the queue is not reachable'))
  worker.on('failed', (job, error) =>
    logger.warn({ pool, attempt: job?.data.attempt, reason: error.message }, 'an attempt could not be begun'),
  )
  return { ready: worker.waitUntilReady(), close: () => (closed ??= close()) }
}
