import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createDurably, syncFolder, writeDurably } from './durable.ts'
import { readJson } from './evidence.ts'
import { exists, files, attemptFolder, type Spool } from './spool.ts'

/**
 * What somebody does on a worker's host with neither `serve` nor the log: it takes effect by files at once, and is
 * told to the log when that is there again.
 */
const Act = z.object({
  kind: z.enum(['hold', 'release', 'cancel']),
  /** The OS user, as `name`. */
  by: z.string(),
  reason: z.string(),
  /** Wall-clock milliseconds of this host. */
  at: z.number(),
  attempt: z.string().optional(),
})
export type LocalAct = z.infer<typeof Act> & {
  readonly id: string
  /** The owner of the file: nobody but root can write in another user's name. */
  readonly uid: number
}

export type Hold = Pick<LocalAct, 'by' | 'reason' | 'at'>

/** Nothing new is started from this spool until {@link releaseSpool}; what runs goes on. */
export async function holdSpool(
  spool: Spool,
  { reason, now }: { reason: string; now: number },
): Promise<void> {
  const hold = { by: osUser(), reason, at: now }
  await writeDurably(join(spool.root, HOLD), hold)
  await record(spool, { kind: 'hold', ...hold })
}

/** False when there was no hold. */
export async function releaseSpool(
  spool: Spool,
  { reason, now }: { reason: string; now: number },
): Promise<boolean> {
  if (!(await exists(join(spool.root, HOLD)))) return false
  await rm(join(spool.root, HOLD), { force: true })
  await syncFolder(spool.root)
  await record(spool, { kind: 'release', by: osUser(), reason, at: now })
  return true
}

/** To be asked right before a runner is started. A hold that cannot be read is a hold. */
export async function readHold(spool: Spool): Promise<Hold | null> {
  const path = join(spool.root, HOLD)
  const hold = await readJson(path, Act.pick({ by: true, reason: true, at: true }))
  if (hold !== null) return hold
  const file = await stat(path).catch(() => null)
  return file && { by: `user ${file.uid}`, reason: 'the hold file says no more', at: file.mtimeMs }
}

/** Cancels by the runner's own file, also while no worker is up. False when there is nothing to cancel any more. */
export async function cancelLocally(
  spool: Spool,
  attempt: string,
  { reason, now }: { reason: string; now: number },
): Promise<boolean> {
  const by = osUser()
  if (!(await writeCancel(attemptFolder(spool, attempt), { reason, by }))) return false
  await record(spool, { kind: 'cancel', by, reason, at: now, attempt })
  return true
}

/** cancel.json, which the runner looks for: the first one counts. False when the attempt has ended or is unknown. */
export async function writeCancel(
  folder: string,
  { reason, by }: { reason: string; by: string },
): Promise<boolean> {
  if (!(await exists(folder)) || (await exists(join(folder, files.result)))) return false
  await createDurably(join(folder, files.cancel), { reason, by })
  return true
}

/** What the log has not been told yet, oldest first. */
export async function pendingActs(spool: Spool): Promise<readonly LocalAct[]> {
  const acts: LocalAct[] = []
  for (const name of (await readdir(join(spool.root, ACTS))).sort()) {
    const path = join(spool.root, ACTS, name)
    const act = name.endsWith('.json') ? await readJson(path, Act) : null
    const file = await stat(path).catch(() => null)
    if (act !== null && file !== null) acts.push({ ...act, id: name.replace(/\.json$/, ''), uid: file.uid })
  }
  return acts
}

export async function forgetAct(spool: Spool, { id }: Pick<LocalAct, 'id'>): Promise<void> {
  await rm(join(spool.root, ACTS, `${id}.json`), { force: true })
}

const HOLD = 'hold'
const ACTS = 'acts'

async function record(spool: Spool, act: z.infer<typeof Act>): Promise<void> {
  // The name begins with the time, so that acts are told in the order in which they were done.
  const id = `${String(act.at).padStart(15, '0')}-${randomUUID()}`
  await writeDurably(join(spool.root, ACTS, `${id}.json`), act)
}

function osUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
