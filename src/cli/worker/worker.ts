import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Pool } from 'pg'
import type { RunAs } from '../../actions/action.ts'
import type { SeenIdentity } from '../../actions/pg/identity.ts'
import { beginAttempt } from '../../app/begin-attempt.ts'
import type { CutoverLog, Logger, Presence, ProgressBoard } from '../../app/ports.ts'
import type { Actor } from '../../domain/events.ts'
import { measured } from '../../http/metrics/registry.ts'
import { startAttemptWorker } from '../../jobs/attempt-worker.ts'
import type { QueueHome } from '../../jobs/connection.ts'
import { prepareQueue } from '../../jobs/queue-schema.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { openLogPool } from '../../postgres/pool.ts'
import { makePresence } from '../../postgres/presence.ts'
import { makeProgressBoard } from '../../postgres/progress.ts'
import { runningTickets } from '../../postgres/tickets-of-pool.ts'
import type { Secret } from '../../process/mask.ts'
import { openAttempts, openSpool, type Spool } from '../../process/spool.ts'
import { superviseSpool, type Supervision, type Supervisor } from '../../process/supervisor.ts'
import { ConfigError, type DatabaseConnection } from '../config.ts'
import { repeatedly, type Loop } from '../repeatedly.ts'
import { makeAttemptHost } from './attempt-host.ts'
import type { Bindings, EnvironmentBinding } from './bindings.ts'
import { makeCanceller, type Canceller } from './cancels.ts'
import { makeCopies, type Copies } from './copies/copies.ts'
import { makePoolAnswers } from './copies/look.ts'
import { unlessOlder } from './handshake.ts'
import { thisMachine } from './machine.ts'
import { cutoverOf, makeReports } from './reports.ts'
import { makeRetelling } from './retell.ts'
import { makeSessionWatch } from './session-watch.ts'
import { openSpoolFor } from './run-as.ts'
import { makeUnblocker } from './unblocker.ts'
import { listenForWatchers, metricsOfHost } from './watched.ts'

export interface WorkerSettings {
  readonly pool: string
  readonly database: DatabaseConnection
  readonly queue: QueueHome
  readonly spool: string
  /** This host's own runbooks: what it does not find there it does not start. */
  readonly runbooks: string
  /** Of the runbooks' vars any may have been given at the opening: only for a log of one's own. */
  readonly anyVar?: boolean
  readonly cwd: string
  readonly bindings: () => Bindings
  readonly rawLogDays: number
  /** Whom commands of steps run under; this worker must be root then. */
  readonly runAs?: RunAs
  /** How often the attempts of this host are looked at; by default as often as the supervisor thinks fit. */
  readonly lookEveryMs?: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Where it answers `/metrics`; nowhere unless given. */
  readonly metricsListen?: { readonly host: string; readonly port: number }
  readonly logger: Logger
}

const SEEN_EVERY_MS = 3000
/** A query that is cancelled should be gone within a second of the click. */
const CANCELS_EVERY_MS = 250
const SESSIONS_EVERY_MS = 1000
const RETELL_EVERY_MS = 5000
/** A cutover that opens is answered within this, and what its runbook takes to be read. */
const ANSWERS_EVERY_MS = 1000
const DRAIN_LOOK_MS = 500
export const MIN_FREE_BYTES = 256 * 1024 * 1024
const RUNNER = fileURLToPath(new URL('../../../dist/process/runner.js', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

export interface Worker {
  /** Claims nothing more and waits until everything that runs on this host has ended and was told. */
  drain(): Promise<void>
  /** What runs goes on under its runner; the next worker of this host adopts it. */
  stop(): Promise<void>
}

/** One worker: claims attempts of its pool, starts their runners, watches all attempts of this host. */
export async function startWorker(settings: WorkerSettings): Promise<Worker> {
  const { logger } = settings
  const pool = openLogPool(settings.database, { name: `cutover:worker:${settings.pool}`, max: 8, logger })
  const presence = makePresence(pool)
  const machine = thisMachine()
  const worker = `${machine.host}-${process.pid}-${randomBytes(3).toString('hex')}`
  try {
    await takePool(presence, { name: settings.pool, worker, version: settings.version, ...machine })
    await prepareQueue(settings.queue)
  } catch (error) {
    await pool.end()
    throw error
  }

  const spool = await spoolOf(settings)
  const metrics = metricsOfHost({ ...settings, spool })
  const unwatched = await listenForWatchers(settings.metricsListen, { metrics, logger })
  const log = measured(makeEventLog(pool), metrics.appended)
  const actor: Extract<Actor, { kind: 'worker' }> = { kind: 'worker', pool: settings.pool, worker }
  const copies = copiesOf(settings)
  const host = makeAttemptHost({
    ...settings,
    spool,
    copies,
    main: MAIN,
    log: await identityOf(pool, settings.database),
  })
  const progress = makeProgressBoard(pool)
  const report = makeReports({ log, progress, spool, actor, host: machine.host, logger })
  const supervisor = supervise(settings, { log, spool, worker, report })
  const queue = startAttemptWorker({
    home: settings.queue,
    installation: await presence.installation(),
    pool: settings.pool,
    begin: unlessOlder((job) => beginAttempt({ log, host, actor, hostName: machine.host, logger }, job), {
      pool,
      version: settings.version,
      logger,
    }),
    logger,
  })
  await queue.ready
  const canceller = makeCanceller({ ...settings, bindingOf: bindingOf(settings), log, presence, supervisor })
  const answers = makePoolAnswers({ log, copies, actor, logger })
  const loops = turns(settings, {
    database: pool,
    log,
    presence,
    spool,
    supervisor,
    actor,
    progress,
    canceller,
    answers,
  })
  logger.info({ pool: settings.pool, worker }, 'worker ready')

  return {
    async drain() {
      await queue.close()
      while ((await openAttempts(spool)).length > 0) await sleep(DRAIN_LOOK_MS)
    },
    async stop() {
      await queue.close()
      await Promise.all(loops.map((loop) => loop.stop()))
      await canceller.stop()
      await supervisor.stop()
      await unwatched()
      await pool.end()
    },
  }
}

/** What a worker does again and again beside its attempts. */
function turns(
  settings: WorkerSettings,
  parts: {
    readonly database: Pool
    readonly log: CutoverLog
    readonly presence: Presence
    readonly spool: Spool
    readonly supervisor: Supervisor
    readonly actor: Extract<Actor, { kind: 'worker' }>
    readonly progress: ProgressBoard
    readonly canceller: Canceller
    readonly answers: () => Promise<void>
  },
): readonly Loop[] {
  const { logger, pool, cwd } = settings
  const { presence, spool, supervisor, actor, canceller, answers } = parts
  const place = { ...parts, pool, bindingOf: bindingOf(settings), cwd, logger }
  // Beside a worker that has the spool and hangs, nobody looks at its attempts, and the log must see that.
  const seen = () => presence.poolSeen(pool, actor.worker)
  const retell = makeRetelling({ ...parts, running: () => runningTickets(parts.database, pool), logger })
  const sessions = makeSessionWatch({ ...place, openAttempts: () => openAttempts(spool) })
  return [
    repeatedly(SEEN_EVERY_MS, () => (supervisor.watches() ? seen() : Promise.resolve()), logger),
    repeatedly(CANCELS_EVERY_MS, () => canceller.look(), logger),
    repeatedly(CANCELS_EVERY_MS, makeUnblocker(place), logger),
    repeatedly(SESSIONS_EVERY_MS, sessions, logger),
    repeatedly(RETELL_EVERY_MS, retell, logger),
    repeatedly(ANSWERS_EVERY_MS, answers, logger),
  ]
}

async function spoolOf({ spool, runAs }: WorkerSettings): Promise<Spool> {
  const opened = await openSpool({ root: spool, runner: RUNNER, minFreeBytes: MIN_FREE_BYTES })
  if (runAs !== undefined) await openSpoolFor(spool, runAs)
  return opened
}

const copiesOf = ({ spool, environment, anyVar = false, ...settings }: WorkerSettings): Copies =>
  makeCopies({ ...settings, spool, anyVar, path: environment['PATH'] ?? '' })

const bindingOf =
  ({ bindings }: WorkerSettings) =>
  (environment: string): EnvironmentBinding | undefined =>
    bindings().environments[environment]

function supervise(
  { bindings, rawLogDays, lookEveryMs, logger }: WorkerSettings,
  place: Pick<Supervision, 'spool' | 'worker' | 'report'> & { readonly log: CutoverLog },
): Supervisor {
  return superviseSpool({
    ...place,
    secretsOf: async (attempt) => {
      const loaded = await place.log.load(cutoverOf(attempt))
      return secretsIn(bindings(), loaded?.state.plan.environment)
    },
    onTrouble: (error, attempt) =>
      logger.warn({ attempt, error }, 'watching an attempt failed; trying again'),
    rawLogDays,
    ...(lookEveryMs === undefined ? {} : { intervalMs: lookEveryMs }),
  })
}

/** Throws a {@link ConfigError} when another host has the pool. */
async function takePool(presence: Presence, pool: Parameters<Presence['registerPool']>[0]): Promise<void> {
  const registered = await presence.registerPool(pool)
  if (registered.ok) return
  throw new ConfigError(
    `The pool ${pool.name} belongs to ${registered.host}. Give this worker another pool, or free that one by \`cutover pool release ${pool.name}\`.`,
  )
}

async function identityOf(pool: Pool, database: DatabaseConnection): Promise<SeenIdentity> {
  const { rows } = await pool.query<{ database: string; system: string }>(
    'select current_database() as database, (select system_identifier::text from pg_control_system()) as system',
  )
  return {
    host: new URL(database.connectionString).hostname,
    ...(rows[0] ? { database: rows[0].database, systemIdentifier: rows[0].system } : {}),
  }
}

function secretsIn(bindings: Bindings, environment: string | undefined): readonly Secret[] {
  const binding = environment === undefined ? undefined : bindings.environments[environment]
  return Object.entries(binding?.secrets ?? {}).map(([name, value]) => ({ name, value }))
}
