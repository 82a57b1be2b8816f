import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { makeLeader, type Leader } from '../../src/app/lead.ts'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { CutoverLog, Logger, Presence } from '../../src/app/ports.ts'
import { Bindings } from '../../src/cli/worker/bindings.ts'
import { repeatedly } from '../../src/cli/repeatedly.ts'
import { startWorker, type Worker } from '../../src/cli/worker/worker.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import type { QueueHome } from '../../src/jobs/connection.ts'
import { prepareQueue } from '../../src/jobs/queue-schema.ts'
import { makeWorkQueue } from '../../src/jobs/work-queue.ts'
import { makeDispatches } from '../../src/postgres/dispatches.ts'
import { makeEventLog } from '../../src/postgres/event-log.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { hostsBelow } from './known-plans.ts'
import { startTestPostgres, type TestPostgres } from './postgres.ts'

/** A log, a queue, a leader and a worker, all real, without Slack. Needs `npm run build`. */
export interface Installation {
  readonly log: CutoverLog
  readonly presence: Presence
  readonly pool: Pool
  readonly server: TestPostgres
  readonly folder: string
  readonly url: string
  readonly queue: QueueHome
  /** Ticks by itself unless serve is paused; never two ticks at a time. */
  readonly leader: Leader
  /** The leader stops and its heartbeat with it, as if `serve` were gone; and comes back. */
  readonly pauseServe: () => Promise<void>
  readonly resumeServe: () => void
  /** Opens a worker of the pool `db`. */
  readonly startWorker: () => Promise<Worker>
  /** Waits until the state says so; fails with the last state after `withinMs`. */
  readonly until: (
    cutover: string,
    says: (state: CutoverState) => boolean,
    withinMs?: number,
  ) => Promise<CutoverState>
  readonly stop: () => Promise<void>
}

export const quiet: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

export async function startInstallation(
  options: {
    readonly queue?: QueueHome
    /** Settings of the log's server. */
    readonly settings?: Readonly<Record<string, string>>
    /** Where the log is reached instead; given its port, gives another one that leads to it. */
    readonly reachedAt?: (port: number) => Promise<number>
    readonly logger?: Logger
    readonly advanced?: (state: CutoverState) => void
  } = {},
): Promise<Installation> {
  const logger = options.logger ?? quiet
  const server = await startTestPostgres(options.settings)
  const folder = await mkdtemp(join(tmpdir(), 'cutover-installation-'))
  const own = await server.createDatabase('cutover_log')
  const url = options.reachedAt
    ? own.replace(`:${server.port}/`, `:${await options.reachedAt(server.port)}/`)
    : own
  const pool = new Pool({ connectionString: url })
  pool.on('error', () => undefined)
  await migrate(pool)
  const log = makeEventLog(pool)
  hostsBelow(log, folder)
  const presence = makePresence(pool)
  const home = options.queue ?? { kind: 'postgres', connectionString: url }
  await prepareQueue(home)
  const queue = makeWorkQueue(home, await presence.installation(), logger)
  const leader = makeLeader({
    log,
    presence,
    queue,
    dispatches: makeDispatches(pool),
    instance: 'test-serve',
    version: 'test',
    logger,
    advanced: options.advanced ?? (() => undefined),
  })
  let loop = repeatedly(100, () => leader.tick(), logger)
  await mkdir(join(folder, 'runbooks'))
  await writeFile(join(folder, 'runbooks', 'empty.sql'), 'select 1;\n')
  const workers: Worker[] = []

  /** Some tests take the log away for a moment: that is a reason to look again. */
  async function stateOf(cutover: string): Promise<CutoverState | undefined> {
    try {
      return (await log.load(cutover))?.state
    } catch (error) {
      if (error instanceof LogUnavailable) return undefined
      throw error
    }
  }

  return {
    log,
    presence,
    pool,
    server,
    folder,
    url,
    queue: home,
    leader,
    pauseServe: () => loop.stop(),
    resumeServe() {
      loop = repeatedly(100, () => leader.tick(), logger)
    },
    async startWorker() {
      const worker = await startWorker({
        pool: 'db',
        database: { connectionString: url },
        queue: home,
        spool: join(folder, 'spool'),
        runbooks: join(folder, 'runbooks'),
        cwd: folder,
        bindings: () => Bindings.parse({ environments: { production: { live: true } } }),
        rawLogDays: 7,
        environment: process.env,
        version: 'test',
        logger,
      })
      workers.push(worker)
      return worker
    },
    async until(cutover, says, withinMs = 20_000) {
      const deadline = Date.now() + withinMs
      for (;;) {
        const state = await stateOf(cutover)
        if (state && says(state)) return state
        if (Date.now() > deadline)
          throw new Error(`It did not come to that: ${JSON.stringify(state?.steps, null, 1)}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    async stop() {
      await loop.stop()
      await Promise.all(workers.map((worker) => worker.stop()))
      await queue.close()
      await pool.end()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
