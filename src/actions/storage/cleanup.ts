import { readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import type { ContentSum } from '../files/content-sum.ts'
import { sumOf } from '../files/content-sum.ts'
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
    'Deletes a backup by its recorded name, with its manifest, after another copy has been read from end to end and has the recorded sha256. It lists what it deletes first. A try after one that came only halfway deletes the rest, which it knows by the manifest. Nothing brings it back: say `irreversible`.',
  input: Input,
  facts: { removed: 'list', kept: 'list', bytes: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const path = resolve(input.backup)
  const left = await whatIsLeft(path, input.sha256.toLowerCase(), context)
  const kept = await verifiedCopy(input, { path, left, context })
  if (left.files.length === 0 && !left.folder) {
    return { summary: `was gone already; ${kept} is kept`, facts: { removed: [], kept: [kept], bytes: 0 } }
  }
  if (left.rest) context.log(`a try before had deleted a part of ${path}`)
  for (const name of left.files) context.log(`deletes ${name}`)
  context.log(`keeps ${kept}`)
  // Up to here a cancel changes nothing; from here on it is quicker to end than to stop.
  context.signal.throwIfAborted()
  await remove(path, left)
  const what = left.rest ? 'the rest of it: ' : ''
  return {
    summary: `${what}${count(left.files.length, 'file')} with ${bytes(left.bytes)} deleted; ${kept} is kept, sha256 ${short(input.sha256)}`,
    facts: { removed: left.files, kept: [kept], bytes: left.bytes },
  }
}

/** What is to be deleted; the manifest is the last of it, for it tells a later try what the rest is. */
interface Left {
  readonly files: readonly string[]
  /** Of the backup itself. */
  readonly bytes: number
  readonly folder: boolean
  /** True: a try before had begun to delete it. */
  readonly rest: boolean
  /** Of a folder: the names of all files that were in it. */
  readonly names: readonly string[] | undefined
}

async function whatIsLeft(path: string, sha256: string, context: ActionContext): Promise<Left> {
  const sum = await sumOfBackup(path, context)
  const beside = `${path}.manifest.json`
  const manifest = await recordedIn(beside, sha256)
  const ofManifest = manifest?.files?.map(({ name }) => name)
  // Where the backup itself is gone, only the manifest that is surely its own goes too.
  if (!sum) {
    const files = manifest ? [beside] : []
    return { files, bytes: 0, folder: false, rest: files.length > 0, names: ofManifest }
  }
  const rest = sum.sha256 !== sha256
  if (rest && !isRestOf(sum, manifest)) throw notTheOne(path, sum.sha256, sha256)
  const own = sum.files?.map(({ name }) => name)
  const files = own?.map((name) => join(path, name)) ?? [path]
  return {
    files: (await isThere(beside)) ? [...files, beside] : files,
    bytes: sum.bytes,
    folder: own !== undefined,
    rest,
    names: ofManifest ?? own,
  }
}

const Recorded = z.object({
  sha256: z.string(),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })).optional(),
})
type Recorded = z.infer<typeof Recorded>

/** What the manifest tells of the backup of that sha256; undefined where it is not of that one, or cannot be read. */
async function recordedIn(manifest: string, sha256: string): Promise<Recorded | undefined> {
  try {
    const recorded = Recorded.parse(JSON.parse(await readFile(manifest, 'utf8')))
    return recorded.sha256 === sha256 ? recorded : undefined
  } catch {
    return undefined
  }
}

/** Nothing in the folder but files of the recorded backup, each as it was. */
function isRestOf({ files }: ContentSum, manifest: Recorded | undefined): boolean {
  const known = new Map(manifest?.files?.map(({ name, sha256 }) => [name, sha256]))
  return known.size > 0 && files !== undefined && files.every((one) => known.get(one.name) === one.sha256)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
}

async function sumOfBackup(
  path: string,
  { signal, progress }: ActionContext,
): Promise<ContentSum | undefined> {
  if (!(await isThere(path))) return undefined
  return sumOf(path, {
    signal,
    progress: (done, total) => progress({ done, total, unit: 'bytes', label: 'sha256 of the backup' }),
  })
}

interface Checking {
  readonly path: string
  readonly left: Left
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
  { left, context }: Checking,
): Promise<readonly [string, string]> {
  const { bucket, key } = parseUrl(url)
  const { openStorage } = await import('./storage.ts')
  const { access_key: accessKey = '', secret_key: secretKey = '' } = input
  const storage = openStorage({ ...input, bucket, access_key: accessKey, secret_key: secretKey })
  const keys = left.names?.map((name) => `${key}/${name}`) ?? [key]
  try {
    const sha256 = await storage.sha256Of(keys, {
      signal: context.signal,
      progress: (done) =>
        context.progress({
          done,
          ...(left.bytes === 0 || left.rest ? {} : { total: left.bytes }),
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

async function remove(path: string, { files, folder }: Left) {
  const manifest = `${path}.manifest.json`
  try {
    for (const file of files) if (file !== manifest) await rm(file, { force: true })
    if (folder) await rmdir(path)
    if (files.includes(manifest)) await rm(manifest, { force: true })
  } catch (cause) {
    throw new ActionFailure(`Not all of ${path} could be deleted.`, {
      hint: 'Correct the rights there, then try again: the next try deletes the rest.',
      changed: 'a part of the backup may be gone; the copy is kept',
      cause,
    })
  }
}

function notTheOne(path: string, found: string, recorded: string): ActionFailure {
  return refusal(
    `${path} is not the backup that was recorded: its sha256 is ${short(found)}, not ${short(recorded)}.`,
    'Look what it is; delete it by hand if it may go.',
  )
}

function refusal(message: string, hint: string): ActionFailure {
  return new ActionFailure(message, { hint, changed: NOTHING })
}

function short(hash: string): string {
  return `${hash.slice(0, 12).toLowerCase()}…`
}
