import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ActionFailure } from '../../action.ts'
import { bytes } from '../../wording.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'

export interface BackupSum {
  readonly bytes: number
  /** Of a file its own; of a folder that of its files one after the other, sorted by name. */
  readonly sha256: string
  /** Only of a folder. */
  readonly files?: Manifest['files']
}

interface Reading {
  readonly signal: AbortSignal
  /** Bytes read so far, of all. */
  readonly progress: (done: number, total: number) => void
}

/**
 * Reads the backup at `path` from end to end against its manifest, and against `sha256` where one was recorded
 * elsewhere too. Gives the manifest. Throws {@link ActionFailure}, which says whether it is missing, empty, cut off or
 * damaged.
 */
export async function verifyBackup(
  path: string,
  {
    sha256,
    manifest: manifestPath,
    ...reading
  }: Reading & { readonly sha256?: string | undefined; readonly manifest?: string | undefined },
): Promise<Manifest> {
  const size = await sizeOf(path)
  const manifest = await readManifest(path, manifestPath)
  if (sha256 !== undefined && sha256.toLowerCase() !== manifest.sha256) {
    throw bad(
      `The manifest of ${path} says sha256 ${short(manifest.sha256)}, and ${short(sha256)} was recorded.`,
    )
  }
  if (size === 0) throw bad(`The backup ${path} is empty: 0 B instead of ${bytes(manifest.bytes)}.`)
  if (size !== manifest.bytes) {
    const how = size < manifest.bytes ? 'is cut off' : 'has grown'
    throw bad(
      `The backup ${path} ${how}: ${size.toLocaleString('en-US')} bytes instead of ${manifest.bytes.toLocaleString('en-US')}.`,
    )
  }
  const found = await sumOf(path, reading)
  if (found.sha256 === manifest.sha256) return manifest
  const broken = manifest.files?.find(
    ({ name, sha256: wanted }) => found.files?.find((file) => file.name === name)?.sha256 !== wanted,
  )
  throw bad(
    `The backup ${path} is damaged: ${broken === undefined ? '' : `${broken.name} is not what was written, `}sha256 ${short(found.sha256)} instead of ${short(manifest.sha256)}.`,
  )
}

/** Size and sha256 of a backup, one file or a folder. */
export async function sumOf(path: string, { signal, progress }: Reading): Promise<BackupSum> {
  const names = await namesIn(path)
  const total = await sizeOf(path)
  const whole = createHash('sha256')
  const files: { name: string; bytes: number; sha256: string }[] = []
  let done = 0
  for (const name of names ?? ['']) {
    const own = createHash('sha256')
    const began = done
    for await (const chunk of createReadStream(join(path, name), { highWaterMark: 1 << 20, signal })) {
      if (!Buffer.isBuffer(chunk)) continue
      whole.update(chunk)
      if (names) own.update(chunk)
      done += chunk.length
      progress(done, total)
    }
    if (names) files.push({ name, bytes: done - began, sha256: own.digest('hex') })
  }
  return { bytes: done, sha256: whole.digest('hex'), ...(names ? { files } : {}) }
}

/** Bytes of a file, or of all files of a folder. Throws {@link ActionFailure} where nothing is there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    const names = await namesIn(path)
    if (names === undefined) return (await stat(path)).size
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size))
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : 'cannot be read by this worker'
    throw new ActionFailure(`The backup ${path} ${why}.`, {
      hint: 'Name the file that was recorded, on the host of this pool.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

/** Sorted by their bytes, so that every host reads them in the same order; undefined for a file. */
export async function namesIn(path: string): Promise<readonly string[] | undefined> {
  if (!(await stat(path)).isDirectory()) return undefined
  return (await readdir(path)).sort((a, b) => (a < b ? -1 : Number(a > b)))
}

function bad(message: string): ActionFailure {
  return new ActionFailure(message, {
    hint: 'Do not restore it. Use another copy, or make a new backup.',
    changed: 'nothing was changed',
  })
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`
}
