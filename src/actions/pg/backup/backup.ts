import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, Facts, RunAction, RunResult } from '../../action.ts'
import { ActionFailure } from '../../action.ts'
import { FileName, stampOf } from '../../files/backup-place.ts'
import { requireRoom } from '../../files/room.ts'
import { hostPath } from '../../parameters.ts'
import { postgresTarget } from '../../targets.ts'
import { bytes, count } from '../../wording.ts'
import type { SharedDisk } from './copies.ts'
import { copyBackup, isThere, occupied, preparePlace, sharedDisks } from './copies.ts'
import { manifestPathOf, readManifest, totalsOf } from './manifest.ts'
import type { Saved } from './save.ts'
import { contentIn, save } from './save.ts'
import type { SavedSnapshot } from './saved-snapshot.ts'
import { openSnapshot } from './saved-snapshot.ts'
import { BackupExpectations, holdAgainst } from './thresholds.ts'
import { postgresTool, refuseNewerServer } from './tools.ts'

/** Of what the database takes on the server, with its indexes; a quarter of it is what a backup takes as a rule. */
const COMPRESSED = 0.4
const JOBS = 2

const Input = z
  .strictObject({
    from: postgresTarget().describe('The PostgreSQL database.'),
    to: hostPath(
      'Folder of the backup, made (0700) when it is not there; one that others may write to is refused.',
    ),
    name: FileName.optional().describe(
      'Name of the backup; the database’s name, a stamp and `.dump` unless said.',
    ),
    stamp: FileName.optional().describe(
      'Stamp inside the name, as `$cutover.stamp`; the time in UTC unless said.',
    ),
    format: z
      .enum(['custom', 'directory'])
      .default('custom')
      .describe(
        '`custom` is one file; `directory` is a folder that several connections write at the same time.',
      ),
    jobs: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Connections of the directory format, and only of it; 2 unless said.'),
    copies: z
      .array(z.string().min(1))
      .default([])
      .describe('Further folders: the backup is copied to each and read back by its sha256.'),
    same_device: z
      .enum(['refuse', 'warn'])
      .default('refuse')
      .describe('What to do about a copy on the disk of the database, of the backup or of another copy.'),
    previous: hostPath(
      'An earlier backup that pg.backup made: one of less than half its size is refused.',
    ).optional(),
    expect: BackupExpectations.default({}).meta({
      parameter: 'map',
      description:
        '`size: "> 100 MB"`, `age: "< 1h"` (since the snapshot, when the backup is done), `previous: ">= 80 %"` of the earlier one’s size.',
    }),
    tools: hostPath('Folder of pg_dump, where the one on the PATH is not the right one.').optional(),
  })
  .refine(
    ({ format, jobs }) => format === 'directory' || jobs === undefined,
    '`jobs` is for `format: directory`: one file is written by one connection',
  )
type Input = z.infer<typeof Input>

export const pgBackup: RunAction<Input> = {
  name: 'pg.backup',
  kind: 'run',
  mutating: false,
  summary:
    'Backs a PostgreSQL database up while it is in use: pg_dump on a snapshot, and in the same snapshot the number and the content hash of the rows of every table, which lie beside it as a manifest. Compressed quickly (zstd where pg_dump knows it, gzip 1 before 16), with its sha256, written under another name until it is whole.',
  input: Input,
  facts: {
    file: 'path',
    manifest: 'path',
    bytes: 'int',
    sha256: 'text',
    tables: 'int',
    rows: 'int',
    format: 'text',
    compression: 'text',
    startedAt: 'text',
    lsn: 'text',
    copies: 'list',
    sameDevice: 'boolean',
    warnings: 'int',
  },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { from } = input
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const previousBytes =
    input.previous === undefined ? undefined : (await readManifest(resolve(input.previous))).bytes
  const opening = openSnapshot(from, { attempt: context.attempt, signal })
  // Until pg_dump is found and has read the catalogues the server has nothing else to do.
  const hashing = opening.then((snapshot) => contentIn(snapshot, from))
  let path = ''
  let made: Made
  try {
    const tool = await postgresTool('pg_dump', { folder: input.tools, context })
    const snapshot = await opening
    refuseNewerServer(tool, snapshot.version, from.name)
    const sameDevice = await preparePlaces(input, snapshot, context)
    path = await freeName(input, snapshot.shape.name)
    context.log(`${tool.path}: ${tool.text}`)
    const how = { from, format: input.format, jobs: input.jobs ?? JOBS, tool, snapshot, hashing }
    made = { path, sameDevice, ...(await save({ ...how, path, context, signal, stop })) }
  } catch (error) {
    stop.abort()
    await hashing.catch(() => undefined)
    throw error
  } finally {
    await opening.then(
      (snapshot) => snapshot.close(),
      () => undefined,
    )
    if (path !== '') await rm(`${path}.partial`, { recursive: true, force: true })
  }
  return finish(input, made, { context, previousBytes })
}

/** Folders, disks and room, before anything is written. Gives whether the backup shares the database's disk. */
async function preparePlaces(
  input: Input,
  snapshot: SavedSnapshot,
  { log }: ActionContext,
): Promise<boolean> {
  const folders = [input.to, ...input.copies].map((folder) => resolve(folder))
  for (const folder of folders) await preparePlace(folder)
  const database = snapshot.local && snapshot.folder !== null ? snapshot.folder : undefined
  const shared = await sharedDisks(folders, database)
  const sentences = (those: readonly SharedDisk[]) =>
    those.map(({ folder, beside }) => `${folder} is on the same disk as ${beside}`)
  const [first = ''] = folders
  const copies = shared.filter(({ folder }) => folder !== first)
  if (copies.length > 0 && input.same_device === 'refuse') {
    throw new ActionFailure(`A copy is no second one there: ${sentences(copies).join('; ')}.`, {
      hint: 'Name a folder on another disk, or write `same_device: warn` where this is known and meant.',
      changed: 'nothing was changed',
    })
  }
  for (const sentence of sentences(shared)) log(`${sentence}: what breaks it takes both`)
  await requireRoom(first, snapshot.size * COMPRESSED)
  return shared.some(({ folder }) => folder === first)
}

interface Made extends Saved {
  readonly path: string
  readonly sameDevice: boolean
}

async function finish(
  input: Input,
  { path, sameDevice, manifest, warnings }: Made,
  { context, previousBytes }: { readonly context: ActionContext; readonly previousBytes: number | undefined },
): Promise<RunResult> {
  const copies: string[] = []
  for (const folder of input.copies) {
    const progress = (done: number, total: number, label: string) =>
      context.progress({ done, total, unit: 'bytes', label })
    const { log, signal } = context
    copies.push(await copyBackup(path, resolve(folder), { manifest, log, signal, progress }))
  }
  const { tables, rows } = totalsOf(manifest.content)
  const facts: Facts = {
    file: path,
    manifest: manifestPathOf(path),
    bytes: manifest.bytes,
    sha256: manifest.sha256,
    tables,
    rows,
    format: manifest.format,
    compression: manifest.compression,
    startedAt: manifest.startedAt,
    lsn: manifest.server.lsn,
    copies,
    sameDevice,
    warnings: warnings.length,
  }
  const ageMs = Math.max(0, Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt))
  holdAgainst(input.expect, { path, bytes: manifest.bytes, ageMs, previousBytes, facts })
  const notes = [
    copies.length === 0 ? '' : `, ${count(copies.length, 'copy', 'copies')} read back`,
    sameDevice ? ', on the same disk as the database' : '',
    warnings.length === 0 ? '' : `, ${count(warnings.length, 'warning')} of pg_dump in the log`,
  ]
  return {
    summary: `${bytes(manifest.bytes)}, ${count(rows, 'row')} in ${count(tables, 'table')}, sha256 ${manifest.sha256.slice(0, 12)}…${notes.join('')}`,
    facts,
  }
}

/**
 * Never over what is there, in its own folder or in one of the copies: a second try in the same cutover bears the same
 * stamp and gets a number.
 */
async function freeName({ to, copies, name, stamp, format }: Input, database: string): Promise<string> {
  const folders = [to, ...copies].map((folder) => resolve(folder))
  const taken = async (file: string) => {
    for (const folder of folders) if (await isThere(join(folder, file))) return join(folder, file)
    return undefined
  }
  if (name !== undefined) {
    const found = await taken(name)
    if (found === undefined) return join(resolve(to), name)
    throw occupied(found, 'nothing was changed')
  }
  const ending = format === 'custom' ? 'dump' : 'dir'
  const stem = `${database.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.${stamp ?? stampOf(new Date())}`
  for (let number = 1; ; number += 1) {
    const file = number === 1 ? `${stem}.${ending}` : `${stem}.${number}.${ending}`
    if ((await taken(file)) === undefined) return join(resolve(to), file)
  }
}
