import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ActionFailure } from '../action.ts'
import type { AnyTarget, PostgresTarget } from '../targets.ts'

/**
 * How a target reaches a command: PostgreSQL by libpq's variables and a passfile (0600, in the attempt's folder),
 * so that no password stands in argv or in the environment; SQLite by `CUTOVER_TARGET_PATH`.
 */
export async function targetEnvironment(target: AnyTarget, folder: string): Promise<Record<string, string>> {
  if (target.kind === 'sqlite') return { CUTOVER_TARGET_PATH: resolve(target.path) }
  const { variables, password } = partsOf(target)
  const environment: Record<string, string> = {
    PGOPTIONS: '-c lock_timeout=5s -c idle_in_transaction_session_timeout=10min',
    ...variables,
  }
  if (password !== undefined) environment['PGPASSFILE'] = await writePassfile(folder, target.name, password)
  return environment
}

/** libpq's variable for each connection option that a URL may carry. */
const OPTION_VARIABLES: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  channel_binding: 'PGCHANNELBINDING',
  gssencmode: 'PGGSSENCMODE',
}
/** Read elsewhere: the host as a socket folder, and what Cutover sets itself. */
const KNOWN_OPTIONS = new Set([
  ...Object.keys(OPTION_VARIABLES),
  'host',
  'port',
  'user',
  'dbname',
  'application_name',
])

function partsOf(target: PostgresTarget) {
  const url = parse(target)
  const query = url.searchParams
  const unknown = [...query.keys()].find((key) => !KNOWN_OPTIONS.has(key))
  if (unknown !== undefined) {
    throw refusal(
      target,
      `The URL of target ${target.name} has the option "${unknown}", which PostgreSQL's tools refuse.`,
    )
  }
  const options = Object.entries(OPTION_VARIABLES).flatMap(([key, variable]) => {
    const value = query.get(key)
    return value === null ? [] : [[variable, value] as const]
  })
  const user = decodeURIComponent(url.username) || (query.get('user') ?? '')
  const database =
    target.database ?? (decodeURIComponent(url.pathname.slice(1)) || (query.get('dbname') ?? user))
  if (database === '') throw refusal(target, `The URL of target ${target.name} names no database.`)
  return {
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    variables: {
      PGHOST: query.get('host') ?? hostOf(url),
      PGPORT: url.port || (query.get('port') ?? '5432'),
      PGDATABASE: database,
      // Without one, libpq takes the name of the OS user, as peer authentication wants it.
      ...(user === '' ? {} : { PGUSER: user }),
      ...Object.fromEntries(options),
    },
  }
}

function parse(target: PostgresTarget): URL {
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined
  if (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') return url
  throw refusal(target, `The URL of target ${target.name} is no PostgreSQL URL.`)
}

/** `[::1]` → `::1`, `%2Fvar%2Frun` → `/var/run`. */
function hostOf(url: URL): string {
  return decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'
}

function refusal(target: PostgresTarget, message: string): ActionFailure {
  return new ActionFailure(message, {
    hint: `Write it as postgres://user@host:5432/database in the bindings of target ${target.name}.`,
    changed: 'nothing was started',
  })
}

/** Any host and database of this session: the file serves this one attempt. */
async function writePassfile(folder: string, name: string, password: string): Promise<string> {
  const path = join(folder, `passfile-${name.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`)
  await rm(path, { force: true })
  await writeFile(path, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600, flag: 'wx' })
  return path
}
