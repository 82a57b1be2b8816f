import { createHash } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ActionFailure } from '../action.ts'

const PART_BYTES = 1 << 20

export interface ContentSum {
  readonly bytes: number
  /** Of a file its own; of a folder that of its files one after the other, sorted by name. */
  readonly sha256: string
  /** Only of a folder. */
  readonly files?: { name: string; bytes: number; sha256: string }[]
}

export interface Reading {
  readonly signal: AbortSignal
  /** Bytes read so far, of all. */
  readonly progress: (done: number, total: number) => void
}

/** Size and sha256 of a file, or of a folder of files. Throws {@link ActionFailure} where nothing is there. */
export async function sumOf(path: string, { signal, progress }: Reading): Promise<ContentSum> {
  const total = await sizeOf(path)
  const names = await namesIn(path)
  const whole = createHash('sha256')
  const files: { name: string; bytes: number; sha256: string }[] = []
  const pair = [Buffer.allocUnsafeSlow(PART_BYTES), Buffer.allocUnsafeSlow(PART_BYTES)] as const
  let done = 0
  for (const name of names ?? ['']) {
    const own = createHash('sha256')
    const began = done
    await readThrough(join(path, name), { signal, pair }, (part) => {
      whole.update(part)
      if (names) own.update(part)
      done += part.length
      progress(done, total)
    })
    if (names) files.push({ name, bytes: done - began, sha256: own.digest('hex') })
  }
  return { bytes: done, sha256: whole.digest('hex'), ...(names ? { files } : {}) }
}

/** One buffer is filled while the other is worked on; `take` has its part until it returns. */
async function readThrough(
  path: string,
  { signal, pair }: { readonly signal: AbortSignal; readonly pair: readonly [Buffer, Buffer] },
  take: (part: Buffer) => void,
): Promise<void> {
  const file = await open(path)
  try {
    let [filling, working] = pair
    let reading = file.read(filling, 0, PART_BYTES)
    for (;;) {
      const { bytesRead } = await reading
      signal.throwIfAborted()
      if (bytesRead === 0) return
      const part = filling.subarray(0, bytesRead)
      ;[filling, working] = [working, filling]
      reading = file.read(filling, 0, PART_BYTES)
      take(part)
    }
  } finally {
    await file.close()
  }
}

/** Bytes of a file, or of all files of a folder. Throws {@link ActionFailure} where nothing is there. */
export async function sizeOf(path: string): Promise<number> {
  const found = await look(path, () => namesIn(path))
  if (found === undefined) return look(path, async () => (await stat(path)).size)
  const sizes = await look(path, () => Promise.all(found.map((name) => stat(join(path, name)))))
  const folder = found.find((_, at) => sizes[at]?.isFile() !== true)
  if (folder === undefined) return sizes.reduce((sum, { size }) => sum + size, 0)
  throw new ActionFailure(`${join(path, folder)} is no file.`, {
    hint: 'Name a file, or a folder that holds files only.',
    changed: 'nothing was changed',
  })
}

async function look<Result>(path: string, how: () => Promise<Result>): Promise<Result> {
  try {
    return await how()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : 'cannot be read by this worker'
    throw new ActionFailure(`${path} ${why}.`, {
      hint: 'Name the file that was recorded, on the host of this pool.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

/** Sorted by their bytes, so that every host reads them in the same order; undefined for a file. */
export async function namesIn(path: string): Promise<readonly string[] | undefined> {
  if (!(await stat(path)).isDirectory()) return undefined
  return (await readdir(path)).sort((a, b) => (a < b ? -1 : Number(a > b)))
}
