import { randomUUID } from 'node:crypto'
import { link, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createDurably, isErrorWithCode } from './durable.ts'
import { readJson } from './evidence.ts'
import { currentPlace, processStart } from './runner.ts'
import type { Spool } from './spool.ts'

/**
 * At a deploy two workers have the same spool for a moment; only the one with the claim watches its attempts. A
 * claim ends with its process, so that the next worker goes on at once after a crash.
 */
export interface SpoolClaim {
  /** Takes or keeps the claim; to be asked before every round. */
  readonly holds: () => Promise<boolean>
  readonly release: () => Promise<void>
}

const Holder = z.object({
  id: z.string(),
  pid: z.int(),
  startTime: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
  host: z.string(),
})
type Holder = z.infer<typeof Holder>

/** The process that watches this spool now; null: none that lives on this host. */
export async function claimant(root: string): Promise<number | null> {
  const holder = await readJson(join(root, CLAIM), Holder)
  return holder !== null && processStart(holder.pid) === holder.startTime ? holder.pid : null
}

const CLAIM = 'supervisor.lock'
/** A holder whose process cannot be looked at has gone when it was silent for so long. */
const SILENT_MS = 15_000

/** `onHung` hears once of a holder that is alive and has not asked for so long that it must hang. */
export function claimSpool(
  spool: Spool,
  onHung: (holder: { readonly pid: number; readonly silentMs: number }) => void = () => undefined,
): SpoolClaim {
  const path = join(spool.root, CLAIM)
  const here = currentPlace()
  const me: Holder = {
    id: randomUUID(),
    pid: process.pid,
    startTime: processStart(process.pid) ?? '',
    ...here,
  }
  let hung: string | null = null

  async function holds(): Promise<boolean> {
    const file = await stat(path).catch(() => null)
    if (file === null) return createDurably(path, me)
    const holder = await readJson(path, Holder)
    if (holder?.id === me.id) {
      await utimes(path, new Date(), new Date())
      return true
    }
    const silentMs = Math.abs(Date.now() - file.mtimeMs)
    if (isAlive(holder, silentMs)) {
      if (holder !== null && silentMs > SILENT_MS && hung !== holder.id) {
        hung = holder.id
        onHung({ pid: holder.pid, silentMs })
      }
      return false
    }
    return (await takeAway(holder)) && createDurably(path, me)
  }

  function isAlive(holder: Holder | null, silentMs: number): boolean {
    if (holder?.bootId === here.bootId && holder.pidNamespace === here.pidNamespace) {
      return processStart(holder.pid) === holder.startTime
    }
    const rebooted = holder !== null && holder.host === here.host && holder.bootId !== here.bootId
    return !rebooted && silentMs < SILENT_MS
  }

  /** Several may find the same dead holder; what was moved is looked at again, lest it was a new claim already. */
  async function takeAway(dead: Holder | null): Promise<boolean> {
    const aside = `${path}.${randomUUID()}`
    try {
      await rename(path, aside)
    } catch (error) {
      if (isErrorWithCode(error, 'ENOENT')) return true
      throw error
    }
    const moved = await readJson(aside, Holder)
    const mistaken = moved?.id !== dead?.id
    if (mistaken) await link(aside, path).catch(() => undefined)
    await rm(aside, { force: true })
    return !mistaken
  }

  async function release(): Promise<void> {
    if ((await readJson(path, Holder))?.id === me.id) await rm(path, { force: true })
  }

  return { holds, release }
}
