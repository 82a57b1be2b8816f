import type { Pool } from 'pg'
import type { Logger } from '../../app/ports.ts'
import { newerMigrations } from '../../postgres/health.ts'

/**
 * A worker that is older than the log leaves what would begin to one that is not: nobody claims it, and it is handed
 * over again. What runs on this host it goes on watching.
 */
export function unlessOlder<Job extends { readonly attempt: string; readonly cutover: string }>(
  begin: (job: Job) => Promise<void>,
  { pool, version, logger }: { readonly pool: Pool; readonly version: string; readonly logger: Logger },
): (job: Job) => Promise<void> {
  return async (job) => {
    const newer = await newerMigrations(pool)
    if (newer.length === 0) return begin(job)
    const { cutover, attempt } = job
    logger.warn(
      { cutover, attempt, version, newer },
      'this worker is older than the log and begins nothing; deploy the newer version here',
    )
  }
}
