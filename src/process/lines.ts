import { open } from 'node:fs/promises'
import { z } from 'zod'
import { isErrorWithCode } from './durable.ts'

/** One line of progress.ndjson. `at` is wall-clock milliseconds. */
export const Progress = z.object({
  done: z.number(),
  total: z.number().optional(),
  unit: z.string(),
  label: z.string().optional(),
  left: z.object({ lowMs: z.number(), highMs: z.number(), unknown: z.number() }).optional(),
  at: z.number(),
})
export type Progress = z.infer<typeof Progress>

/** One line of samples.ndjson: a look of a waiting check or a watch. */
export const Sample = z.object({ at: z.number(), id: z.string(), green: z.boolean(), answer: z.string() })
export type Sample = z.infer<typeof Sample>

/** One line of questions.ndjson: what a program asked, and what became of it. `n` counts the lines, from 1. */
export const Question = z.object({
  at: z.number(),
  n: z.int().positive(),
  prompt: z.string(),
  then: z.enum(['answered', 'waiting', 'gone on']),
  answer: z.string().optional(),
})
export type Question = z.infer<typeof Question>

const LAST_LINE_BYTES = 8_192
const BATCH_BYTES = 262_144

/** The last complete line that has the shape; null when there is none near the end. */
export async function lastLine<T>(path: string, shape: z.ZodType<T>): Promise<T | null> {
  const { text } = await readPart(path, (size) => Math.max(0, size - LAST_LINE_BYTES), LAST_LINE_BYTES)
  const complete = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  for (const line of complete.reverse()) {
    const value = parse(line, shape)
    if (value !== null) return value
  }
  return null
}

/** The complete lines from `offset` on, a batch at a time; lines of another shape are left out. */
export async function linesFrom<T>(
  path: string,
  offset: number,
  shape: z.ZodType<T>,
): Promise<{ readonly values: readonly T[]; readonly next: number }> {
  const { text, bytes } = await readPart(path, () => offset, BATCH_BYTES)
  const end = text.lastIndexOf('\n') + 1
  // A line that fills a whole batch is none of ours.
  if (end === 0) return { values: [], next: bytes === BATCH_BYTES ? offset + bytes : offset }
  const complete = text.slice(0, end)
  const values = complete.split('\n').flatMap((line) => parse(line, shape) ?? [])
  return { values, next: offset + complete.length }
}

/** As latin1, so that positions in the text are bytes. */
async function readPart(
  path: string,
  from: (size: number) => number,
  maxBytes: number,
): Promise<{ text: string; bytes: number }> {
  let file
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return { text: '', bytes: 0 }
    throw error
  }
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, from(size))
    return { text: buffer.toString('latin1', 0, bytesRead), bytes: bytesRead }
  } finally {
    await file.close()
  }
}

function parse<T>(line: string, shape: z.ZodType<T>): T | null {
  try {
    return shape.safeParse(JSON.parse(Buffer.from(line, 'latin1').toString())).data ?? null
  } catch {
    return null
  }
}
