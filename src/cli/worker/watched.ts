import { statfs } from 'node:fs/promises'
import type { Logger } from '../../app/ports.ts'
import type { Metrics } from '../../http/metrics/registry.ts'
import { makeWorkerMetrics } from '../../http/metrics/worker-metrics.ts'
import { startHttpServer } from '../../http/server.ts'
import { readHold } from '../../process/local-acts.ts'
import { openAttempts, type Spool } from '../../process/spool.ts'

/** What a worker tells of its host. */
export function metricsOfHost({
  spool,
  pool,
  version,
}: {
  readonly spool: Spool
  readonly pool: string
  readonly version: string
}): Metrics {
  return makeWorkerMetrics({
    pool,
    version,
    async seen() {
      const { bavail, bsize } = await statfs(spool.root)
      const attempts = await openAttempts(spool)
      return {
        freeBytes: bavail * bsize,
        attempts: attempts.length,
        isHeld: (await readHold(spool)) !== null,
      }
    },
  })
}

/** `/metrics` and `/healthz` of a worker, where somebody asked for them. Ends with what is given back. */
export async function listenForWatchers(
  listen: { readonly host: string; readonly port: number } | undefined,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
): Promise<() => Promise<void>> {
  if (listen === undefined) return async () => undefined
  const healthy = {
    method: 'GET',
    pattern: '/healthz',
    handle: async () => ({ status: 200, body: { ok: true } }),
  } as const
  const server = await startHttpServer({ ...listen, logger, routes: [healthy, metrics.route] })
  logger.info({ url: server.url }, 'metrics ready')
  return server.close
}
