import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomUUID } from 'node:crypto'

/** Writes JSON so that after a crash or a power cut the file is there whole or not at all. Mode 0600. */
export async function writeDurably(path: string, content: unknown): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  await writeSynced(draft, JSON.stringify(content))
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/** As {@link writeDurably}, but the first one wins: false when the file was there already. */
export async function createDurably(path: string, content: unknown): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`
  await writeSynced(draft, JSON.stringify(content))
  try {
    await link(draft, path)
  } catch (error) {
    if (isErrorWithCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
  return true
}

export async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

export function isErrorWithCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}

export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
