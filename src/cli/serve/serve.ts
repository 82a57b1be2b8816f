import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { makeLeader } from '../../app/lead.ts'
import type { Runbooks } from '../../app/open-cutover.ts'
import type { Contacts, CutoverLog, Directory, Logger, Logins, Person } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { makeBot, type Bot, type SlackConnection } from '../../bot/app.ts'
import { cutoverRoutes } from '../../http/routes/cutovers.ts'
import { measured, type Metrics } from '../../http/metrics/registry.ts'
import { makeServeMetrics, type SeenByServe } from '../../http/metrics/serve-metrics.ts'
import { healthRoutes } from '../../http/routes/health.ts'
import { loginRoutes } from '../../http/routes/logins.ts'
import { startHttpServer, type Route } from '../../http/server.ts'
import type { QueueHome } from '../../jobs/connection.ts'
import { prepareQueue } from '../../jobs/queue-schema.ts'
import { makeWorkQueue } from '../../jobs/work-queue.ts'
import { countLog } from '../../postgres/counts.ts'
import { listenForChanges } from '../../postgres/changes.ts'
import { makeDispatches } from '../../postgres/dispatches.ts'
import { makeEventLog } from '../../postgres/event-log.ts'
import { makeContacts } from '../../postgres/contacts.ts'
import { makeLogins } from '../../postgres/logins.ts'
import { migrate } from '../../postgres/migrate.ts'
import { makeNoticeClaims } from '../../postgres/notice-claims.ts'
import { openLogPool } from '../../postgres/pool.ts'
import { makePresence } from '../../postgres/presence.ts'
import { makeProgressBoard } from '../../postgres/progress.ts'
import { makeSlackEffects } from '../../postgres/slack-effects.ts'
import type { WebhookReceivers } from '../../webhooks/receivers.ts'
import type { DatabaseConnection } from '../config.ts'
import { repeatedly } from '../repeatedly.ts'
import { rehearsalsOnly } from '../local/rehearsals-only.ts'
import { makeRunbooks, readAhead } from '../runbook-folder.ts'
import { makeValidations, type Validations } from '../validations.ts'
import { startLoops, type Loops } from './loops.ts'
import { makeNoticeMeans } from './notice-means.ts'
import { makeRecords } from './records.ts'
import { watchSlack, type SlackWatch } from './watch-slack.ts'

export interface ServeSettings {
  readonly database: DatabaseConnection
  readonly queue: QueueHome
  readonly slack: SlackConnection
  readonly runbooks: string
  /** Refuses to open on live environments. */
  readonly rehearsalsOnly: boolean
  readonly listen: { readonly host: string; readonly port: number }
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly webhooks: WebhookReceivers
  readonly loginDays: number
  readonly version: string
  readonly logger: Logger
}

export interface Serve {
  /** Where the CLI finds it. */
  readonly url: string
  stop(): Promise<void>
}

const NAMES_EVERY_MS = 60_000
const ANSWERS_WITHIN_MS = 2_000

/** Slack, projection, relay, timers, notices and the CLI's endpoint. Starts and goes on while Slack is away. */
export async function startServe(settings: ServeSettings): Promise<Serve> {
  const { logger } = settings
  const pool = openLogPool(settings.database, { name: 'cutover:serve', max: 12, logger })
  await migrate(pool)
  await prepareQueue(settings.queue)

  const metrics = makeServeMetrics({
    version: settings.version,
    counts: () => countLog(pool),
    seen: () => seenNow(bot, slack, loops),
  })
  const log = measured(makeEventLog(pool), metrics.appended)
  const presence = makePresence(pool)
  const logins = makeLogins(pool)
  const contacts = makeContacts(pool)
  const queue = makeWorkQueue(settings.queue, await presence.installation(), logger)
  const names = new Map<PersonId, string>()
  const ahead = startReadingAhead(settings)
  const bot = makeBot({
    slack: settings.slack,
    log,
    presence,
    progress: makeProgressBoard(pool),
    logins,
    contacts,
    logger,
    effects: makeSlackEffects(pool),
    runbooks: (directory) => runbooksOf(settings, directory, ahead.validated),
    called: metrics.slackCall,
  })
  const leader = makeLeader({
    log,
    presence,
    queue,
    logger,
    dispatches: makeDispatches(pool),
    instance: randomBytes(8).toString('hex'),
    version: settings.version,
    advanced: ({ id }) => loops.advanced(id),
  })
  const means = makeNoticeMeans({
    smtpUrl: settings.smtpUrl,
    mailFrom: settings.mailFrom,
    webhooks: settings.webhooks,
    log,
    names,
    post: (notice) => bot.postNotice(notice),
  })
  const claims = makeNoticeClaims(pool)
  const slack = watchSlack({ bot, claims, contacts, logins, logger, mail: (letter) => means.mail(letter) })
  const loops = startLoops({ leader, bot, log, means, logger, claims, slack })
  const naming = repeatedly(NAMES_EVERY_MS, () => learnNames(() => bot.directory.people(), names), logger)
  const changes = listenForChanges(settings.database, (cutover) => {
    if (cutover !== null) bot.changed(cutover)
    loops.wake()
  })
  const parts = { pool, log, logins, contacts, bot, names, metrics, slack, loops, ...ahead }
  const http = await listen(settings, parts)
  await bot.start()
  logger.info({ url: http.url }, 'serve ready')

  return {
    url: http.url,
    async stop() {
      ahead.stop()
      for (const part of [bot, changes, naming, loops]) await part.stop()
      await http.close()
      await queue.close()
      await pool.end()
    },
  }
}

interface Parts {
  readonly pool: Pool
  readonly log: CutoverLog
  readonly logins: Logins
  readonly contacts: Contacts
  readonly bot: Bot
  readonly names: ReadonlyMap<PersonId, string>
  readonly metrics: Metrics
  readonly slack: SlackWatch
  readonly loops: Loops
  readonly validated: Validations
}

function listen(settings: ServeSettings, parts: Parts): ReturnType<typeof startHttpServer> {
  const { pool, metrics, slack, loops } = parts
  return startHttpServer({
    ...settings.listen,
    logger: settings.logger,
    routes: [
      ...healthRoutes(async () => readyNow(await answers(pool), slack, loops)),
      metrics.route,
      ...routesFor(settings, parts),
    ],
  })
}

function routesFor(
  settings: ServeSettings,
  { pool, log, logins, contacts, bot, names, validated }: Parts,
): readonly Route[] {
  return [
    ...loginRoutes({ logins, days: settings.loginDays }),
    ...cutoverRoutes({
      log,
      logins,
      contacts,
      logger: settings.logger,
      directory: bot.directory,
      runbooks: runbooksOf(settings, bot.directory, validated),
      records: makeRecords({ pool, names: () => names }),
    }),
  ]
}

/** What cannot be read is said to whoever asks for it. */
function startReadingAhead({ runbooks, logger }: ServeSettings) {
  const validated = makeValidations()
  const controller = new AbortController()
  readAhead(runbooks, validated, { signal: controller.signal }).catch((error: unknown) => {
    if (!controller.signal.aborted) logger.warn({ error }, 'the runbooks could not be read ahead')
  })
  return { validated, stop: () => controller.abort() }
}

function runbooksOf(
  { runbooks, rehearsalsOnly: isLimited }: ServeSettings,
  directory: Directory,
  validated: Validations,
): Runbooks {
  const all = makeRunbooks(runbooks, directory, validated)
  return isLimited ? rehearsalsOnly(all) : all
}

async function learnNames(
  people: () => Promise<readonly Person[]>,
  names: Map<PersonId, string>,
): Promise<void> {
  for (const { id, name } of await people()) names.set(id, name)
}

/** Who cannot reach the log cannot know whether it still leads. */
const readyNow = (log: boolean, slack: SlackWatch, loops: Loops) => ({
  log,
  slack: slack.isThere(),
  leader: log && loops.leads(),
})

const seenNow = (bot: Bot, slack: SlackWatch, loops: Loops): SeenByServe => ({
  leads: loops.leads(),
  connected: bot.connected(),
  inTrouble: !slack.isThere(),
  parkedPosts: bot.parked(),
  lagSeconds: bot.lagMs() / 1000,
})

/** Soon enough for whoever asks whether this process is of any use. */
async function answers(pool: Pool): Promise<boolean> {
  const late = sleep(ANSWERS_WITHIN_MS, false, { ref: false })
  const asked = pool.query<{ standby: boolean }>('select pg_is_in_recovery() as standby').then(
    ({ rows }) => rows[0]?.standby === false,
    () => false,
  )
  return Promise.race([asked, late])
}
