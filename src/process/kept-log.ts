import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'

/** How much of a log is kept, in bytes. */
export interface LogLimits {
  readonly headBytes: number
  readonly tailBytes: number
}

const Part = z.object({ bytes: z.int(), lines: z.int() })

/** How far a log was written: a later process goes on from here. */
export const KeptState = z.object({
  head: Part,
  /** The end of a long log, in two files of which the older one is overwritten. */
  segments: z.tuple([Part, Part]),
  current: z.union([z.literal(0), z.literal(1)]),
  omitted: Part,
})
export type KeptState = z.infer<typeof KeptState>

/** The beginning and the end of a log, however long it gets. Lines are latin1 strings, one character a byte. */
export interface KeptLog {
  readonly append: (lines: readonly string[]) => Promise<void>
  /** Puts head and tail together, with a line about what is left out between them. May be repeated. */
  readonly complete: () => Promise<{ readonly sha256: string; readonly bytes: number }>
  /** Only after the completion was recorded: without these files `complete` cannot be repeated. */
  readonly removeSegments: () => Promise<void>
  readonly state: () => KeptState
}

const NOTHING = { bytes: 0, lines: 0 }

/**
 * Continues the log at `path` where `saved` says; what was written after that is cut off. Null when its files are
 * shorter than that, so that it must be made again from the start; then they are removed.
 */
export async function continueKeptLog(
  path: string,
  saved: KeptState,
  limits: LogLimits,
): Promise<KeptLog | null> {
  const parts = [path, ...segmentPaths(path)] as const
  for (const [index, { bytes }] of [saved.head, ...saved.segments].entries()) {
    const part = parts[index] ?? path
    const size = (await stat(part).catch(() => null))?.size ?? 0
    if (size < bytes) {
      for (const file of parts) await rm(file, { force: true })
      return null
    }
    if (size > bytes) await truncate(part, bytes)
  }
  return makeKeptLog(path, saved, limits)
}

export function newKeptLog(path: string, limits: LogLimits): KeptLog {
  const empty: KeptState = { head: NOTHING, segments: [NOTHING, NOTHING], current: 0, omitted: NOTHING }
  return makeKeptLog(path, empty, limits)
}

function makeKeptLog(path: string, from: KeptState, limits: LogLimits): KeptLog {
  const segmentFiles = segmentPaths(path)
  let { head, current, omitted } = from
  const segments: [Part, Part] = [...from.segments]

  async function append(lines: readonly string[]): Promise<void> {
    const rest = await appendToHead(lines)
    if (rest.length === 0) return
    const bytes = rest.reduce((total, line) => total + line.length + 1, segments[current].bytes)
    if (segments[current].lines > 0 && bytes > limits.tailBytes / 2) await overwriteOlder()
    segments[current] = sum(segments[current], await appendLines(segmentFiles[current], rest))
  }

  /** Gives the lines that have no room there. Once one had none, all that follow belong to the tail. */
  async function appendToHead(lines: readonly string[]): Promise<readonly string[]> {
    if (segments.some((segment) => segment.lines > 0)) return lines
    let bytes = head.bytes
    const full = lines.findIndex((line) => {
      bytes += line.length + 1
      return bytes > limits.headBytes
    })
    const fitting = full === -1 ? lines.length : full
    head = sum(head, await appendLines(path, lines.slice(0, fitting)))
    return lines.slice(fitting)
  }

  async function overwriteOlder(): Promise<void> {
    current = other(current)
    omitted = sum(omitted, segments[current])
    segments[current] = NOTHING
    await rm(segmentFiles[current], { force: true })
  }

  async function complete(): Promise<{ sha256: string; bytes: number }> {
    const draft = await open(`${path}.tmp`, 'w', 0o600)
    try {
      await copyInto(draft, path, head.bytes)
      if (omitted.lines > 0) {
        const [lines, bytes] = [omitted.lines, omitted.bytes].map((count) => count.toLocaleString('en-GB'))
        await draft.appendFile(`cutover: [${lines} lines, ${bytes} bytes, are left out here]\n`)
      }
      for (const index of [other(current), current]) {
        await copyInto(draft, segmentFiles[index], segments[index].bytes)
      }
      await draft.sync()
    } finally {
      await draft.close()
    }
    await rename(`${path}.tmp`, path)
    return digestOf(path)
  }

  async function removeSegments(): Promise<void> {
    for (const file of segmentFiles) await rm(file, { force: true })
  }

  return {
    append,
    complete,
    removeSegments,
    state: () => ({ head, segments: [...segments], current, omitted }),
  }
}

type Part = z.infer<typeof Part>

function segmentPaths(path: string): readonly [string, string] {
  return [`${path}.tail.0`, `${path}.tail.1`]
}

function other(index: 0 | 1): 0 | 1 {
  return index === 0 ? 1 : 0
}

function sum(one: Part, two: Part): Part {
  return { bytes: one.bytes + two.bytes, lines: one.lines + two.lines }
}

async function appendLines(path: string, lines: readonly string[]): Promise<Part> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')
  const file = await open(path, 'a', 0o600)
  try {
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
  return { bytes: bytes.length, lines: lines.length }
}

async function copyInto(target: FileHandle, source: string, bytes: number): Promise<void> {
  if (bytes === 0) return
  for await (const chunk of createReadStream(source, { end: bytes - 1 })) await target.appendFile(chunk)
}

async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}
