import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { Runbook } from '../../../runbook/runbook.ts'
import { decodeText } from '../../../runbook/source.ts'
import { isErrorWithCode, syncFolder, writeSynced } from '../../../process/durable.ts'

const Program = z.object({ name: z.string(), path: z.string(), sha256: z.string().exactOptional() })

/** What a copy was made of, beside its files. */
const Pin = z.object({
  /** sha256 of the plan that was compared, hex. */
  plan: z.string(),
  /** Of the runbook with all that it names. */
  hash: z.string(),
  /** Name of the runbook's own file. */
  runbook: z.string(),
  /** Path → sha256 of every file of the copy, the runbook among them. */
  files: z.record(z.string(), z.string()),
  programs: z.array(Program),
})
export type Pin = z.infer<typeof Pin>

const PIN = 'pin.json'
const FILES = 'files'

/** Where the scripts, SQL files and templates of a copy lie. */
export const filesOf = (copy: string): string => join(copy, FILES)

/** Null: there is no copy, or it was not finished. */
export async function readPin(copy: string): Promise<Pin | null> {
  try {
    return Pin.parse(JSON.parse(await readFile(join(copy, PIN), 'utf8')))
  } catch {
    return null
  }
}

/** Files below a folder that are not what was copied. */
export async function otherFiles(folder: string, { files }: Pin): Promise<readonly string[]> {
  const others: string[] = []
  for (const [name, sha256] of Object.entries(files)) {
    const content = await readFile(join(folder, name)).catch(() => null)
    if (content === null || hashOf(content) !== sha256) others.push(name)
  }
  return others.toSorted()
}

/**
 * Copies a runbook and all that it names, so that the copy is there whole or not at all. Null, and nothing is there,
 * when a file has changed since the runbook was read.
 */
export async function writeCopy(
  copy: string,
  { runbook, folder }: { readonly runbook: Runbook; readonly folder: string },
  pinned: Pick<Pin, 'plan' | 'programs'>,
): Promise<Pin | null> {
  const draft = `${copy}.${randomUUID()}.tmp`
  try {
    const files: Record<string, string> = {}
    const own = basename(runbook.source.file)
    const text = await readFile(join(folder, own))
    if (!isText(text, runbook.source.text)) return null
    await write(draft, own, text, files)
    for (const [name, { sha256 }] of [...runbook.files, ...runbook.templates]) {
      const content = await readFile(join(folder, name))
      if (hashOf(content) !== sha256) return null
      await write(draft, name, content, files)
    }
    const pin: Pin = { ...pinned, hash: runbook.hash, runbook: own, files }
    await writeSynced(join(draft, PIN), JSON.stringify(pin))
    await syncFolder(draft)
    await rm(copy, { recursive: true, force: true })
    await rename(draft, copy)
    await syncFolder(dirname(copy))
    return pin
  } catch (error) {
    // Another worker of this host was quicker.
    if (isErrorWithCode(error, 'ENOTEMPTY', 'EEXIST')) return readPin(copy)
    if (isErrorWithCode(error, 'ENOENT')) return null
    throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function write(
  draft: string,
  name: string,
  content: Uint8Array,
  files: Record<string, string>,
): Promise<void> {
  const path = join(filesOf(draft), name)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeSynced(path, content)
  files[name] = hashOf(content)
}

function isText(content: Uint8Array, text: string): boolean {
  const decoded = decodeText(content)
  return decoded.ok && decoded.text === text
}

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
