import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { namesIn } from './content-sum.ts'
import { syncToDisk } from './durable.ts'

const LOOK_EVERY_MS = 200
/** A folder of thousands of files is looked through for a twentieth of the time at most. */
const PAUSE_PER_LOOK = 20
const WORTH_A_SYNC_BYTES = 8 << 20

/**
 * Hands the file or folder at `path` to the disk while another program writes it, so that little is left to wait for
 * at the end. Once `ended` is aborted, when that program is done, the rest follows; what it gives resolves when all of
 * it survives a power cut. Rejects with the system's error where the disk failed at any moment.
 */
export async function writtenBack(path: string, ended: AbortSignal): Promise<void> {
  const handed = new Map<string, number>()
  while (!ended.aborted) {
    const began = performance.now()
    const grown = await filesThatGrew(path, handed)
    const looked = performance.now() - began
    for (const file of grown) await handOver(file)
    await pause(Math.max(LOOK_EVERY_MS, looked * PAUSE_PER_LOOK), undefined, { signal: ended }).catch(
      () => undefined,
    )
  }
  for (const file of await filesOf(path)) await syncToDisk(file)
  if ((await namesIn(path)) !== undefined) await syncToDisk(path)
}

async function filesOf(path: string): Promise<string[]> {
  return ((await namesIn(path)) ?? ['']).map((name) => join(path, name))
}

async function filesThatGrew(path: string, handed: Map<string, number>): Promise<string[]> {
  const grown: string[] = []
  for (const file of await filesOf(path).catch(() => [])) {
    // The program may not have made it yet, or make it anew.
    const { size } = await stat(file).catch(() => ({ size: 0 }))
    if (size - (handed.get(file) ?? 0) < WORTH_A_SYNC_BYTES) continue
    handed.set(file, size)
    grown.push(file)
  }
  return grown
}

async function handOver(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined)
  try {
    await file?.datasync()
  } finally {
    await file?.close()
  }
}
