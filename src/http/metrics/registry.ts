import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Append, Appended } from '../../app/ports.ts'
import type { Route } from '../server.ts'

/** What an append came to, as a label. */
export type AppendOutcome = 'recorded' | 'stale' | 'refused' | 'log away'

/** What `serve` and a worker both tell, and where it can be had. */
export interface Metrics {
  readonly registry: Registry
  /** Told of each append, with how long it took in seconds. */
  readonly appended: (outcome: AppendOutcome, seconds: number) => void
  /** `GET /metrics` in Prometheus’ text format, without a login: it has counts and the names of pools, and no more. */
  readonly route: Route
}

/** `refresh` reads what is looked at when it is asked for, and never throws. */
export function makeMetrics(options: {
  readonly version: string
  readonly refresh: (registry: Registry) => Promise<void>
}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'cutover_build_info',
    help: 'Always 1; the label has the version of this process.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: options.version }, 1)
  const append = new Histogram({
    name: 'cutover_append_duration_seconds',
    help: 'How long it took to write into the log, from the row lock to the commit.',
    labelNames: ['outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
    registers: [registry],
  })
  return {
    registry,
    appended: (outcome, seconds) => append.observe({ outcome }, seconds),
    route: {
      method: 'GET',
      pattern: '/metrics',
      async handle() {
        await options.refresh(registry)
        return { status: 200, body: await registry.metrics(), type: registry.contentType }
      },
    },
  }
}

/** The same log, whose appends are measured. */
export function measured<Log extends { append(append: Append): Promise<Appended> }>(
  log: Log,
  appended: Metrics['appended'],
): Log {
  return {
    ...log,
    async append(append) {
      const begun = performance.now()
      const seconds = () => (performance.now() - begun) / 1000
      try {
        const answer = await log.append(append)
        appended(outcomeOf(answer), seconds())
        return answer
      } catch (error) {
        appended('log away', seconds())
        throw error
      }
    },
  }
}

function outcomeOf(answer: Appended): AppendOutcome {
  if (answer.ok) return 'recorded'
  return answer.why === 'stale' ? 'stale' : 'refused'
}
