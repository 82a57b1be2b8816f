import { constants } from 'node:os'
import type { Expectations } from '../../domain/plan.ts'
import { ActionFailure, type ActionContext, type Facts, type Program, type RunResult } from '../action.ts'
import { judge } from '../expect.ts'
import { count, oneLine } from '../wording.ts'
import { runAttended, type AttendedEnd } from './attended.ts'
import type { AttendingInput } from './attending-input.ts'
import { makeOutputTally, type OutputTally } from './output-tally.ts'
import { makeTestReader, testFacts, testFault, testSummary } from './test-results.ts'
import { patternOf } from './text-pattern.ts'

const STAYS = 'what it had done until then stays'

/**
 * Runs a program and judges it by more than its exit code: by what it printed, by its tests, by what is expected.
 * Throws {@link ActionFailure} with the program's own exit code.
 */
export async function attend(
  program: Program,
  input: AttendingInput,
  context: ActionContext,
  expect: Expectations | undefined,
): Promise<RunResult> {
  refuseTestsWithoutResults(input)
  const isError = input.errors === undefined ? () => false : patternOf(input.errors)
  const errors: string[] = []
  const tests = input.results === undefined ? undefined : makeTestReader(input.results, program.cwd)
  const tally = makeOutputTally((line) => {
    tests?.line(line)
    if (isError(line)) errors.push(oneLine(line, 200))
  })
  const end = await runAttended(program, {
    answers: input.answers ?? [],
    tty: input.tty ?? false,
    signal: context.signal,
    question: context.question,
    output: (chunk) => {
      context.output(chunk)
      tally.take(chunk)
    },
  })
  context.signal.throwIfAborted()
  const ran = await tests?.results(input.expect_tests ?? [])
  const facts: Facts = { exit: end.exit, lines: tally.lines(), ...(ran === undefined ? {} : testFacts(ran)) }
  const fault =
    (ran === undefined ? undefined : testFault(ran)) ?? endFault(end, tally, expect) ?? errorFault(errors)
  if (fault !== undefined) {
    throw new ActionFailure(fault.message, { hint: fault.hint, changed: STAYS, facts, exit: exitOf(end) })
  }
  const last = tally.lastLine()
  const said = ran === undefined ? (last === '' ? 'no output' : last) : testSummary(ran)
  return { summary: `Exit ${end.exit}: ${said}`, facts }
}

/** Checked when the runbook is, too; but a green step that looked for no test is the worst that can happen here. */
function refuseTestsWithoutResults({ expect_tests, results }: AttendingInput): void {
  if (expect_tests === undefined || results !== undefined) return
  throw new ActionFailure('Tests are expected, and it is not said where their results are.', {
    hint: 'Say `results` beside `expect_tests`.',
    changed: 'nothing was started',
  })
}

interface Fault {
  readonly message: string
  readonly hint: string
}

const LOOK = 'The last lines of its output are in the thread; look there before trying again.'

function endFault(
  { exit, signal }: AttendedEnd,
  tally: OutputTally,
  expect: Expectations | undefined,
): Fault | undefined {
  if (exit === null) return { message: `Ended by ${signal ?? 'a signal'}.`, hint: LOOK }
  const last = tally.lastLine()
  const answer = last === '' ? `exit ${exit}` : `exit ${exit}: ${last}`
  if (expect === undefined)
    return exit === 0 ? undefined : { message: `Exit ${exit}. It said last: ${last}`, hint: LOOK }
  const measured = { exit, output: tally.output(), lines: tally.lines() }
  // Who expects something of the output has not said that a bad exit is welcome.
  const demanded = expect.exit === undefined ? { ...expect, exit: { equals: 0 } } : expect
  const { verdict, answer: judged } = judge(demanded, { green: exit === 0, answer, facts: {}, measured })
  return verdict === 'green' ? undefined : { message: `Not as expected: ${judged}`, hint: LOOK }
}

function errorFault(errors: readonly string[]): Fault | undefined {
  const [first] = errors
  if (first === undefined) return undefined
  return {
    message: `It ended well by its exit code, and printed ${count(errors.length, 'line')} that ${errors.length === 1 ? 'means' : 'mean'} an error: ${first}`,
    hint: 'The exit code cannot be trusted here: look what it did before trying again.',
  }
}

/** As a shell gives it; a failure that the program did not see is not its exit 0. */
function exitOf({ exit, signal }: AttendedEnd): number {
  if (exit !== null) return exit === 0 ? 1 : exit
  return 128 + (signal === null ? 0 : constants.signals[signal])
}
