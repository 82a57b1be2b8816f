import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ClientConfig } from 'pg'

/** Where the stand-in of Ward OPS listens, writes and reads: the vars of the runbook, as every command gets them. */
export interface ServiceSettings {
  readonly health: URL
  readonly sqlite: string
  readonly log: string
  /** Holds the process id while it runs. */
  readonly pidFile: string
}

type Environment = Readonly<Record<string, string | undefined>>

export function serviceSettings(environment: Environment, folder: string): ServiceSettings {
  const value = (name: string): string => {
    const found = environment[name]
    if (found === undefined)
      throw new Error(`${name} is not set: this program is started by the runbook’s steps.`)
    return found
  }
  return {
    health: new URL(value('CUTOVER_VAR_HEALTH')),
    sqlite: resolve(folder, value('CUTOVER_VAR_SQLITE')),
    log: resolve(folder, value('CUTOVER_VAR_APP_LOG')),
    pidFile: join(folder, 'ward-ops.pid'),
  }
}

/**
 * PostgreSQL as libpq's variables name it. The passfile is gone when the step that starts the service has ended, so
 * the password is read once.
 */
export function postgresSettings(environment: Environment): ClientConfig {
  const passfile = environment['PGPASSFILE']
  return {
    host: environment['PGHOST'],
    port: Number(environment['PGPORT']),
    user: environment['PGUSER'],
    database: environment['PGDATABASE'],
    ...(passfile === undefined ? {} : { password: passwordIn(passfile) }),
    application_name: 'ward-ops',
  }
}

/** The last of `host:port:database:user:password`, in which `\` stands before a colon or itself. */
function passwordIn(passfile: string): string {
  const [line = ''] = readFileSync(passfile, 'utf8').split('\n')
  return (/(?:[^:\\]|\\.)*$/.exec(line)?.[0] ?? '').replaceAll(/\\(.)/g, '$1')
}
