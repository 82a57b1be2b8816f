import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Facts, Part, Progress, Question } from './action.ts'
import { ActionFailure } from './action.ts'
import { ExpectationsShape } from './expect.ts'
import { MeasuringShape } from './metric.ts'

/** The part of `request.json` that the action process reads. */
export const ActionRequest = z.object({
  attempt: z.string().min(1),
  action: z.object({
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
    expect: ExpectationsShape.optional(),
    withinMs: z.number().nonnegative().optional(),
    everyMs: z.number().positive().optional(),
    metric: MeasuringShape.optional(),
    estimates: z.record(z.string(), z.object({ lowMs: z.number(), highMs: z.number() })).default({}),
    /** A program that is run, not one that is looked with. */
    attend: z.boolean().optional(),
    files: z.string(),
    runAs: z
      .object({
        uid: z.int(),
        gid: z.int(),
        environment: z.record(z.string(), z.string()),
        folder: z.string(),
      })
      .optional(),
    vars: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  }),
})
export type ActionRequest = z.infer<typeof ActionRequest>

/** What `facts.json` holds when the action has ended. */
export type Outcome =
  | { readonly summary: string; readonly facts: Facts; readonly parts?: readonly Part[] }
  | { readonly verdict: 'green' | 'red'; readonly answer: string; readonly facts: Facts }
  | {
      readonly error: { readonly message: string; readonly hint: string; readonly changed: string }
      /** What a failed run had found out: the differing rows of a comparison. */
      readonly facts?: Facts
      readonly parts?: readonly Part[]
    }

/** One look of a check that waits or is watched. */
export interface Sample {
  readonly id: string
  readonly green: boolean
  readonly answer: string
}

/** The files of an attempt that its action writes. Only `finish` may fail. */
export interface AttemptFolder {
  readonly progress: (progress: Progress) => void
  readonly sample: (sample: Sample) => void
  readonly question: (question: Question) => void
  /** Writes facts.json so that it survives a power cut. */
  readonly finish: (outcome: Outcome) => void
}

const PROGRESS_EVERY_MS = 250
/** More than any facts take: `finish` writes into this room, so a full disk shows before the work and not after. */
const RESERVED_BYTES = 64 * 1024

/** The request, or why it cannot be used, as one line. */
export function readRequest(folder: string): ActionRequest | { readonly problem: string } {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8'))
  } catch {
    return { problem: 'request.json cannot be read as JSON' }
  }
  const parsed = ActionRequest.safeParse(json)
  if (parsed.success) return parsed.data
  return {
    problem: `request.json: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
  }
}

/** Throws an {@link ActionFailure} when the spool has no room left: nothing has been started then. */
export function openAttemptFolder(folder: string): AttemptFolder {
  const reserve = join(folder, '.facts.json.new')
  makeRoom(reserve)
  let lastWrite = 0
  let held: Progress | undefined
  let questions = 0
  const write = (progress: Progress) => {
    lastWrite = Date.now()
    held = undefined
    appendLine(join(folder, 'progress.ndjson'), { ...progress, at: lastWrite })
  }
  return {
    progress: (progress) => {
      if (Date.now() - lastWrite >= PROGRESS_EVERY_MS) write(progress)
      else held = progress
    },
    sample: (sample) => appendLine(join(folder, 'samples.ndjson'), { at: Date.now(), ...sample }),
    question: (question) =>
      appendLine(join(folder, 'questions.ndjson'), { at: Date.now(), n: ++questions, ...question }),
    finish: (outcome) => {
      if (held) write(held)
      writeInPlace(reserve, `${JSON.stringify(outcome)}\n`)
      renameSync(reserve, join(folder, 'facts.json'))
      syncPath(folder)
    },
  }
}

/** By `writeFileSync`, which goes on after a short write: a single write may stop at the last free block in silence. */
function makeRoom(path: string) {
  try {
    rmSync(path, { force: true })
    const handle = openSync(path, 'wx', 0o600)
    try {
      writeFileSync(handle, Buffer.alloc(RESERVED_BYTES, ' '))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    rmSync(path, { force: true })
    throw new ActionFailure('The spool of this worker has no room to write the result of a step.', {
      hint: 'Free some space where the spool lies, then try again.',
      changed: 'nothing was started',
      cause,
    })
  }
}

/** Trailing blanks are JSON white space, so the reserved room need not be cut off. */
function writeInPlace(path: string, text: string) {
  const handle = openSync(path, 'r+')
  try {
    const content = Buffer.from(text)
    const size = Math.max(content.length, RESERVED_BYTES)
    writeFileSync(handle, Buffer.concat([content, Buffer.alloc(size - content.length, ' ')]))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Progress and samples are for the eye: a full disk must not stop the work itself. */
function appendLine(path: string, value: unknown) {
  try {
    const handle = openSync(path, 'a', 0o600)
    try {
      writeSync(handle, `${JSON.stringify(value)}\n`)
    } finally {
      closeSync(handle)
    }
  } catch {
    return
  }
}

function syncPath(path: string) {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
