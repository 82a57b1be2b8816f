import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** Makes what was written to a file, or a rename inside a folder, survive a power cut. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Copies a file's content to a new private file and makes it durable. Refuses (EEXIST) where one is already. */
export async function copyDurably(
  from: string,
  to: string,
  { signal, progress }: { signal: AbortSignal; progress: (bytes: number) => void },
): Promise<void> {
  let done = 0
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk
        done += chunk.length
        progress(done)
      }
    },
    createWriteStream(to, { flags: 'wx', mode: 0o600 }),
    { signal },
  )
  await syncToDisk(to)
}
