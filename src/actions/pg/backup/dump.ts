import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActionContext } from '../../action.ts'
import { ActionFailure } from '../../action.ts'
import { writeFailure } from '../../files/backup-place.ts'
import type { PostgresTarget } from '../../targets.ts'
import type { Manifest } from './manifest.ts'
import type { PostgresTool } from './tools.ts'
import { runTool } from './tools.ts'
import { namesIn, sizeOf } from '../../files/content-sum.ts'

/** From this version on pg_dump knows zstd, unless it was built without. */
const KNOWS_ZSTD = 16
/** From this version on pg_dump waits for the disk itself, after its last byte, unless it is told not to. */
const WAITS_FOR_DISK = 10
const LOCK_WAIT = '10s'

export interface DumpOptions {
  readonly target: PostgresTarget
  readonly tool: PostgresTool
  readonly snapshot: string
  /** Where it writes; nothing is there. */
  readonly path: string
  readonly format: Manifest['format']
  /** Connections, of the directory format. */
  readonly jobs: number
  readonly context: ActionContext
  readonly signal: AbortSignal
}

export interface Dumped {
  readonly compression: string
  readonly warnings: readonly string[]
}

/**
 * Runs pg_dump on a snapshot, with the quickest compression that is worth its bytes; its default is several times
 * slower. The result is not empty and begins like a backup; it is on the disk when `writtenBack` says so. Throws an
 * ActionFailure and leaves what it wrote.
 */
export async function dump(options: DumpOptions): Promise<Dumped> {
  const ways = options.tool.major >= KNOWS_ZSTD ? ['zstd:1', 'gzip:1'] : ['gzip:1']
  for (const [at, compression] of ways.entries()) {
    try {
      return { compression, warnings: await dumpWith(options, compression) }
    } catch (error) {
      if (at === ways.length - 1 || !wasBuiltWithout(error)) throw error
    }
  }
  throw new TypeError('there is always a way to compress')
}

async function dumpWith(options: DumpOptions, compression: string): Promise<readonly string[]> {
  const { target, tool, path, format, context, signal } = options
  await makePlace(path, format)
  const warnings = await runTool(tool, words(options, compression), {
    target,
    context,
    signal,
    what: `Dumping ${target.name}`,
    changed: 'nothing was changed; what it had written was removed',
  })
  await refuseHollow(path, format, tool)
  await closeToOthers(path)
  return warnings
}

function words({ snapshot, path, format, jobs, tool }: DumpOptions, compression: string): string[] {
  return [
    `--format=${format}`,
    ...(format === 'directory' ? [`--jobs=${jobs}`] : []),
    // Older ones know gzip only, by its level.
    tool.major >= KNOWS_ZSTD ? `--compress=${compression}` : '--compress=1',
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${LOCK_WAIT}`,
    ...(tool.major >= WAITS_FOR_DISK ? ['--no-sync'] : []),
    '--no-password',
    `--file=${path}`,
  ]
}

function wasBuiltWithout(error: unknown): boolean {
  return error instanceof ActionFailure && /does not support compression/.test(error.message)
}

/** pg_dump keeps the mode of a file that is there, and fills a folder that is empty. */
async function makePlace(path: string, format: Manifest['format']) {
  try {
    await rm(path, { recursive: true, force: true })
    if (format === 'directory') await mkdir(path, { mode: 0o700 })
    else await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    throw writeFailure(error, `Writing ${path} failed`)
  }
}

const MAGIC = 'PGDMP'

/** A wrapper that swallows an error exits 0 and leaves nothing, or the wrong thing. */
async function refuseHollow(path: string, format: Manifest['format'], tool: PostgresTool) {
  const size = await sizeOf(path)
  const head = size === 0 ? '' : await headOf(format === 'directory' ? join(path, 'toc.dat') : path)
  if (head === MAGIC) return
  const what = size === 0 ? 'an empty backup' : 'something that is no backup'
  throw new ActionFailure(`${tool.path} ended well and left ${what}.`, {
    hint: 'Look whether it is a wrapper that picks another version; name the folder of the right one in `tools`.',
    changed: 'nothing was changed; what it had written was removed',
  })
}

async function headOf(path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
      return buffer.subarray(0, bytesRead).toString('latin1')
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

async function closeToOthers(path: string) {
  for (const name of (await namesIn(path)) ?? []) await chmod(join(path, name), 0o600)
}
