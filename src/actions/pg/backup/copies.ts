import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ActionFailure } from '../../action.ts'
import { makeFolder, writeFailure } from '../../files/backup-place.ts'
import { copyDurably, syncToDisk } from '../../files/durable.ts'
import { diskTrouble, requireRoom } from '../../files/room.ts'
import type { Manifest } from './manifest.ts'
import { manifestPathOf, writeManifest } from './manifest.ts'
import { namesIn, sizeOf, sumOf } from '../../files/content-sum.ts'

const OTHERS_MAY_WRITE = 0o022

/** Makes a folder for backups (0700). One that others may write to is refused: they could put another file there. */
export async function preparePlace(folder: string): Promise<void> {
  await makeFolder(folder)
  const { mode } = await stat(folder)
  if ((mode & OTHERS_MAY_WRITE) === 0) return
  throw new ActionFailure(`Others may write to the folder ${folder}.`, {
    hint: `Name a folder of its own for backups, or close this one: chmod 700 ${folder}`,
    changed: 'nothing was changed',
  })
}

export interface SharedDisk {
  readonly folder: string
  /** What else is on it: `the database`, or a folder. */
  readonly beside: string
}

/**
 * Which of the folders lie on the disk of the database or of a folder before them: what breaks that disk takes both.
 * `database` is the server's folder where it is one of this host.
 */
export async function sharedDisks(
  folders: readonly string[],
  database: string | undefined,
): Promise<readonly SharedDisk[]> {
  const seen = new Map<number, string>()
  const own = database === undefined ? undefined : await deviceOf(database)
  if (own !== undefined) seen.set(own, 'the database')
  const shared: SharedDisk[] = []
  for (const folder of folders) {
    const device = await deviceOf(folder)
    if (device === undefined) continue
    const beside = seen.get(device)
    if (beside === undefined) seen.set(device, folder)
    else shared.push({ folder, beside })
  }
  return shared
}

async function deviceOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).dev
  } catch {
    return undefined
  }
}

/**
 * Copies a backup and its manifest to another folder and reads it back by sha256. Gives the path of the copy. Other
 * content under that name is refused and kept; where the same is there already, nothing is written.
 */
export async function copyBackup(
  backup: string,
  folder: string,
  {
    manifest,
    log,
    signal,
    progress,
  }: {
    readonly manifest: Manifest
    readonly log: (line: string) => void
    readonly signal: AbortSignal
    readonly progress: (done: number, total: number, label: string) => void
  },
): Promise<string> {
  const path = join(folder, basename(backup))
  const partial = `${path}.partial`
  const label = `copying to ${folder}`
  if (await isThere(path)) {
    await refuseOther(path, backup, { manifest, signal })
    log(`${path} is there already and holds the same; nothing was written`)
    return path
  }
  await requireRoom(folder, manifest.bytes)
  try {
    await rm(partial, { recursive: true, force: true })
    await copyAll(backup, partial, {
      signal,
      progress: (done) => progress(done, manifest.bytes, label),
    })
    const { sha256 } = await sumOf(partial, {
      signal,
      progress: (done, total) => progress(done, total, `reading back ${folder}`),
    })
    if (sha256 !== manifest.sha256) throw badCopy(path, backup)
    if (await isThere(path)) throw occupied(path, `nothing was written there; ${keptAt(backup)}`)
    await rename(partial, path)
    await syncToDisk(dirname(path))
    await writeManifest(path, manifest)
    return path
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (diskTrouble(error) === undefined) throw error
    throw withBackupKept(writeFailure(error, `Copying the backup to ${path} failed`), backup)
  }
}

async function refuseOther(
  path: string,
  backup: string,
  { manifest, signal }: { readonly manifest: Manifest; readonly signal: AbortSignal },
) {
  const { sha256 } = await sumOf(path, { signal, progress: () => undefined })
  if (sha256 !== manifest.sha256) throw occupied(path, `nothing was written there; ${keptAt(backup)}`)
  if (await isThere(manifestPathOf(path))) return
  await writeManifest(path, manifest)
}

/** What is there is never written over. */
export function occupied(path: string, changed: string): ActionFailure {
  return new ActionFailure(`There is already a backup ${path}.`, {
    hint: 'Name another one, or leave `name` out: the stamp makes it unique.',
    changed,
  })
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

const keptAt = (backup: string) => `the backup is kept at ${backup}`

async function copyAll(
  from: string,
  to: string,
  { signal, progress }: { signal: AbortSignal; progress: (bytes: number) => void },
) {
  const names = await namesIn(from)
  if (names === undefined) return copyDurably(from, to, { signal, progress })
  await mkdir(to, { mode: 0o700 })
  let before = 0
  for (const name of names) {
    const start = before
    await copyDurably(join(from, name), join(to, name), {
      signal,
      progress: (done) => progress(start + done),
    })
    before += await sizeOf(join(from, name))
  }
  await syncToDisk(to)
}

function badCopy(path: string, backup: string): ActionFailure {
  return new ActionFailure(`The copy ${path} does not read back as it was written.`, {
    hint: 'Look at that disk, then try again with another folder.',
    changed: `nothing was changed; the bad copy was removed, ${keptAt(backup)}`,
  })
}

function withBackupKept({ message, hint, cause }: ActionFailure, backup: string): ActionFailure {
  return new ActionFailure(message, {
    hint,
    cause,
    changed: `nothing was changed; ${keptAt(backup)}`,
  })
}
