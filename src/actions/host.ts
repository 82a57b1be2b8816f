import type { ActionContext } from './action.ts'
import { ActionFailure } from './action.ts'
import type { ActionRequest, AttemptFolder, Outcome } from './attempt-folder.ts'
import { openAttemptFolder, readRequest } from './attempt-folder.ts'
import { findAction } from './catalogue.ts'
import { lookOnce, lookUntilGreen } from './looking.ts'
import type { Check } from './looking.ts'
import { measuring } from './metric.ts'
import type { PreparedAction } from './offer.ts'
import type { WatchedCheck } from './watch.ts'
import { watch, WatchInput } from './watch.ts'

/** How the action process ends, by the contract of the attempt's folder. */
export const EXIT = { done: 0, failed: 1, badRequest: 2, red: 3 } as const

const EVERY_MS = 5_000
/** The built-in action of a `watch` step; it is no action of the catalogue. */
const WATCH = 'watch'

/**
 * Runs one action for the attempt in `folder` and returns the exit code: 0 done or green, 3 red, 1 failed,
 * 2 the request cannot be used. The result lies in facts.json before it returns. The caller exits the process with
 * the code at once: a cancelled backup may still have a thread at work.
 */
export async function runAction(
  name: string,
  folder: string,
  environment: ActionContext['environment'] = {},
): Promise<number> {
  const request = readRequest(folder)
  let files: AttemptFolder
  try {
    files = openAttemptFolder(folder)
  } catch (error) {
    log(error instanceof ActionFailure ? `${error.message} ${error.hint}` : detailsOf(error))
    return EXIT.failed
  }
  const end = (outcome: Outcome) => {
    files.finish(outcome)
    return exitCodeOf(outcome)
  }
  if ('problem' in request) return refuse(end, request.problem)
  const controller = new AbortController()
  const cancel = () => controller.abort()
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    const context = contextOf(request, { folder, environment, files, signal: controller.signal })
    const work =
      name === WATCH ? prepareWatch(request, context, files) : prepare(name, request, context, files)
    if ('problem' in work) return refuse(end, work.problem)
    return end(await work.start())
  } catch (error) {
    const code = end(failureOf(error, controller.signal, findAction(name)?.mutating ?? false))
    return error instanceof ActionFailure ? (error.exit ?? code) : code
  } finally {
    process.removeListener('SIGINT', cancel)
    process.removeListener('SIGTERM', cancel)
  }
}

type Work = { readonly start: () => Promise<Outcome> } | { readonly problem: string }

function prepare(name: string, request: ActionRequest, context: ActionContext, files: AttemptFolder): Work {
  const prepared = prepareOne(name, request.action.input)
  if ('problem' in prepared) return prepared
  const { run, check, attend } = prepared
  if (request.action.attend === true && attend) return { start: () => attend(context, request.action.expect) }
  if (run) return { start: () => run(context) }
  if (check) return { start: () => carryOutCheck(check, request, context, files) }
  return { problem: `${name} is a program: the runner starts it, not the action process` }
}

async function carryOutCheck(
  check: Check,
  { attempt, action }: ActionRequest,
  context: ActionContext,
  files: AttemptFolder,
): Promise<Outcome> {
  const measured = measuring(check, action.metric)
  const look =
    action.withinMs === undefined
      ? await lookOnce(measured, context, action.expect)
      : await lookUntilGreen(measured, context, action.expect, {
          withinMs: action.withinMs,
          everyMs: action.everyMs ?? EVERY_MS,
          id: stepOf(attempt),
          sample: files.sample,
        })
  if (look.failure) throw look.failure
  return { verdict: look.verdict, answer: look.answer, facts: look.facts }
}

function prepareWatch(request: ActionRequest, context: ActionContext, files: AttemptFolder): Work {
  const input = WatchInput.safeParse(request.action.input)
  if (!input.success)
    return { problem: `watch: ${input.error.issues.map((issue) => issue.message).join('; ')}` }
  const checks: WatchedCheck[] = []
  for (const { id, title, uses, with: values, expect, metric } of input.data.checks) {
    const prepared = prepareOne(uses, values)
    if ('problem' in prepared) return { problem: `${id}: ${prepared.problem}` }
    if (!prepared.check) return { problem: `${id}: ${uses} is no check` }
    checks.push({ id, title, expect, check: measuring(prepared.check, metric) })
  }
  return { start: () => watch(checks, input.data, context, files.sample) }
}

function prepareOne(name: string, input: unknown): PreparedAction | { readonly problem: string } {
  const found = findAction(name)
  if (!found) return { problem: `there is no action called ${name}` }
  const prepared = found.prepare(input)
  return prepared.ok ? prepared.action : { problem: `${name}: ${prepared.problems.join('; ')}` }
}

interface Surroundings extends Required<Pick<ActionContext, 'folder' | 'environment' | 'signal'>> {
  readonly files: AttemptFolder
}

function contextOf({ attempt, action }: ActionRequest, { files, ...around }: Surroundings): ActionContext {
  return {
    ...around,
    attempt,
    files: action.files,
    vars: action.vars,
    estimates: action.estimates,
    ...(action.runAs === undefined ? {} : { runAs: action.runAs }),
    progress: files.progress,
    question: files.question,
    output,
    log,
  }
}

function refuse(end: (outcome: Outcome) => number, problem: string): number {
  log(problem)
  end({
    error: { message: problem, hint: 'Correct the runbook, then open the cutover again.', changed: NOTHING },
  })
  return EXIT.badRequest
}

const NOTHING = 'nothing was changed'

function failureOf(error: unknown, signal: AbortSignal, mutating: boolean): Outcome {
  if (error instanceof ActionFailure) {
    const { message, hint, changed, facts, parts } = error
    return { error: { message, hint, changed }, facts, ...(parts === undefined ? {} : { parts }) }
  }
  if (signal.aborted) {
    return {
      error: {
        message: 'Cancelled.',
        hint: mutating
          ? 'Look at what the step had done before it is tried again or undone.'
          : 'Try again when it suits.',
        changed: mutating ? 'what it had finished until then stays' : NOTHING,
      },
    }
  }
  log(detailsOf(error))
  return {
    error: {
      message: 'The action failed inside Cutover.',
      hint: 'The log of this attempt has the details; they belong into a bug report.',
      changed: 'it is not known whether anything was changed',
    },
  }
}

function exitCodeOf(outcome: Outcome): number {
  if ('error' in outcome) return EXIT.failed
  return 'verdict' in outcome && outcome.verdict === 'red' ? EXIT.red : EXIT.done
}

/** `<cutover>.<step>.<n>` → `<step>`. */
function stepOf(attempt: string): string {
  return attempt.split('.').at(-2) ?? attempt
}

function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function output(chunk: Uint8Array) {
  process.stdout.write(chunk)
}

function log(line: string) {
  process.stdout.write(`${line}\n`)
}
