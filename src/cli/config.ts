import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'

/** A setting is missing or wrong; the message names it and says what to write. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

const whole = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/** Every variable that Cutover reads; all begin with `CUTOVER_`, and none is handed to a command. */
export const Environment = z.object({
  CUTOVER_DATABASE_URL: z.string().optional().describe('The log: a PostgreSQL URL without a password.'),
  CUTOVER_DATABASE_PASSWORD_FILE: z.string().optional().describe('File (0600) with the password of the log.'),
  CUTOVER_REDIS_URL: z
    .string()
    .optional()
    .describe('BullMQ on Redis; without it the queue lives beside the log.'),
  CUTOVER_SLACK_BOT_TOKEN: z.string().optional().describe('The bot\u2019s token, xoxb-….'),
  CUTOVER_SLACK_APP_TOKEN: z.string().optional().describe('The app\u2019s token, xapp-…, for Socket Mode.'),
  CUTOVER_SLACK_SIGNING_SECRET: z
    .string()
    .optional()
    .describe('The signing secret, for signed HTTP instead of Socket Mode.'),
  CUTOVER_SLACK_PORT: whole(3000).describe('Port on 127.0.0.1 for signed HTTP requests from Slack.'),
  CUTOVER_SLACK_API_URL: z.string().optional().describe('A Slack-compatible server; test tokens only.'),
  CUTOVER_SMTP_URL: z
    .string()
    .optional()
    .describe('smtp://HOST:PORT for notices by e-mail; without it they fail and say so.'),
  CUTOVER_MAIL_FROM: z.string().default('cutover@localhost').describe('Sender of notices by e-mail.'),
  CUTOVER_WEBHOOKS_FILE: z
    .string()
    .optional()
    .describe('File (0600) with address and token of each webhook that runbooks name.'),
  CUTOVER_LISTEN: z.string().default('127.0.0.1:7420').describe('Where `serve` listens for the CLI.'),
  CUTOVER_URL: z
    .string()
    .optional()
    .describe('Where the CLI finds `serve`; several with commas; http://127.0.0.1:7420 unless set.'),
  CUTOVER_RUNBOOKS: z.string().default('runbooks').describe('Folder of the runbooks.'),
  CUTOVER_SPOOL: z
    .string()
    .default('.cutover/spool')
    .describe('Folder of the attempts on a worker\u2019s host.'),
  CUTOVER_BINDINGS: z.string().default('.cutover/bindings.json').describe('Secrets per environment (0600).'),
  CUTOVER_POOL: z.string().optional().describe('The pool that a worker serves.'),
  CUTOVER_METRICS_LISTEN: z
    .string()
    .optional()
    .describe('Where a worker answers /metrics and /healthz, as 127.0.0.1:7421; nowhere unless set.'),
  CUTOVER_LOGIN_DAYS: whole(14).describe('How long a CLI login lasts.'),
  CUTOVER_RUN_AS: z
    .string()
    .optional()
    .describe(
      'USER, USER:GROUP or UID:GID that commands and scripts of steps run under; wants a worker that is root.',
    ),
  CUTOVER_RAW_LOG_DAYS: whole(7).describe('How long raw output stays on a worker\u2019s host.'),
  CUTOVER_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much a process writes to standard error: debug, info, warn, error or silent.'),
})
export type Config = z.infer<typeof Environment>

/** Reads the settings; every finding at once. Throws {@link ConfigError}. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('CUTOVER_') && !(name in Environment.shape),
  )
  if (unknown.length > 0) {
    throw new ConfigError(
      `Unknown setting ${unknown.join(', ')}. Known are: ${Object.keys(Environment.shape).join(', ')}.`,
    )
  }
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Environment.safeParse(filled)
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`).join('\n'),
  )
}

/** The connection string has the password in it: it stays in this process. */
export interface DatabaseConnection {
  readonly connectionString: string
}

/** The log's connection; the password comes from a 0600 file, never from the URL. Throws {@link ConfigError}. */
export function databaseConnection(config: Config): DatabaseConnection {
  const url = config.CUTOVER_DATABASE_URL
  if (url === undefined) {
    throw new ConfigError(
      'CUTOVER_DATABASE_URL is not set: there is no log to write to. Set it to a PostgreSQL 14 or newer, ' +
        'or run `cutover up`, which brings its own, or `docker compose up`.',
    )
  }
  if (URL.canParse(url) && new URL(url).password !== '') {
    throw new ConfigError(
      'CUTOVER_DATABASE_URL holds a password, which every process of this user could read. ' +
        'Put it into a file with mode 0600 and name that in CUTOVER_DATABASE_PASSWORD_FILE.',
    )
  }
  const file = config.CUTOVER_DATABASE_PASSWORD_FILE
  return { connectionString: file === undefined ? url : withPassword(url, readSecretFile(file)) }
}

/** As a parameter, which every form of a URL may have. `pg` lets the URL win over a `password` beside it. */
function withPassword(url: string, password: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}password=${encodeURIComponent(password)}`
}

/** A file that only its owner may read; trailing line end removed. Throws {@link ConfigError}. */
export function readSecretFile(file: string): string {
  try {
    const mode = statSync(file).mode & 0o077
    if (mode !== 0)
      throw new ConfigError(`${file} can be read by others. Do \`chmod 600 ${file}\` and start again.`)
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${file} cannot be read. Check that it exists and belongs to this user.`)
  }
}
