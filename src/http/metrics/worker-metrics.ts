import { Gauge } from 'prom-client'
import { makeMetrics, type Metrics } from './registry.ts'

/** What a worker sees of its host. */
export interface SeenByWorker {
  readonly freeBytes: number
  /** Attempts of this host whose end was not told yet. */
  readonly attempts: number
  /** Somebody holds this host. */
  readonly isHeld: boolean
}

export function makeWorkerMetrics(deps: {
  readonly version: string
  readonly pool: string
  readonly seen: () => Promise<SeenByWorker>
}): Metrics {
  const metrics = makeMetrics({ version: deps.version, refresh })
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['pool'], registers: [metrics.registry] })
  const free = gauge(
    'cutover_spool_free_bytes',
    'Room on the disk of the spool; below 256 MB nothing is started.',
  )
  const attempts = gauge(
    'cutover_spool_attempts',
    'Attempts of this host whose end was not told to the log yet.',
  )
  const held = gauge('cutover_worker_held', '1 while somebody on the host holds it: nothing new starts.')

  async function refresh(): Promise<void> {
    const { pool } = deps
    for (const one of [free, attempts, held]) one.reset()
    const seen = await deps.seen().catch(() => null)
    if (seen === null) return
    free.set({ pool }, seen.freeBytes)
    attempts.set({ pool }, seen.attempts)
    held.set({ pool }, Number(seen.isHeld))
  }

  return metrics
}
