import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** sha256 of a file's content in hex. `progress` gets the bytes read so far. */
export async function sha256Of(
  path: string,
  { signal, progress }: { signal: AbortSignal; progress: (bytes: number) => void },
): Promise<string> {
  const hash = createHash('sha256')
  let done = 0
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        done += chunk.length
        progress(done)
      }
    },
    { signal },
  )
  return hash.digest('hex')
}
