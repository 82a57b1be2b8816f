import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import type { ContentSum } from '../files/content-sum.ts'
import { sumOf } from '../files/content-sum.ts'
import { hostPath } from '../parameters.ts'
import { bytes, count } from '../wording.ts'
import { storageFailure } from './failures.ts'
import { storageParameters } from './place.ts'
import type { Storage } from './storage.ts'

const KeyPath = z
  .string()
  .min(1)
  .refine((key) => !key.startsWith('/') && !key.endsWith('/'), 'a key neither begins nor ends with a slash')

const Input = z.strictObject({
  file: hostPath('The file, as `$backup.file`; of a folder every file goes below `key`.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
    .optional()
    .describe('What its content must be, as `$backup.sha256`.'),
  ...storageParameters,
  prefix: KeyPath.optional().describe(
    'Where in the bucket: `production/migrations`; at its top unless said.',
  ),
  key: KeyPath.optional().describe('Name of the object below `prefix`; the name of the file unless said.'),
  sse: z
    .enum(['AES256', 'aws:kms'])
    .optional()
    .describe('Encryption by the storage; without it the bucket decides.'),
  kms_key: z.string().min(1).optional().describe('Key of `sse: aws:kms`; the account’s own unless said.'),
})
type Input = z.infer<typeof Input>

export const filesUpload: RunAction<Input> = {
  name: 'files.upload',
  kind: 'run',
  mutating: false,
  summary:
    'Uploads a file or a folder of files to S3-compatible storage, in parts, and reads it back by its sha256; the manifest of a backup goes with it. Never over another object; a second run of the same changes nothing.',
  input: Input,
  facts: { url: 'text', bytes: 'int', sha256: 'text', version: 'text', objects: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const path = resolve(input.file)
  const sum = await sumOf(path, {
    signal: context.signal,
    progress: (done, total) => context.progress({ done, total, unit: 'bytes', label: 'sha256' }),
  })
  refuseOther(path, sum, input.sha256)
  const { openStorage } = await import('./storage.ts')
  const storage = openStorage(input)
  try {
    return await upload(input, { storage, path, sum, context })
  } catch (error) {
    context.signal.throwIfAborted()
    throw storageFailure(error, { what: `Uploading ${path} to ${placeOf(input)}`, changed: NOTHING })
  } finally {
    storage.close()
  }
}

const NOTHING = 'nothing was changed; no object of another content was touched'

interface Uploading {
  readonly storage: Storage
  readonly path: string
  readonly sum: ContentSum
  readonly context: ActionContext
}

interface Piece {
  readonly file: string
  readonly key: string
  readonly bytes: number
}

async function upload(input: Input, uploading: Uploading): Promise<RunResult> {
  const { path, sum, context } = uploading
  const key = keyOf(input)
  const pieces: Piece[] = sum.files
    ? sum.files.map(({ name, bytes: size }) => ({
        file: join(path, name),
        key: `${key}/${name}`,
        bytes: size,
      }))
    : [{ file: path, key, bytes: sum.bytes }]
  const sent = await send(input, pieces, sum.sha256, uploading)
  const manifest = `${path}.manifest.json`
  const withManifest = await isFile(manifest)
  if (withManifest) {
    const own = await sumOf(manifest, { signal: context.signal, progress: () => undefined })
    const piece = { file: manifest, key: `${key}.manifest.json`, bytes: own.bytes }
    await send(input, [piece], own.sha256, uploading)
  }
  const objects = pieces.length + (withManifest ? 1 : 0)
  const notes = [withManifest ? ', with its manifest' : '', sent.already ? ', was there already' : '']
  return {
    summary: `${bytes(sum.bytes)} in ${count(objects, 'object')} at ${placeOf(input)}, read back${notes.join('')}`,
    facts: {
      url: placeOf(input),
      bytes: sum.bytes,
      sha256: sum.sha256,
      version: sent.version ?? null,
      objects,
    },
  }
}

/** Uploads what is not there, then reads all of it back; objects of another content are never written over. */
async function send(
  { bucket, sse, kms_key: kmsKey }: Input,
  pieces: readonly Piece[],
  sha256: string,
  { storage, context: { signal, progress } }: Uploading,
): Promise<{ readonly version: string | undefined; readonly already: boolean }> {
  const total = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  let version: string | undefined
  let before = 0
  let met = 0
  for (const piece of pieces) {
    const start = before
    before += piece.bytes
    if ((await storage.find(piece.key, signal)) === 'there') {
      met += 1
      continue
    }
    version = await storage.put(piece.key, piece.file, {
      bytes: piece.bytes,
      sse,
      kmsKey,
      signal,
      progress: (done) => progress({ done: start + done, total, unit: 'bytes', label: 'uploading' }),
    })
  }
  const found = await storage.sha256Of(
    pieces.map(({ key }) => key),
    { signal, progress: (done) => progress({ done, total, unit: 'bytes', label: 'reading back' }) },
  )
  if (found === sha256) return { version, already: met === pieces.length }
  throw new ActionFailure(
    met > 0
      ? `s3://${bucket}/${pieces[0]?.key ?? ''} is there already and holds something else.`
      : `s3://${bucket}/${pieces[0]?.key ?? ''} does not read back as it was sent.`,
    {
      hint: met > 0 ? 'Name another `key`.' : 'Remove it there, then try again.',
      changed: met > 0 ? NOTHING : 'the objects are there and cannot be relied on',
    },
  )
}

function refuseOther(path: string, sum: ContentSum, wanted: string | undefined) {
  if (sum.bytes === 0) {
    throw new ActionFailure(`${path} is empty.`, { hint: 'Name the file that was made.', changed: NOTHING })
  }
  if (wanted === undefined || sum.sha256 === wanted.toLowerCase()) return
  throw new ActionFailure(
    `${path} is not what was recorded: sha256 ${sum.sha256.slice(0, 12)}… instead of ${wanted.slice(0, 12).toLowerCase()}….`,
    { hint: 'Do not use it. Take another copy, or make a new backup.', changed: NOTHING },
  )
}

function keyOf({ prefix, key, file }: Input): string {
  const name = key ?? basename(resolve(file))
  return prefix === undefined ? name : `${prefix}/${name}`
}

const placeOf = (input: Input): string => `s3://${input.bucket}/${keyOf(input)}`

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
