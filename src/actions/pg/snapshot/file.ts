import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { stampOf, writeFailure } from '../../files/backup-place.ts'
import { syncToDisk } from '../../files/durable.ts'
import type { Part } from './parts.ts'
import { PARTS } from './parts.ts'

const Entries = z.record(z.string(), z.string())

const Snapshot = z.object({
  version: z.literal(1),
  attempt: z.string(),
  /** When it was taken, ISO 8601. */
  at: z.string(),
  database: z.string(),
  /** `15.18` */
  server: z.string(),
  /** Of the database, in bytes. */
  bytes: z.number(),
  /** False: `rows` are what the statistics believed. */
  exact: z.boolean(),
  parts: z.record(z.enum(PARTS), Entries),
})
/** How a database is made, and how many rows it holds, at one moment. */
export type Snapshot = z.infer<typeof Snapshot>

/** Throws {@link ActionFailure} where it is not there or not a snapshot. */
export async function readSnapshot(path: string): Promise<Snapshot> {
  try {
    return Snapshot.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new ActionFailure(`${path} is no snapshot of a database, or cannot be read.`, {
      hint: 'Name the fact `file` of a step with `uses: pg.snapshot`, on the same pool.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

/** Writes it (0600) under a name that is free, whole or not at all. Gives the path. */
export async function writeSnapshot(
  folder: string,
  snapshot: Snapshot,
  stamp: string | undefined,
): Promise<string> {
  const stem = `${snapshot.database.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.${stamp ?? stampOf(new Date())}`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let number = 1; ; number += 1) {
      const path = join(folder, number === 1 ? `${stem}.snapshot.json` : `${stem}.${number}.snapshot.json`)
      if (await isThere(path)) continue
      await writeFile(`${path}.partial`, `${JSON.stringify(snapshot, null, 1)}\n`, { mode: 0o600 })
      await syncToDisk(`${path}.partial`)
      await rename(`${path}.partial`, path)
      await syncToDisk(folder)
      return path
    }
  } catch (error) {
    throw writeFailure(error, `Writing the snapshot into ${folder} failed`)
  }
}

export interface Difference {
  readonly part: Part
  /** `+ public.t_i: CREATE INDEX …`, `- …`, `~ public.t: 12 → 13` */
  readonly line: string
}

/** What is new, gone or otherwise, part by part. Rows that were only estimated on one side are not compared. Pure. */
export function differencesBetween(before: Snapshot, after: Snapshot): readonly Difference[] {
  return PARTS.flatMap((part) => {
    if (part === 'rows' && before.exact !== after.exact) return []
    const [was, is] = [before.parts[part], after.parts[part]]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
    return names.flatMap((name) => {
      const line = lineOf(name, was[name], is[name])
      return line === undefined ? [] : [{ part, line }]
    })
  })
}

function lineOf(name: string, was: string | undefined, is: string | undefined): string | undefined {
  if (was === is) return undefined
  if (was === undefined) return `+ ${name}: ${is ?? ''}`
  return is === undefined ? `- ${name}: ${was}` : `~ ${name}: ${was} → ${is}`
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
