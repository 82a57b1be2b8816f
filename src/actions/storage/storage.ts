import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { isAbsent, isForbidden } from './failures.ts'
import type { StoragePlace } from './place.ts'

const CONNECT_LIMIT_MS = 10_000
/** Without a byte in either direction. */
const SILENCE_LIMIT_MS = 60_000
const PART_BYTES = 8 * 1024 ** 2
/** Storage takes 10,000 parts at most. */
const PARTS = 9_000
const PARTS_AT_ONCE = 4

interface Progressing {
  readonly signal: AbortSignal
  readonly progress: (done: number) => void
}

interface Sending extends Progressing {
  readonly bytes: number
  readonly sse?: 'AES256' | 'aws:kms' | undefined
  readonly kmsKey?: string | undefined
}

/** One bucket. What it throws is the SDK's: {@link storageFailure} reads it. */
export interface Storage {
  /** Whether there is such an object: `unknown` where the credentials may write but not look. */
  readonly find: (key: string, signal: AbortSignal) => Promise<'there' | 'absent' | 'unknown'>
  /** Uploads a file in parts; one that fails leaves no parts. Gives the version where the bucket keeps them. */
  readonly put: (key: string, path: string, sending: Sending) => Promise<string | undefined>
  /** Reads objects one after the other and gives their sha256 as of one content. */
  readonly sha256Of: (keys: readonly string[], reading: Progressing) => Promise<string>
  readonly close: () => void
}

/**
 * Opens a bucket. It is loaded only when storage is used, for the SDK is large. It sends no checksums of its own kind,
 * which older servers refuse: what is uploaded is read back by its sha256 instead.
 */
export function openStorage(place: StoragePlace): Storage {
  const client = new S3Client({
    region: place.region,
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint, forcePathStyle: true }),
    credentials: {
      accessKeyId: place.access_key,
      secretAccessKey: place.secret_key,
      ...(place.session_token === undefined ? {} : { sessionToken: place.session_token }),
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_LIMIT_MS, socketTimeout: SILENCE_LIMIT_MS },
  })
  const { bucket } = place
  return {
    find: (key, signal) => find(client, { bucket, key }, signal),
    put: (key, path, sending) => put(client, path, { bucket, key, ...sending }),
    sha256Of: (keys, reading) => sha256Of(client, bucket, { keys, ...reading }),
    close: () => client.destroy(),
  }
}

interface ObjectName {
  readonly bucket: string
  readonly key: string
}

async function find(client: S3Client, { bucket, key }: ObjectName, signal: AbortSignal) {
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal })
    return 'there'
  } catch (error) {
    signal.throwIfAborted()
    if (isAbsent(error)) return 'absent'
    if (isForbidden(error)) return 'unknown'
    throw error
  }
}

async function put(
  client: S3Client,
  path: string,
  { bucket, key, bytes, sse, kmsKey, signal, progress }: ObjectName & Sending,
): Promise<string | undefined> {
  signal.throwIfAborted()
  const body = createReadStream(path, { highWaterMark: 1 << 20 })
  const upload = new Upload({
    client,
    partSize: Math.max(PART_BYTES, Math.ceil(bytes / PARTS)),
    queueSize: PARTS_AT_ONCE,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/octet-stream',
      ServerSideEncryption: sse,
      SSEKMSKeyId: kmsKey,
    },
  })
  upload.on('httpUploadProgress', ({ loaded }) => progress(loaded ?? 0))
  const abort = () => void upload.abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return (await upload.done()).VersionId
  } finally {
    signal.removeEventListener('abort', abort)
    body.destroy()
  }
}

async function sha256Of(
  client: S3Client,
  bucket: string,
  { keys, signal, progress }: Progressing & { readonly keys: readonly string[] },
): Promise<string> {
  const hash = createHash('sha256')
  let done = 0
  for (const key of keys) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    })
    for await (const chunk of bytesOf(Body)) {
      signal.throwIfAborted()
      hash.update(chunk)
      done += chunk.length
      progress(done)
    }
  }
  return hash.digest('hex')
}

/** The SDK's type of a body knows browsers too; under Node it is a stream of buffers. */
async function* bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  if (!isIterable(body)) return
  for await (const chunk of body) if (chunk instanceof Uint8Array) yield chunk
}

function isIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}
