import { rm, rmdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import type { ContentSum } from '../files/content-sum.ts'
import { namesIn, sumOf } from '../files/content-sum.ts'
import { hostPath } from '../parameters.ts'
import { bytes, count } from '../wording.ts'
import { storageFailure } from './failures.ts'
import { parseUrl, storageParameters } from './place.ts'

const NOTHING = 'nothing was changed; the backup is kept'

const { endpoint, region, access_key, secret_key, session_token } = storageParameters

const Input = z
  .strictObject({
    backup: hostPath('The backup to delete, as it was recorded: `$backup.file`. A name, never a pattern.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
      .describe('What was recorded when it was made, as `$backup.sha256`; anything else is not deleted.'),
    copy: hostPath('Another copy of it on this host, which is kept.').optional(),
    copy_url: z
      .string()
      .regex(/^s3:\/\/[^/]+\/.+/, 'an address in storage is written s3://BUCKET/KEY')
      .optional()
      .describe('Another copy in object storage, as `$upload.url`, which is kept.'),
    endpoint,
    region,
    access_key: access_key.optional(),
    secret_key: secret_key.optional(),
    session_token,
  })
  .refine(
    ({ copy, copy_url }) => (copy === undefined) !== (copy_url === undefined),
    'either `copy` or `copy_url` says where the copy is that is kept',
  )
  .refine(
    (input) =>
      input.copy_url === undefined || (input.access_key !== undefined && input.secret_key !== undefined),
    'a copy in storage needs `access_key` and `secret_key`',
  )
type Input = z.infer<typeof Input>

export const backupCleanup: RunAction<Input> = {
  name: 'backup.cleanup',
  kind: 'run',
  mutating: true,
  summary:
    'Deletes a backup by its recorded name, with its manifest, after another copy has been read from end to end and has the recorded sha256. It lists what it deletes first. Nothing brings it back: say `irreversible`.',
  input: Input,
  facts: { removed: 'list', kept: 'list', bytes: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const path = resolve(input.backup)
  const sum = await sumOfBackup(path, context)
  if (sum !== undefined && sum.sha256 !== input.sha256.toLowerCase()) {
    throw refusal(
      `${path} is not the backup that was recorded: its sha256 is ${short(sum.sha256)}, not ${short(input.sha256)}.`,
      'Look what it is; delete it by hand if it may go.',
    )
  }
  const kept = await verifiedCopy(input, { path, sum, context })
  if (sum === undefined) {
    return { summary: `was gone already; ${kept} is kept`, facts: { removed: [], kept: [kept], bytes: 0 } }
  }
  const removed = await listOf(path)
  for (const name of removed) context.log(`deletes ${name}`)
  context.log(`keeps ${kept}`)
  // Up to here a cancel changes nothing; from here on it is quicker to end than to stop.
  context.signal.throwIfAborted()
  await remove(path, removed)
  return {
    summary: `${count(removed.length, 'file')} with ${bytes(sum.bytes)} deleted; ${kept} is kept, sha256 ${short(sum.sha256)}`,
    facts: { removed, kept: [kept], bytes: sum.bytes },
  }
}

async function sumOfBackup(
  path: string,
  { signal, progress }: ActionContext,
): Promise<ContentSum | undefined> {
  const there = await stat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
  if (!there) return undefined
  return sumOf(path, {
    signal,
    progress: (done, total) => progress({ done, total, unit: 'bytes', label: 'sha256 of the backup' }),
  })
}

interface Checking {
  readonly path: string
  readonly sum: ContentSum | undefined
  readonly context: ActionContext
}

/** Reads the other copy from end to end; gives where it is. */
async function verifiedCopy(input: Input, checking: Checking): Promise<string> {
  const [place, sha256] =
    input.copy === undefined
      ? await copyInStorage(input, input.copy_url ?? '', checking)
      : await copyOnHost(resolve(input.copy), checking)
  if (sha256 === input.sha256.toLowerCase()) return place
  throw refusal(
    `The copy ${place} does not hold the backup: its sha256 is ${short(sha256)}, not ${short(input.sha256)}.`,
    'Make another copy before this one is deleted.',
  )
}

async function copyOnHost(copy: string, { path, context }: Checking): Promise<readonly [string, string]> {
  if (await isSame(path, copy)) {
    throw refusal(`${copy} and ${path} are the same file: there is no other copy.`, 'Name another copy.')
  }
  const { sha256 } = await sumOf(copy, {
    signal: context.signal,
    progress: (done, total) => context.progress({ done, total, unit: 'bytes', label: 'sha256 of the copy' }),
  })
  return [copy, sha256]
}

async function copyInStorage(
  input: Input,
  url: string,
  { sum, context }: Checking,
): Promise<readonly [string, string]> {
  const { bucket, key } = parseUrl(url)
  const { openStorage } = await import('./storage.ts')
  const { access_key: accessKey = '', secret_key: secretKey = '' } = input
  const storage = openStorage({ ...input, bucket, access_key: accessKey, secret_key: secretKey })
  const keys = sum?.files?.map(({ name }) => `${key}/${name}`) ?? [key]
  try {
    const sha256 = await storage.sha256Of(keys, {
      signal: context.signal,
      progress: (done) =>
        context.progress({
          done,
          ...(sum === undefined ? {} : { total: sum.bytes }),
          unit: 'bytes',
          label: 'sha256 of the copy',
        }),
    })
    return [url, sha256]
  } catch (error) {
    context.signal.throwIfAborted()
    throw storageFailure(error, { what: `Reading the copy ${url}`, changed: NOTHING })
  } finally {
    storage.close()
  }
}

/** The same file by two names is one copy. */
async function isSame(path: string, copy: string): Promise<boolean> {
  const [one, other] = await Promise.all([path, copy].map((name) => stat(name).catch(() => undefined)))
  if (one === undefined || other === undefined) return path === copy
  return one.dev === other.dev && one.ino === other.ino
}

async function listOf(path: string): Promise<string[]> {
  const names = await namesIn(path)
  const files = names?.map((name) => join(path, name)) ?? [path]
  const manifest = `${path}.manifest.json`
  const hasManifest = await stat(manifest).then(
    () => true,
    () => false,
  )
  return hasManifest ? [...files, manifest] : files
}

async function remove(path: string, files: readonly string[]) {
  const isFolder = !files.includes(path)
  try {
    for (const file of files) await rm(file, { force: true })
    if (isFolder) await rmdir(path)
  } catch (cause) {
    throw new ActionFailure(`Not all of ${path} could be deleted.`, {
      hint: 'Correct the rights there, then try again.',
      changed: 'a part of the backup is gone; the copy is kept',
      cause,
    })
  }
}

function refusal(message: string, hint: string): ActionFailure {
  return new ActionFailure(message, { hint, changed: NOTHING })
}

function short(hash: string): string {
  return `${hash.slice(0, 12).toLowerCase()}…`
}
