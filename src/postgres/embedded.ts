import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError, firstClosedFolder, preparePrograms } from './embedded-binaries.ts'
import { claimFolder } from './embedded-folder.ts'

export { EmbeddedPostgresError } from './embedded-binaries.ts'

export interface EmbeddedPostgresOptions {
  /** The server's own folder; what lies there from an earlier start is kept and used again. */
  readonly folder: string
  /** Default: a free one. */
  readonly port?: number
  /** `postgresql.conf` settings, as in `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Of the user `postgres`; counts at the first start only. Default: made up, kept in the folder (0600). */
  readonly password?: string
}

export interface EmbeddedPostgres {
  readonly port: number
  readonly pid: number
  /** `postgres://postgres:…@127.0.0.1:PORT/DATABASE`. */
  readonly url: (database: string) => string
  /** Ends all sessions and waits until the server is gone. The folder stays. */
  readonly stop: () => Promise<void>
}

/** PostgreSQL refuses to run as root; this is `nobody` on every Linux, and initdb wants a user that exists. */
const UNPRIVILEGED = { uid: 65534, gid: 65534 }
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 15_000
const PORT_ATTEMPTS = 5

/**
 * Starts the PostgreSQL that npm installed, on 127.0.0.1 only. It works as an ordinary user and as root (then the
 * server runs as `nobody`). It is asked to stop when this process exits.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const asRoot = process.getuid?.() === 0
  const folder = await prepareFolder(options.folder, asRoot)
  const user = asRoot ? UNPRIVILEGED : {}
  const programs = await preparePrograms(folder, asRoot)
  const data = join(folder, 'data')
  const release = await claimFolder(folder, data)
  try {
    const password = await initialise({ folder, data, programs, user, password: options.password })
    const { child, port } = await launch({ folder, data, programs, user, options })
    const stopOnExit = () => child.kill('SIGINT')
    process.once('exit', stopOnExit)
    const stop = async () => {
      await stopServer(child)
      process.removeListener('exit', stopOnExit)
      await release()
    }
    const secret = encodeURIComponent(password)
    const url = (database: string) =>
      `postgres://postgres:${secret}@127.0.0.1:${port}/${encodeURIComponent(database)}`
    return { port, pid: pidOf(child), url, stop }
  } catch (error) {
    await release()
    throw error
  }
}

async function prepareFolder(wanted: string, asRoot: boolean): Promise<string> {
  await mkdir(wanted, { recursive: true, mode: asRoot ? 0o711 : 0o700 })
  const folder = await realpath(resolve(wanted))
  if (!asRoot) return folder
  await chmod(folder, 0o711)
  const closed = await firstClosedFolder(folder)
  if (closed === undefined) return folder
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot work in ${folder}: ${closed} is closed to other users.`,
    {
      hint: 'PostgreSQL refuses to run as root, so it runs as nobody here. Choose a folder outside, such as /var/lib/cutover, or run as an ordinary user.',
    },
  )
}

interface Place {
  readonly folder: string
  readonly data: string
  readonly programs: string
  readonly user: { readonly uid?: number; readonly gid?: number }
}

/** Makes the data folder if there is none. The password comes back from its file, so that a later start knows it. */
async function initialise(place: Place & { password: string | undefined }): Promise<string> {
  const { folder, data, programs, user } = place
  const passwordFile = join(folder, 'password')
  const existing = await readdir(data).catch(() => [])
  if (existing.length > 0) return (await readFile(passwordFile, 'utf8')).trim()

  const password = place.password ?? randomBytes(24).toString('base64url')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  // initdb works beside the final name: a data folder that exists is always a whole one.
  const fresh = join(folder, 'data.new')
  const handed = join(folder, 'password.new')
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeFile(handed, `${password}\n`, { mode: 0o600 })
  for (const path of [fresh, handed]) {
    if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid)
  }
  const flags = [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]
  await runToEnd(
    join(programs, 'bin', 'initdb'),
    [`--pgdata=${fresh}`, `--pwfile=${handed}`, ...flags],
    place,
  )
  await rm(handed)
  await rename(fresh, data)
  return password
}

async function runToEnd(program: string, args: readonly string[], place: Place): Promise<void> {
  const log = openLog(place)
  const child = spawn(program, args, {
    ...place.user,
    cwd: '/',
    env: environment(),
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const failed = once(child, 'error').then(([error]: unknown[]) => Promise.reject(startFailure(place, error)))
  const ended = once(child, 'close').then(([code]: unknown[]) => code)
  if ((await Promise.race([ended, failed])) === 0) return
  throw await failureWithLog(place, 'The data folder could not be made.')
}

async function launch(
  place: Place & { options: EmbeddedPostgresOptions },
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = place.options.port ?? (await freePort())
    const child = await startServer(place, port)
    if (child !== undefined) return { child, port }
    // Somebody may have taken the free port in the meantime; a port that was asked for is not exchanged.
    if (place.options.port !== undefined || attempt === PORT_ATTEMPTS) {
      throw await failureWithLog(place, `PostgreSQL did not start on port ${port}.`)
    }
  }
}

async function startServer(place: Place & { options: EmbeddedPostgresOptions }, port: number) {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // Only TCP: the path of a Unix socket may not be longer than 107 bytes, and a temporary folder's often is.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...place.options.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openLog(place)
  const child = spawn(join(place.programs, 'bin', 'postgres'), ['-D', place.data, ...flags], {
    ...place.user,
    cwd: '/',
    env: environment(),
    stdio: ['ignore', log, log],
    // A Ctrl-C on the terminal is for the program that started the server; that one decides when to stop it.
    detached: true,
  })
  closeSync(log)
  let spawnError: unknown
  child.once('error', (error) => (spawnError = error))
  const deadline = performance.now() + START_LIMIT_MS
  while (performance.now() < deadline) {
    if (spawnError !== undefined) throw startFailure(place, spawnError)
    if (child.exitCode !== null || child.signalCode !== null) return undefined
    if (await isReady(place.data, pidOf(child))) {
      child.unref()
      return child
    }
    await sleep(20)
  }
  child.kill('SIGQUIT')
  throw await failureWithLog(place, `PostgreSQL was not ready after ${START_LIMIT_MS / 1000} s.`)
}

/** The eighth line of postmaster.pid is the server's own word on how far it is; pg_ctl reads the same. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const gone = once(child, 'exit')
  child.kill('SIGINT')
  const patience = new AbortController()
  const late = sleep(STOP_LIMIT_MS, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGQUIT'),
    () => false,
  )
  await gone
  patience.abort()
  await late
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has no port')
  return address.port
}

/** Nothing of the caller's environment: PGPORT, PGDATA and the locale would all change what the server does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function openLog(place: Place): number {
  return openSync(join(place.folder, 'postgres.log'), 'a', 0o600)
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new TypeError('the process was never started')
  return child.pid
}

function startFailure(place: Place, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`PostgreSQL's programs in ${place.programs} cannot be run here.`, {
    hint: 'They are built for glibc. On another system, name a PostgreSQL server of your own.',
    cause,
  })
}

async function failureWithLog(place: Place, message: string): Promise<EmbeddedPostgresError> {
  const path = join(place.folder, 'postgres.log')
  const log = await readFile(path, 'utf8').catch(() => '')
  const last = log.split('\n').findLast((line) => /FATAL|error|PANIC|could not/i.test(line))
  const reason = last === undefined ? '' : ` It says: ${last.replace(/^.*?(FATAL|PANIC|error):\s*/i, '')}`
  return new EmbeddedPostgresError(`${message}${reason}`, { hint: `The whole log is ${path}.` })
}
