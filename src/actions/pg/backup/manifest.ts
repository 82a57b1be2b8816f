import { open, readFile, rename } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import { writeFailure } from '../../files/backup-place.ts'

const Table = z.object({
  schema: z.string(),
  name: z.string(),
  rows: z.number().int(),
  /** Of all its rows whatever their order, by the manifest's method. */
  hash: z.string(),
})

const Sequence = z.object({
  schema: z.string(),
  name: z.string(),
  /** Null where it was never called. Sequences know no snapshot: a restored one may be further, never behind. */
  lastValue: z.string().nullable(),
  increment: z.string(),
})

export const Content = z.object({
  /** How rows were hashed; contents of different methods cannot be compared. */
  method: z.enum(['record', 'text']),
  tables: z.array(Table),
  largeObjects: z.object({ rows: z.number().int(), hash: z.string() }),
  sequences: z.array(Sequence),
  /** How many there are: `{ indexes: 12, constraints: 7 }`. */
  objects: z.record(z.string(), z.number().int()),
})
/** What a database holds, as one snapshot shows it: the content hash of every table that pg_dump would save. */
export type Content = z.infer<typeof Content>

export const DatabaseShape = z.object({
  name: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  provider: z.string(),
  /** The locale of a provider other than libc. */
  locale: z.string().nullable(),
})
/** What `create database` must be told so that the new one sorts and encodes as the saved one. */
export type DatabaseShape = z.infer<typeof DatabaseShape>

const SavedFile = z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })

const Manifest = z.object({
  version: z.literal(1),
  /** The attempt that wrote it. */
  attempt: z.string(),
  /** When the snapshot was taken: what was committed later is not in the backup. ISO 8601. */
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Name of the backup beside this manifest: one file (`custom`), or a folder (`directory`). */
  file: z.string(),
  format: z.enum(['custom', 'directory']),
  /** As pg_dump was told: `gzip:1`, `zstd:1`. */
  compression: z.string(),
  /** All files together. */
  bytes: z.number().int(),
  /** Of the file; of a folder: of its files' contents one after the other in the order of `files`. */
  sha256: z.string(),
  /** Only of a folder, sorted by name. */
  files: z.array(SavedFile).optional(),
  /** What `pg_dump --version` said. */
  tool: z.string(),
  server: z.object({
    /** As `server_version_num`: 150018. */
    version: z.number().int(),
    /** Where the write-ahead log stood at the snapshot. */
    lsn: z.string().nullable(),
  }),
  database: DatabaseShape,
  content: Content,
})
/** What a backup is and what must be in it; lies beside it as `NAME.manifest.json`. */
export type Manifest = z.infer<typeof Manifest>

export function manifestPathOf(backup: string): string {
  return `${backup}.manifest.json`
}

/** How many rows a content holds, and in how many tables. */
export function totalsOf({ tables }: Content): { readonly tables: number; readonly rows: number } {
  return { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) }
}

/**
 * Reads the manifest of the backup at `backup`. Throws {@link ActionFailure} where there is none, where it cannot be
 * read, or where it belongs to another backup.
 */
export async function readManifest(backup: string, path = manifestPathOf(backup)): Promise<Manifest> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ActionFailure(`The backup ${backup} has no manifest at ${path} that can be read.`, {
      hint: 'Only a backup that pg.backup made can be proven: name that one, and keep its manifest beside it.',
      changed: 'nothing was changed',
      cause,
    })
  }
  const manifest = parse(text)
  if (manifest === undefined) {
    throw new ActionFailure(`The manifest ${path} is damaged.`, {
      hint: 'Take it from a copy of the backup, or make a new backup.',
      changed: 'nothing was changed',
    })
  }
  if (manifest.file === basename(backup)) return manifest
  throw new ActionFailure(
    `The manifest ${path} is the one of ${manifest.file}, not of ${basename(backup)}.`,
    {
      hint: 'Name the backup that was recorded.',
      changed: 'nothing was changed',
    },
  )
}

function parse(text: string): Manifest | undefined {
  try {
    return Manifest.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Writes it beside the backup (0600), whole or not at all. Throws {@link ActionFailure}. */
export async function writeManifest(backup: string, manifest: Manifest): Promise<string> {
  const path = manifestPathOf(backup)
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
    return path
  } catch (error) {
    throw writeFailure(error, `Writing ${path} failed`)
  }
}
