import { ActionFailure } from '../../action.ts'
import type { Reading } from '../../files/content-sum.ts'
import { sizeOf, sumOf } from '../../files/content-sum.ts'
import { bytes } from '../../wording.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'

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

function bad(message: string): ActionFailure {
  return new ActionFailure(message, {
    hint: 'Do not restore it. Use another copy, or make a new backup.',
    changed: 'nothing was changed',
  })
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`
}
