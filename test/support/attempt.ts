import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActionContext, CheckResult, Progress, Question, RunResult } from '../../src/actions/action.ts'
import { ActionFailure } from '../../src/actions/action.ts'
import { findAction } from '../../src/actions/catalogue.ts'
import { runAction } from '../../src/actions/host.ts'

/** A folder of its own below the system's temporary one; `remove` takes it away. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'cutover-actions-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface TestContext extends ActionContext {
  readonly seen: Progress[]
  readonly lines: string[]
  readonly questions: Question[]
  /** What programs printed. */
  readonly printed: () => string
}

/** What an action gets, with progress and log kept for the test. */
export function aContext(folder: string, over: Partial<ActionContext> = {}): TestContext {
  const seen: Progress[] = []
  const lines: string[] = []
  const questions: Question[] = []
  const chunks: Uint8Array[] = []
  return {
    attempt: 'ward.step.1',
    folder,
    files: folder,
    environment: process.env,
    progress: (progress) => seen.push(progress),
    log: (line) => lines.push(line),
    question: (question) => questions.push(question),
    output: (chunk) => chunks.push(chunk),
    signal: new AbortController().signal,
    ...over,
    seen,
    lines,
    questions,
    printed: () => Buffer.concat(chunks).toString(),
  }
}

/** An action of the catalogue with its input held. */
export function prepare(name: string, input: unknown) {
  const found = findAction(name)
  if (!found) throw new Error(`no action ${name}`)
  const result = found.prepare(input)
  if (!result.ok) throw new Error(result.problems.join('; '))
  return result.action
}

/** Runs an action of the catalogue in this process, through its schema. */
export async function run(name: string, input: unknown, context: ActionContext): Promise<RunResult> {
  const { run: start } = prepare(name, input)
  if (!start) throw new Error(`${name} is no run`)
  return start(context)
}

export async function check(name: string, input: unknown, context: ActionContext): Promise<CheckResult> {
  const { check: start } = prepare(name, input)
  if (!start) throw new Error(`${name} is no check`)
  return start(context)
}

/** The sentences of a failure that a person reads; anything else that happens fails the test. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ message: string; hint: string; changed: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof ActionFailure)
      return { message: error.message, hint: error.hint, changed: error.changed }
    throw error
  }
  throw new Error('it did not fail')
}

export interface Request {
  readonly input: unknown
  readonly expect?: unknown
  readonly withinMs?: number
  readonly everyMs?: number
  readonly attend?: boolean
  readonly metric?: unknown
}

/** Runs the action process on an attempt's folder as the runner would, but in this process. */
export async function host(folder: string, name: string, request: Request) {
  const attempt = join(folder, `attempt-${Math.random().toString(36).slice(2)}`)
  await mkdir(attempt, { mode: 0o700 })
  const action = { name, files: folder, ...request }
  writeFileSync(join(attempt, 'request.json'), JSON.stringify({ attempt: 'ward.quiet.1', action }))
  const code = await runAction(name, attempt, process.env)
  return {
    code,
    attempt,
    facts: readJson(join(attempt, 'facts.json')),
    samples: readLines(join(attempt, 'samples.ndjson')),
    progress: readLines(join(attempt, 'progress.ndjson')),
    questions: readLines(join(attempt, 'questions.ndjson')),
  }
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function readLines(path: string) {
  try {
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  } catch {
    return []
  }
}
