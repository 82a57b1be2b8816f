import {
  requireMatchingTokens,
  SlackConnectionError,
  type SlackConnection,
} from '../../bot/slack/connection.ts'
import type { Logger } from '../../app/ports.ts'
import type { QueueHome } from '../../jobs/connection.ts'
import { requireSafeRedis, UnfitRedis } from '../../jobs/redis-policy.ts'
import { readReceivers, type WebhookReceivers } from '../../webhooks/receivers.ts'
import { ConfigError, databaseConnection, readSecretFile, type Config } from '../config.ts'
import { VERSION } from '../version.ts'
import type { ServeSettings } from './serve.ts'

/** The settings of `serve`. Throws {@link ConfigError} for what is missing or unsafe. */
export async function serveSettings(config: Config, logger: Logger): Promise<ServeSettings> {
  return {
    database: databaseConnection(config),
    queue: await queueHome(config),
    slack: slackConnection(config),
    runbooks: config.CUTOVER_RUNBOOKS,
    rehearsalsOnly: false,
    listen: listenAddress('CUTOVER_LISTEN', config.CUTOVER_LISTEN),
    smtpUrl: config.CUTOVER_SMTP_URL,
    mailFrom: config.CUTOVER_MAIL_FROM,
    webhooks: webhookReceivers(config.CUTOVER_WEBHOOKS_FILE),
    loginDays: config.CUTOVER_LOGIN_DAYS,
    version: VERSION,
    logger,
  }
}

/** Redis when its URL is set and its policy is safe; else PostgreSQL beside the log. Throws {@link ConfigError}. */
export async function queueHome(config: Config): Promise<QueueHome> {
  const url = config.CUTOVER_REDIS_URL
  if (url === undefined) return { kind: 'postgres', ...databaseConnection(config) }
  try {
    await requireSafeRedis(url)
    return { kind: 'redis', url }
  } catch (error) {
    if (error instanceof UnfitRedis) throw new ConfigError(error.message)
    throw error
  }
}

/** Throws {@link ConfigError} for tokens that are missing or do not belong together. */
export function slackConnection(config: Config): SlackConnection {
  const botToken = config.CUTOVER_SLACK_BOT_TOKEN
  const appToken = config.CUTOVER_SLACK_APP_TOKEN
  const signingSecret = config.CUTOVER_SLACK_SIGNING_SECRET
  if (botToken === undefined) {
    throw new ConfigError(
      'CUTOVER_SLACK_BOT_TOKEN is not set. `cutover demo` needs no Slack; docs/slack.md says how to make the app.',
    )
  }
  if (appToken === undefined && signingSecret === undefined) {
    throw new ConfigError(
      'Set CUTOVER_SLACK_APP_TOKEN (xapp-…) for Socket Mode, or CUTOVER_SLACK_SIGNING_SECRET for signed HTTP.',
    )
  }
  return checked({
    botToken,
    httpPort: config.CUTOVER_SLACK_PORT,
    ...(appToken === undefined ? {} : { appToken }),
    ...(signingSecret === undefined ? {} : { signingSecret }),
    ...(config.CUTOVER_SLACK_API_URL === undefined ? {} : { apiUrl: config.CUTOVER_SLACK_API_URL }),
  })
}

/** Before anything is opened: what was started would have to be ended again. */
function checked(connection: SlackConnection): SlackConnection {
  try {
    requireMatchingTokens(connection)
    return connection
  } catch (error) {
    throw error instanceof SlackConnectionError ? new ConfigError(error.message) : error
  }
}

/** The addresses and tokens that no runbook may hold. Throws {@link ConfigError}. */
export function webhookReceivers(file: string | undefined): WebhookReceivers {
  if (file === undefined) return {}
  const text = readSecretFile(file)
  try {
    return readReceivers(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`${file} (CUTOVER_WEBHOOKS_FILE) cannot be used: ${why}.`)
  }
}

/** Throws {@link ConfigError} with the name of the setting. */
export function listenAddress(
  setting: 'CUTOVER_LISTEN' | 'CUTOVER_METRICS_LISTEN',
  text: string,
): { readonly host: string; readonly port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text)
  if (!match) throw new ConfigError(`${setting} is HOST:PORT, not "${text}".`)
  return { host: match[1] ?? '', port: Number(match[2]) }
}
