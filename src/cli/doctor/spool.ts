import { randomUUID } from 'node:crypto'
import { rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Pool } from 'pg'
import { ask } from '../../postgres/ask.ts'
import { createDurably, isErrorWithCode } from '../../process/durable.ts'
import { readAttempt } from '../../process/evidence.ts'
import { attemptFolder, listAttempts } from '../../process/spool.ts'
import { ConfigError } from '../config.ts'
import { readRunAs } from '../worker/run-as.ts'
import { MIN_FREE_BYTES } from '../worker/worker.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look } from './place.ts'

/** From linux/magic.h: file systems that a restart empties. */
const FLEETING: Readonly<Record<number, string>> = { 0x01021994: 'tmpfs', 0x858458f6: 'ramfs' }
const OVERLAY = 0x794c7630
const COMFORTABLE_BYTES = 4 * MIN_FREE_BYTES

/** The folder where results wait for the log: it must outlive the worker, the host's restart, and a full disk. */
export const spool: Look = {
  title: 'Spool',
  async look({ config, log }) {
    const root = resolve(config.CUTOVER_SPOOL)
    const folder = await stat(root).catch(() => null)
    if (folder === null) {
      const above = await nearestFolder(dirname(root))
      return [
        ok(`${root} is not there yet: the worker makes it when it starts`),
        ...(await diskFindings(above)),
      ]
    }
    if (!folder.isDirectory()) return [error(`${root} is a file.`, 'Set CUTOVER_SPOOL to a folder.')]
    return [
      rightsFinding(root, folder, config.CUTOVER_RUN_AS !== undefined),
      ...runAsFindings(config.CUTOVER_RUN_AS),
      ...(await diskFindings(root)),
      await durabilityFinding(root),
      ...(log === null ? [] : await strangers(root, log)),
    ]
  },
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => null)
  return found !== null || path === dirname(path) ? path : nearestFolder(dirname(path))
}

/** Another user for commands passes through the spool to what is laid ready for them, and sees nothing of it. */
function rightsFinding(
  root: string,
  { mode, uid }: { readonly mode: number; readonly uid: number },
  isPassed: boolean,
): Finding {
  const me = process.getuid?.()
  if (me !== undefined && me !== 0 && uid !== me)
    return error(
      `${root} belongs to another user (${uid}).`,
      `Run the worker as that user, or: chown -R ${me} ${root}`,
    )
  return (mode & (isPassed ? 0o066 : 0o077)) === 0
    ? ok(`${root} is closed to others`)
    : error(
        `${root} is open to others (mode ${(mode & 0o777).toString(8)}): output may hold what nobody should read.`,
        `chmod ${isPassed ? 711 : 700} ${root}`,
      )
}

function runAsFindings(written: string | undefined): readonly Finding[] {
  if (written === undefined) return []
  try {
    const { environment } = readRunAs(written)
    return [ok(`Commands of steps run as ${environment['USER'] ?? written}`)]
  } catch (caught) {
    if (!(caught instanceof ConfigError)) throw caught
    return [
      error(
        caught.message.replace(/ Nothing was started\.$/, ''),
        'docs/security.md, “Another user for commands”.',
      ),
    ]
  }
}

async function diskFindings(folder: string): Promise<readonly Finding[]> {
  const { type, bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const fleeting = FLEETING[type]
  return [
    ...(fleeting === undefined
      ? []
      : [
          error(
            `It lies on ${fleeting}: a restart of the host takes the results of what ran with it.`,
            'Set CUTOVER_SPOOL to a folder on a disk.',
          ),
        ]),
    ...(type === OVERLAY
      ? [warning('It lies in the layer of a container and goes with it.', 'Mount a volume there.')]
      : []),
    roomFinding(free),
  ]
}

/** @internal */
export function roomFinding(free: number): Finding {
  const says = `${Math.floor(free / 1_048_576).toLocaleString('en-GB')} MB are free`
  const limit = `${MIN_FREE_BYTES / 1_048_576} MB`
  if (free < MIN_FREE_BYTES)
    return error(`${says}: below ${limit} nothing is started.`, 'Make room on its disk.')
  if (free < COMFORTABLE_BYTES)
    return warning(`${says}; below ${limit} nothing is started.`, 'Make room on its disk before the night.')
  return ok(says)
}

/** An attempt is locked by a hard link and told by a file that was synced: both are tried. */
async function durabilityFinding(root: string): Promise<Finding> {
  const path = join(root, `.doctor-${randomUUID()}`)
  try {
    await createDurably(path, {})
    return ok('It takes hard links and syncs to disk')
  } catch (caught) {
    if (isErrorWithCode(caught, 'EACCES', 'EPERM', 'EROFS'))
      return error(
        'This user cannot write there, or its disk takes no hard links.',
        'The spool needs a local file system (ext4, xfs) that belongs to the user of the worker.',
      )
    if (isErrorWithCode(caught, 'ENOSPC', 'EDQUOT')) return error('Its disk is full.', 'Make room.')
    return error('Its disk cannot do hard links or fsync.', 'The spool needs a local file system: ext4, xfs.')
  } finally {
    await rm(path, { force: true })
  }
}

/** What was started here and is in no ticket of the log: it was restored from a backup, or it is another one. */
async function strangers(root: string, log: Pool): Promise<readonly Finding[]> {
  const spool = { root, runner: '', minFreeBytes: 0 }
  const begun: string[] = []
  for (const attempt of await listAttempts(spool).catch(() => [])) {
    const { lock } = await readAttempt(attemptFolder(spool, attempt))
    if (lock !== 'free' && lock !== 'fenced') begun.push(attempt)
  }
  if (begun.length === 0) return []
  const { rows } = await ask<{ attempt: string }>(
    log,
    'select attempt from cutover.ticket where attempt = any($1)',
    [begun],
  )
  const known = new Set(rows.map(({ attempt }) => attempt))
  const unknown = begun.filter((attempt) => !known.has(attempt))
  if (unknown.length === 0) return []
  return [
    error(
      `The log knows nothing of what ran here: ${unknown.join(', ')}.`,
      'Was it restored from an older backup, or is it another log? docs/reliability.md, “The log’s database is lost”.',
    ),
  ]
}
