import { createReadStream, statSync } from 'node:fs'

/** A place in a log: which file, by inode, and how far. */
export interface Mark {
  readonly inode: string
  readonly offset: number
}

export interface NewLines {
  /** Behind the last whole line. */
  readonly mark: Mark
  /** More was new than the limit; nothing was read. */
  readonly tooMuch: boolean
  /** The file that was marked is gone: what was written to its end cannot be seen. */
  readonly lost: boolean
}

const LINE_BYTES = 16_384

/** The end of a log, or undefined when it is not there. */
export function endOf(path: string): Mark | undefined {
  const found = lookAt(path)
  return found && { inode: found.inode, offset: found.size }
}

/**
 * Gives every whole line written after the mark. A log renamed to `PATH.1` is read to its end first; one cut to
 * nothing is read from its beginning. Of a line longer than 16 kB the beginning is given.
 */
export async function readNewLines(
  path: string,
  mark: Mark,
  { limit, signal }: { limit: number; signal: AbortSignal },
  take: (line: string) => void,
): Promise<NewLines> {
  const now = lookAt(path)
  if (!now) return { mark, tooMuch: false, lost: true }
  const rotated = now.inode === mark.inode ? undefined : lookAt(`${path}.1`)
  const old = rotated?.inode === mark.inode ? rotated : undefined
  const start = now.inode === mark.inode && now.size >= mark.offset ? mark.offset : 0
  const amount = now.size - start + (old ? Math.max(0, old.size - mark.offset) : 0)
  if (amount > limit) return { mark: { inode: now.inode, offset: now.size }, tooMuch: true, lost: false }
  if (old && old.size > mark.offset) {
    await readLines(`${path}.1`, { start: mark.offset, end: old.size, last: true, signal }, take)
  }
  const read = await readLines(path, { start, end: now.size, last: false, signal }, take)
  return {
    mark: { inode: now.inode, offset: start + read },
    tooMuch: false,
    lost: now.inode !== mark.inode && !old,
  }
}

interface Range {
  readonly start: number
  readonly end: number
  /** Nobody writes to it any more: an unfinished line counts. */
  readonly last: boolean
  readonly signal: AbortSignal
}

/** Returns how many bytes of whole lines were read. */
async function readLines(path: string, { start, end, last, signal }: Range, take: (line: string) => void) {
  if (end <= start) return 0
  let held = Buffer.alloc(0)
  let heldBytes = 0
  let read = 0
  const emit = (tail: Buffer, bytes: number) => {
    take(Buffer.concat([held, tail]).subarray(0, LINE_BYTES).toString('utf8').trimEnd())
    read += heldBytes + bytes
    held = Buffer.alloc(0)
    heldBytes = 0
  }
  for await (const chunk of createReadStream(path, { start, end: end - 1, signal, highWaterMark: 1 << 20 })) {
    const content: Buffer = chunk
    let from = 0
    for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, from)) {
      emit(content.subarray(from, Math.min(at, from + LINE_BYTES)), at + 1 - from)
      from = at + 1
    }
    held = Buffer.concat([held, content.subarray(from, from + LINE_BYTES)]).subarray(0, LINE_BYTES)
    heldBytes += content.length - from
  }
  if (last && heldBytes > 0) emit(Buffer.alloc(0), 0)
  return read
}

function lookAt(path: string) {
  try {
    const { ino, size } = statSync(path, { bigint: true })
    return { inode: String(ino), size: Number(size) }
  } catch {
    return undefined
  }
}
