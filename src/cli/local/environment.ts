import type { LocalDatabase } from './database.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a process needs to run at all; nothing here says where to connect to. */
const KEPT = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|TERM|COLUMNS|NO_COLOR)$/

export function harmless(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && KEPT.test(entry[0]),
    ),
  )
}

/**
 * Takes everything else out of this very process: libraries read variables of their own (`PGSSLMODE`,
 * `HTTPS_PROXY`), and what was set for production must not reach anything that is started here.
 */
export function forgetEnvironment(): void {
  for (const name of Object.keys(process.env)) if (!KEPT.test(name)) delete process.env[name]
}

/** The settings that every child process of a local installation shares. */
export function commonSettings(wanted: {
  readonly log: LocalDatabase
  readonly redisUrl: string | undefined
  readonly runbooks: string
}): Record<string, string> {
  return {
    CUTOVER_DATABASE_URL: wanted.log.urlWithoutPassword,
    CUTOVER_DATABASE_PASSWORD_FILE: wanted.log.passwordFile,
    CUTOVER_RUNBOOKS: wanted.runbooks,
    ...(wanted.redisUrl === undefined ? {} : { CUTOVER_REDIS_URL: wanted.redisUrl }),
  }
}
