import { Counter, Gauge, type Registry } from 'prom-client'
import type { LogCounts } from '../../app/log-counts.ts'
import { makeMetrics, type Metrics } from './registry.ts'

/** What this process sees of Slack and of itself. */
export interface SeenByServe {
  readonly leads: boolean
  readonly connected: boolean
  readonly inTrouble: boolean
  readonly parkedPosts: number
  readonly lagSeconds: number
}

export interface ServeMetrics extends Metrics {
  readonly slackCall: (method: string, outcome: string) => void
}

const COUNTS_WITHIN_MS = 3_000
/** Of the log, so that a state that nobody is in reads 0 and not nothing. */
const ATTEMPT_STATES = ['dispatched', 'claimed', 'spawning', 'running', 'unknown', 'unobserved'] as const

export function makeServeMetrics(deps: {
  readonly version: string
  readonly counts: () => Promise<LogCounts>
  readonly seen: () => SeenByServe
}): ServeMetrics {
  const metrics = makeMetrics({ version: deps.version, refresh })
  const own = ownGauges(metrics.registry)
  const log = logGauges(metrics.registry)
  const calls = new Counter({
    name: 'cutover_slack_calls_total',
    help: 'Calls to Slack by method and by what they came to: done, refused, wait (rate limited), away, lost.',
    labelNames: ['method', 'outcome'],
    registers: [metrics.registry],
  })

  async function refresh(): Promise<void> {
    own(deps.seen())
    log(await within(deps.counts(), COUNTS_WITHIN_MS))
  }

  return { ...metrics, slackCall: (method, outcome) => calls.inc({ method, outcome }) }
}

function ownGauges(registry: Registry): (seen: SeenByServe) => void {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] })
  const leader = gauge(
    'cutover_leader',
    '1 while this process leads: timers, posts and the relay to the queue.',
  )
  const connected = gauge('cutover_slack_connected', '1 while what people press in Slack can arrive here.')
  const trouble = gauge(
    'cutover_slack_trouble',
    '1 while Slack is away, refuses the token or does not reach us.',
  )
  const parked = gauge(
    'cutover_slack_parked_posts',
    'Messages, new and changed, that wait for Slack to come back.',
  )
  const lag = gauge(
    'cutover_projection_lag_seconds',
    'Since when the oldest change waits to be shown in Slack; 0 when all is shown. Of the leader.',
  )
  return (seen) => {
    leader.set(Number(seen.leads))
    connected.set(Number(seen.connected))
    trouble.set(Number(seen.inTrouble))
    parked.set(seen.parkedPosts)
    lag.set(seen.lagSeconds)
  }
}

/** Null: the log is away. What it would say is left out then, rather than told as it was. */
function logGauges(registry: Registry): (counts: LogCounts | null) => void {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] })
  const up = gauge('cutover_log_up', '1 while the log answers.')
  const cutovers = gauge('cutover_cutovers', 'Cutovers that are not over, by state.', ['status', 'live'])
  const attempts = gauge('cutover_attempts', 'Attempts that have not ended, by state.', ['state'])
  const waiting = gauge('cutover_outbox_attempts', 'Attempts that no worker has claimed yet.')
  const oldest = gauge('cutover_outbox_oldest_seconds', 'How long the oldest of them waits.')
  const silent = gauge('cutover_pool_silence_seconds', 'How long nothing was seen of the worker of a pool.', [
    'pool',
  ])
  const pools = gauge('cutover_pool_info', 'Always 1; the version of the worker of a pool.', [
    'pool',
    'version',
  ])
  const serves = gauge('cutover_serves', 'Serve processes that were seen within 15 s, by version.', [
    'version',
  ])

  return (counts) => {
    up.set(counts === null ? 0 : 1)
    for (const one of [cutovers, attempts, silent, pools, serves]) one.reset()
    for (const one of [waiting, oldest]) one.remove()
    if (counts === null) return
    for (const { status, live, count } of counts.cutovers) cutovers.set({ status, live: String(live) }, count)
    for (const state of ATTEMPT_STATES) attempts.set({ state }, 0)
    for (const { state, count } of counts.attempts) attempts.set({ state }, count)
    waiting.set(counts.outbox.waiting)
    oldest.set(counts.outbox.oldestSeconds)
    for (const { pool, version, silentSeconds } of counts.pools) {
      silent.set({ pool }, silentSeconds)
      pools.set({ pool, version }, 1)
    }
    for (const { version, count } of counts.serves) serves.set({ version }, count)
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null)
  })
  try {
    return await Promise.race([work.catch(() => null), late])
  } finally {
    clearTimeout(timer)
  }
}
