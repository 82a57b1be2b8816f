import type { Logger } from '../app/ports.ts'
import { openWorker, queueName, type AttemptJob, type QueueHome } from './connection.ts'

/** Starting is quick: the job ends as soon as the runner is up, so a few at once are enough. */
const CONCURRENCY = 4

/** The consuming side of one pool. `begin` claims and starts one attempt; it must not wait for the attempt's end. */
export function startAttemptWorker(deps: {
  readonly home: QueueHome
  readonly installation: string
  readonly pool: string
  readonly begin: (job: AttemptJob) => Promise<void>
  readonly logger: Logger
}): { readonly ready: Promise<unknown>; close: () => Promise<void> } {
  const { home, installation, pool, begin, logger } = deps
  const worker = openWorker(home, queueName(installation, pool), begin, CONCURRENCY)
  worker.on('error', (error) => logger.warn({ pool, reason: error.message }, 'the queue is not reachable'))
  worker.on('failed', (job, error) =>
    logger.warn({ pool, attempt: job?.data.attempt, reason: error.message }, 'an attempt could not be begun'),
  )
  return { ready: worker.waitUntilReady(), close: () => worker.close() }
}
