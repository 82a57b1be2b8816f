import { spawnSync } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RunAs } from '../../actions/action.ts'
import { ConfigError } from '../config.ts'

const WRITTEN = /^([a-z_][a-z0-9_.-]*|\d+)(?::([a-z_][a-z0-9_.-]*|\d+))?$/i

/**
 * The user of CUTOVER_RUN_AS: `user`, `user:group` or `uid:gid`. Throws a {@link ConfigError} for one that is not
 * there, for root, and where this worker may not become another user.
 */
export function readRunAs(written: string, uidOfWorker = process.getuid?.()): RunAs {
  const match = WRITTEN.exec(written)
  if (match === null)
    throw new ConfigError(
      `CUTOVER_RUN_AS is USER, USER:GROUP or UID:GID, not "${written}". Nothing was started.`,
    )
  const [, user = '', group] = match
  const found = userOf(user)
  const gid = group === undefined ? found?.gid : groupOf(group)
  if (found === undefined || gid === undefined) {
    const missing = found === undefined ? `user ${user}` : `group ${group ?? ''}`
    throw new ConfigError(`CUTOVER_RUN_AS: there is no ${missing} on this host. Nothing was started.`)
  }
  if (found.uid === 0) throw new ConfigError('CUTOVER_RUN_AS: root is no other user. Nothing was started.')
  // A capability that lets a worker become somebody else would be inherited by what it starts.
  if (uidOfWorker !== 0) {
    throw new ConfigError(
      `CUTOVER_RUN_AS wants a worker that runs as root: only root may start a command as ${user}. Run the worker as root, or as ${user} itself and without this setting. Nothing was started.`,
    )
  }
  const { uid, home, shell, name } = found
  return { uid, gid, environment: { HOME: home, USER: name, LOGNAME: name, SHELL: shell } }
}

interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

function userOf(user: string): Account | undefined {
  const [name, , uid, gid, , home, shell] = entry('passwd', user)
  if (name !== undefined && uid !== undefined && gid !== undefined)
    return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/', shell: shell ?? '/bin/sh' }
  // A number needs no name.
  return /^\d+$/.test(user)
    ? { name: user, uid: Number(user), gid: Number(user), home: '/', shell: '/bin/sh' }
    : undefined
}

function groupOf(group: string): number | undefined {
  const [, , gid] = entry('group', group)
  if (gid !== undefined) return Number(gid)
  return /^\d+$/.test(group) ? Number(group) : undefined
}

/** As every program of this host would find it, also in a directory service. */
function entry(database: 'passwd' | 'group', key: string): readonly (string | undefined)[] {
  const { stdout, status } = spawnSync('getent', [database, key], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().split(':') : []
}

/**
 * Lets that user pass through the spool to what is laid ready for a command, and to nothing else: folders may be
 * passed, not listed, and all others stay closed. Throws a {@link ConfigError} where a folder above is in the way.
 */
export async function openSpoolFor(spool: string, { uid, gid, environment }: RunAs): Promise<void> {
  const secrets = join(resolve(spool), 'secrets')
  await mkdir(secrets, { recursive: true })
  for (const folder of [resolve(spool), secrets]) await chmod(folder, 0o711)
  const { status } = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', secrets], {
    uid,
    gid,
    cwd: '/',
    env: {},
    stdio: 'ignore',
  })
  if (status === 0) return
  throw new ConfigError(
    `${environment['USER'] ?? uid} of CUTOVER_RUN_AS cannot reach ${secrets}: a folder above it is closed. Put CUTOVER_SPOOL below one that may be passed. Nothing was started.`,
  )
}
