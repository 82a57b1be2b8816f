import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isErrorWithCode, writeDurably } from './durable.ts'
import { readJson } from './evidence.ts'
import { continueKeptLog, KeptState, newKeptLog, type KeptLog, type LogLimits } from './kept-log.ts'
import { makeLineMasker } from './masked-lines.ts'
import type { Masker } from './mask.ts'
import { files } from './spool.ts'

/** What the masked log is, once complete. `sha256` and `bytes` are of the file as it is kept. */
const Digest = z.object({
  sha256: z.string(),
  bytes: z.int(),
  lines: z.int(),
  rawBytes: z.int(),
  omittedBytes: z.int(),
  omittedLines: z.int(),
})
export type Digest = z.infer<typeof Digest>

/** The masked copy of an attempt's output, made while the command prints. One writer per attempt. */
export interface MaskedOutput {
  /** Takes in what was printed since, up to `budgetBytes`; true when it has caught up. */
  readonly advance: (budgetBytes?: number) => Promise<boolean>
  /** The last lines, masked. */
  readonly tail: () => readonly string[]
  /** Takes in the rest and completes the file. For an attempt that has ended; may be repeated. */
  readonly finish: () => Promise<Digest>
}

/** 20 MB with the line between them. */
const LIMITS: LogLimits = { headBytes: 10_000_000, tailBytes: 9_999_000 }
const CHUNK_BYTES = 262_144
const PASS_BYTES = 33_554_432
const TAIL_LINES = 20

/** How far the copy is: with this a worker goes on where another one stopped. */
const State = z.object({
  rawOffset: z.int(),
  /** The raw log goes on in the middle of a line that was cut. */
  insideCutLine: z.boolean(),
  kept: KeptState,
  tail: z.array(z.string()),
  digest: Digest.nullable(),
})
type State = z.infer<typeof State>

/**
 * Opens the masked copy in the attempt's folder, continuing an earlier one. At most the limits are kept, and a line
 * says what is left out between head and tail; memory does not grow with the output.
 */
export async function openMaskedOutput(
  folder: string,
  masker: Masker,
  limits: LogLimits = LIMITS,
): Promise<MaskedOutput> {
  const { saved, log } = await resume(folder, limits)
  const lines = makeLineMasker(masker, { insideCutLine: saved?.insideCutLine ?? false })
  let readOffset = saved?.rawOffset ?? 0
  let tail = saved?.tail ?? []
  let digest = saved?.digest ?? null

  async function keep(masked: readonly string[]): Promise<void> {
    await log.append(masked)
    tail = [...tail, ...masked.slice(-TAIL_LINES).map(asText)].slice(-TAIL_LINES)
  }

  async function save(): Promise<void> {
    const progress = { rawOffset: readOffset - lines.heldBytes(), insideCutLine: lines.insideCutLine() }
    const state: State = { ...progress, kept: log.state(), tail: [...tail], digest }
    await writeDurably(join(folder, STATE), state)
  }

  async function advance(budgetBytes = PASS_BYTES): Promise<boolean> {
    const raw = digest === null ? await openIfThere(join(folder, files.rawOutput)) : null
    if (raw === null) return true
    const buffer = Buffer.alloc(CHUNK_BYTES)
    const from = readOffset
    let caughtUp = false
    try {
      while (!caughtUp && readOffset - from < budgetBytes) {
        const { bytesRead } = await raw.read(buffer, 0, CHUNK_BYTES, readOffset)
        readOffset += bytesRead
        caughtUp = bytesRead === 0
        await keep(lines.push(buffer.toString('latin1', 0, bytesRead)))
      }
    } finally {
      await raw.close()
    }
    if (readOffset !== from) await save()
    return caughtUp
  }

  async function finish(): Promise<Digest> {
    if (digest !== null) return digest
    // A large backlog is taken in by several passes, so that a crash costs only the last one.
    while (!(await advance()));
    await keep(lines.end())
    const file = await log.complete()
    const { head, segments, omitted } = log.state()
    const count = head.lines + segments[0].lines + segments[1].lines + omitted.lines
    const left = { omittedBytes: omitted.bytes, omittedLines: omitted.lines }
    digest = { ...file, lines: count, rawBytes: readOffset, ...left }
    await save()
    await log.removeSegments()
    return digest
  }

  return { advance, tail: () => tail, finish }
}

const STATE = 'output.masked.json'

async function resume(folder: string, limits: LogLimits): Promise<{ saved: State | null; log: KeptLog }> {
  const path = join(folder, files.maskedOutput)
  const saved = await readJson(join(folder, STATE), State)
  const log = saved === null || saved.digest !== null ? null : await continueKeptLog(path, saved.kept, limits)
  if (log !== null || saved?.digest) return { saved, log: log ?? newKeptLog(path, limits) }
  // Nothing usable was saved: whatever an interrupted worker wrote is made again.
  const fresh = newKeptLog(path, limits)
  await continueKeptLog(path, fresh.state(), limits)
  return { saved: null, log: fresh }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return null
    throw error
  }
}

function asText(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}
