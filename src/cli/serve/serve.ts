import { randomBytes } from 'node:crypto'
import { Pool } from 'pg'
import { deliverNotices } from '../../app/deliver-notices.ts'
import { makeLeader } from '../../app/lead.ts'
import type { Logger, Person } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { makeBot, type SlackConnection } from '../../bot/app.ts'
import { cutoverRoutes } from '../../http/routes/cutovers.ts'
import { healthRoutes } from '../../http/routes/health.ts'
import { loginRoutes } from '../../http/routes/logins.ts'
import { startHttpServer } from '../../http/server.ts'
import type { QueueHome } from '../../jobs/connection.ts'
import { makeWorkQueue } from '../../jobs/work-queue.ts'
import { listenForChanges } from '../../postgres/changes.ts'
import { makeDispatches } from '../../postgres/dispatches.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { makeLogins } from '../../postgres/logins.ts'
import { migrate } from '../../postgres/migrate.ts'
import { makeNoticeClaims } from '../../postgres/notice-claims.ts'
import { makePresence } from '../../postgres/presence.ts'
import { makeProgressBoard } from '../../postgres/progress.ts'
import { makeSlackEffects } from '../../postgres/slack-effects.ts'
import type { DatabaseConnection } from '../config.ts'
import { repeatedly } from '../repeatedly.ts'
import { makeRunbooks } from '../runbook-folder.ts'
import { makeNoticeMeans } from './notice-means.ts'
import { makeRecords } from './records.ts'

export interface ServeSettings {
  readonly database: DatabaseConnection
  readonly queue: QueueHome
  readonly slack: SlackConnection
  readonly runbooks: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly loginDays: number
  readonly version: string
  readonly logger: Logger
}

export interface Serve {
  /** Where the CLI finds it. */
  readonly url: string
  stop(): Promise<void>
}

const TICK_MS = 500
/** The loops beside it are woken; this is how long they sleep when nobody does. */
const IDLE_MS = 5000
const NAMES_EVERY_MS = 60_000

/** Slack, projection, relay, timers, notices and the CLI's endpoint. Starts and goes on while Slack is away. */
export async function startServe(settings: ServeSettings): Promise<Serve> {
  const { logger } = settings
  const pool = new Pool({ ...settings.database, application_name: 'cutover:serve', max: 12 })
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'a connection to the log broke'))
  await migrate(pool)

  const log = makeEventLog(pool)
  const presence = makePresence(pool)
  const logins = makeLogins(pool)
  const progress = makeProgressBoard(pool)
  const queue = makeWorkQueue(settings.queue, await presence.installation(), logger)
  const names = new Map<PersonId, string>()

  const bot = makeBot({
    slack: settings.slack,
    log,
    presence,
    progress,
    logins,
    logger,
    effects: makeSlackEffects(pool),
    runbooks: (directory) => makeRunbooks(settings.runbooks, directory),
  })
  const claims = makeNoticeClaims(pool)
  const means = makeNoticeMeans({
    smtpUrl: settings.smtpUrl,
    mailFrom: settings.mailFrom,
    nameOf: (person) => names.get(person) ?? person,
    post: (notice) => bot.postNotice(notice),
  })
  const leader = makeLeader({
    log,
    presence,
    queue,
    logger,
    dispatches: makeDispatches(pool),
    instance: randomBytes(8).toString('hex'),
    version: settings.version,
    advanced: ({ id }) => {
      bot.changed(id)
      owing.add(id)
      noticing.wake()
    },
  })

  // Three loops, so that a mail server or a Slack that hangs never holds up a timer or a step.
  let leads = false
  const owing = new Set<string>()
  const ticking = repeatedly(
    TICK_MS,
    async () => {
      leads = await leader.tick()
      projecting.wake()
    },
    logger,
  )
  const projecting = repeatedly(IDLE_MS, async () => (leads ? bot.project() : undefined), logger)
  const noticing = repeatedly(
    IDLE_MS,
    async () => {
      for (const id of owing) {
        owing.delete(id)
        const loaded = await log.load(id)
        if (loaded) await deliverNotices({ log, claims, means, logger }, loaded.state, loaded.now)
      }
    },
    logger,
  )
  const naming = repeatedly(NAMES_EVERY_MS, () => learnNames(() => bot.directory.people(), names), logger)
  const changes = listenForChanges(settings.database, (cutover) => {
    if (cutover !== null) bot.changed(cutover)
    ticking.wake()
    projecting.wake()
  })
  const http = await startHttpServer({
    ...settings.listen,
    logger,
    routes: [
      ...healthRoutes(async () => ({ log: await answers(pool), slack: bot.connected(), leader: leads })),
      ...loginRoutes({ logins, days: settings.loginDays }),
      ...cutoverRoutes({
        log,
        logins,
        progress,
        directory: bot.directory,
        runbooks: makeRunbooks(settings.runbooks, bot.directory),
        records: makeRecords({ pool, log, names: () => names }),
      }),
    ],
  })
  await bot.start()
  logger.info({ url: http.url }, 'serve ready')

  return {
    url: http.url,
    async stop() {
      await bot.stop()
      await changes.stop()
      await naming.stop()
      await Promise.all([ticking.stop(), projecting.stop(), noticing.stop()])
      await http.close()
      await queue.close()
      await pool.end()
    },
  }
}

async function learnNames(
  people: () => Promise<readonly Person[]>,
  names: Map<PersonId, string>,
): Promise<void> {
  for (const { id, name } of await people()) names.set(id, name)
}

async function answers(pool: Pool): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  )
}
