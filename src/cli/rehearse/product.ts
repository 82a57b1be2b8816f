import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { NoticeFailure } from '../../app/notice-means.ts'
import { makeLeader } from '../../app/lead.ts'
import type { CutoverLog, Logger } from '../../app/ports.ts'
import { REHEARSAL } from '../../domain/lookup.ts'
import type { PersonId } from '../../domain/plan.ts'
import { prepareQueue } from '../../jobs/queue-schema.ts'
import { makeWorkQueue } from '../../jobs/work-queue.ts'
import { listenForChanges } from '../../postgres/changes.ts'
import { makeDispatches } from '../../postgres/dispatches.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { migrate } from '../../postgres/migrate.ts'
import { makeNoticeClaims } from '../../postgres/notice-claims.ts'
import { openLogPool } from '../../postgres/pool.ts'
import { makePresence } from '../../postgres/presence.ts'
import { makeProgressBoard } from '../../postgres/progress.ts'
import type { WebhookReceivers } from '../../webhooks/receivers.ts'
import { startDatabase, THROW_AWAY } from '../local/database.ts'
import { endAttempts, killAttempts } from '../local/end-attempts.ts'
import type { Endings } from '../local/endings.ts'
import type { LocalFolder } from '../local/folder.ts'
import { startLoops } from '../serve/loops.ts'
import { makeNoticeMeans } from '../serve/notice-means.ts'
import { VERSION } from '../version.ts'
import { readBindings } from '../worker/bindings.ts'
import { startWorker } from '../worker/worker.ts'

/** What `serve` and the workers do, in this process and for one cutover: its own log, queue, leader and hosts. */
export interface OwnProduct {
  readonly pool: Pool
  readonly log: CutoverLog
  readonly progress: ReturnType<typeof makeProgressBoard>
  /** Spools of the pools, in their order. */
  readonly spools: readonly string[]
  /** From now on what is due begins. */
  lead(): Promise<void>
  /** Calls back after each append, until everything ends. */
  onChange(changed: () => void): void
  /** Starts nothing more, cancels what runs, and waits until the log has its end. */
  cancelWork(): Promise<void>
}

interface Starting {
  readonly folder: LocalFolder
  readonly endings: Endings
  readonly pools: readonly string[]
  /** Folder of the runbook's files. */
  readonly runbooks: string
  /** The bindings file; absent: no environment has secrets. */
  readonly bindings: string | undefined
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly webhooks: WebhookReceivers
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
}

/** Nobody waits at night for a rehearsal: attempts are looked at ten times a second. */
const LOOK_EVERY_MS = 100

export async function startOwnProduct(starting: Starting): Promise<OwnProduct> {
  const { folder, endings, logger } = starting
  const database = await startDatabase(folder, { name: 'cutover_log', settings: THROW_AWAY })
  endings.add({ end: () => database.server.stop(), kill: () => process.kill(database.server.pid, 'SIGQUIT') })
  const connection = { connectionString: database.url }
  const pool = openLogPool(connection, { name: 'cutover:rehearse', max: 8, logger })
  endings.add({ end: () => pool.end() })
  await migrate(pool)
  await prepareQueue({ kind: 'postgres', ...connection })
  const log = makeEventLog(pool)
  const spools = await startWorkers(starting, connection)
  return {
    pool,
    log,
    spools,
    progress: makeProgressBoard(pool),
    lead: () => startLeading(starting, { pool, log, connection }),
    onChange(changed) {
      const changes = listenForChanges(connection, changed)
      endings.add({ end: () => changes.stop() })
    },
    async cancelWork() {
      await Promise.all(spools.map(endAttempts))
    },
  }
}

interface OwnLog {
  readonly pool: Pool
  readonly log: CutoverLog
  readonly connection: { readonly connectionString: string }
}

async function startLeading(
  { endings, logger, smtpUrl, mailFrom, webhooks }: Starting,
  { pool, log, connection }: OwnLog,
): Promise<void> {
  const presence = makePresence(pool)
  const queue = makeWorkQueue({ kind: 'postgres', ...connection }, await presence.installation(), logger)
  endings.add({ end: () => queue.close() })
  const leader = makeLeader({
    log,
    presence,
    queue,
    logger,
    dispatches: makeDispatches(pool),
    instance: randomBytes(8).toString('hex'),
    version: VERSION,
    advanced: ({ id }) => loops.advanced(id),
  })
  const names = new Map<PersonId, string>([[REHEARSAL, REHEARSAL]])
  const means = makeNoticeMeans({ smtpUrl, mailFrom, webhooks, log, names, post: withoutSlack })
  // Nothing is shown in Slack, so there is nothing to project.
  const bot = { project: () => Promise.resolve(), changed: () => undefined }
  const loops = startLoops({ leader, bot, log, means, logger, claims: makeNoticeClaims(pool) })
  endings.add({ end: () => loops.stop() })
  const changes = listenForChanges(connection, () => loops.wake())
  endings.add({ end: () => changes.stop() })
}

/** Plans of such a rehearsal name no channel; one that did must not be silently lost. */
const withoutSlack = (): Promise<never> =>
  Promise.reject(
    new NoticeFailure(
      'A rehearsal without people has no Slack.',
      'Open it by `cutover up` or `cutover serve`.',
    ),
  )

async function startWorkers(
  starting: Starting,
  connection: { readonly connectionString: string },
): Promise<readonly string[]> {
  const { folder, endings, pools, runbooks, environment, logger } = starting
  const bindings = starting.bindings ?? join(folder.secrets, 'bindings.json')
  if (starting.bindings === undefined) writeFileSync(bindings, '{"environments": {}}\n', { mode: 0o600 })
  const spools: string[] = []
  for (const pool of pools) {
    const spool = join(folder.spools, pool)
    const worker = await startWorker({
      pool,
      spool,
      runbooks,
      anyVar: true,
      environment,
      logger,
      database: connection,
      queue: { kind: 'postgres', ...connection },
      cwd: process.cwd(),
      bindings: () => readBindings(bindings),
      rawLogDays: 1,
      lookEveryMs: LOOK_EVERY_MS,
      version: VERSION,
    })
    endings.add({ end: () => worker.stop() })
    endings.add({ end: () => endAttempts(spool), kill: () => killAttempts(spool) })
    spools.push(spool)
  }
  return spools
}
