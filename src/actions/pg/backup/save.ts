import { rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { ActionContext } from '../../action.ts'
import { writeFailure } from '../../files/backup-place.ts'
import type { ContentSum } from '../../files/content-sum.ts'
import { sumOf } from '../../files/content-sum.ts'
import { syncToDisk } from '../../files/durable.ts'
import { writtenBack } from '../../files/written-back.ts'
import type { PostgresTarget } from '../../targets.ts'
import { postgresFailure } from '../failures.ts'
import { contentOf } from './content.ts'
import { isThere, occupied } from './copies.ts'
import { watchCopies } from './copy-progress.ts'
import type { Dumped } from './dump.ts'
import { dump } from './dump.ts'
import type { Content, Manifest } from './manifest.ts'
import { writeManifest } from './manifest.ts'
import type { SavedSnapshot } from './saved-snapshot.ts'
import type { PostgresTool } from './tools.ts'

interface Saving {
  readonly from: PostgresTarget
  readonly format: Manifest['format']
  /** Connections, of the directory format. */
  readonly jobs: number
  readonly tool: PostgresTool
  readonly snapshot: SavedSnapshot
  /** What {@link contentIn} gives of that snapshot; it may have begun. */
  readonly hashing: Promise<Content>
  /** Of the backup; nothing is there. */
  readonly path: string
  readonly context: ActionContext
  readonly signal: AbortSignal
  /** Ends the one of the two halves that still works when the other has failed. */
  readonly stop: AbortController
}

export interface Saved {
  readonly manifest: Manifest
  /** Of pg_dump. */
  readonly warnings: readonly string[]
}

/**
 * Writes the backup and its manifest, under another name until both are whole and on the disk. Throws an ActionFailure
 * and may leave what is `.partial`.
 */
export async function save(saving: Saving): Promise<Saved> {
  const { tool, snapshot, path, context } = saving
  const partial = `${path}.partial`
  const [{ dumped, sum }, content] = await both(saving, partial)
  const manifest: Manifest = {
    version: 1,
    attempt: context.attempt,
    startedAt: snapshot.now,
    finishedAt: new Date().toISOString(),
    file: basename(path),
    format: saving.format,
    compression: dumped.compression,
    ...sum,
    tool: tool.text,
    server: { version: snapshot.version, lsn: snapshot.lsn },
    database: snapshot.shape,
    content,
  }
  // Somebody else may have taken the name while this one was dumped.
  if (await isThere(path)) throw occupied(path, 'nothing was changed; what was written was removed')
  await writeManifest(path, manifest)
  await rename(partial, path)
  await syncToDisk(dirname(path))
  return { manifest, warnings: dumped.warnings }
}

/** The dump and the hashes at the same time, on the same snapshot; whichever fails first ends the other. */
async function both(saving: Saving, partial: string): Promise<readonly [Written, Content]> {
  const failures: unknown[] = []
  const note = (error: unknown) => {
    failures.push(error)
    saving.stop.abort()
    return undefined
  }
  const writing = write(saving, partial).catch(note)
  const hashing = saving.hashing.catch(note)
  const [written, content] = await Promise.all([writing, hashing])
  saving.context.signal.throwIfAborted()
  if (written === undefined || content === undefined) throw failures[0]
  return [written, content]
}

interface Written {
  readonly dumped: Dumped
  readonly sum: ContentSum
}

/**
 * pg_dump alone would leave everything to the disk at its end and wait for it. Here the disk works while it dumps, and
 * takes the rest while the sum is read and the sessions end.
 */
async function write(saving: Saving, partial: string): Promise<Written> {
  const { snapshot, hashing, context, signal } = saving
  const ended = new AbortController()
  const onDisk = writtenBack(partial, ended.signal).catch((error: unknown) => ({ error }))
  const endWatch = watchDump(saving)
  let watched = Promise.resolve()
  const dumped = await dump({
    ...saving,
    target: saving.from,
    snapshot: snapshot.snapshot,
    path: partial,
  }).finally(() => {
    ended.abort()
    watched = endWatch()
  })
  const [sum, failed] = await Promise.all([
    sumOf(partial, {
      signal,
      progress: (done, total) => context.progress({ done, total, unit: 'bytes', label: 'sha256' }),
    }),
    onDisk,
    watched,
    hashing.then(snapshot.close, () => undefined),
  ])
  if (failed !== undefined) throw writeFailure(failed.error, `Writing ${saving.path} to the disk failed`)
  return { dumped, sum }
}

function watchDump({ from, snapshot, context }: Saving): () => Promise<void> {
  return watchCopies(from, {
    context,
    onProgress: ({ rows, table }) =>
      context.progress({
        done: rows,
        ...(snapshot.estimate >= rows ? { total: snapshot.estimate } : {}),
        unit: 'rows',
        label: `dumping ${table}`,
      }),
  })
}

/** Hashes every table as the snapshot shows it. Throws an ActionFailure. */
export async function contentIn({ client }: SavedSnapshot, from: PostgresTarget): Promise<Content> {
  try {
    // pg_dump has the other core.
    return await contentOf(client, { parallel: false })
  } catch (error) {
    throw postgresFailure(error, {
      what: `Hashing the rows of ${from.name}`,
      changed: 'nothing was changed; what was written was removed',
    })
  }
}
