import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ActionFailure, type Facts } from '../action.ts'
import { count } from '../wording.ts'
import type { AttendingInput } from './attending-input.ts'
import type { TestReport } from './test-cases.ts'

/** What a test suite did, and what it should have done. */
export interface TestResults {
  readonly tests: number
  readonly passed: number
  readonly failed: readonly string[]
  readonly skipped: number
  /** Expected ones that did not run, or were skipped. */
  readonly missing: readonly string[]
  readonly problem?: string
}

interface TestReader {
  /** A line of the suite's output. */
  readonly line: (line: string) => void
  /** Once it has ended. Throws an {@link ActionFailure} when there is no report of this run. */
  readonly results: (expected: readonly string[]) => Promise<TestResults>
}

const TAP_MAX = 20_000_000
/** Some file systems keep whole seconds only. */
const CLOCK_SLACK_MS = 2_000

export function makeTestReader(source: NonNullable<AttendingInput['results']>, cwd: string): TestReader {
  const began = Date.now()
  const printed: string[] = []
  let bytes = 0
  return {
    line: (line) => {
      if (source !== 'tap' || bytes > TAP_MAX) return
      bytes += line.length + 1
      printed.push(line)
    },
    results: async (expected) => {
      // Its two parsers are large, and few programs are test suites.
      const { readJunit, readTap } = await import('./test-cases.ts')
      if (source === 'tap') return tallied(readTap(`${printed.join('\n')}\n`), expected)
      if ('tap' in source) return tallied(readTap(await freshFile(resolve(cwd, source.tap), began)), expected)
      return tallied(readJunit(await freshFile(resolve(cwd, source.junit), began)), expected)
    },
  }
}

async function freshFile(path: string, began: number): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) throw noReport(`The suite wrote no report to ${path}.`)
  if (found.mtimeMs < began - CLOCK_SLACK_MS)
    throw noReport(`The report ${path} is an older one: this run wrote none.`)
  return readFile(path, 'utf8')
}

const noReport = (message: string): ActionFailure =>
  new ActionFailure(message, {
    hint: 'Look at its output for why, and at `results` in the runbook for the path.',
    changed: 'which tests ran is not known',
  })

function tallied({ cases, problem }: TestReport, expected: readonly string[]): TestResults {
  const of = (outcome: string) => cases.filter((one) => one.outcome === outcome)
  const ran = new Set(cases.filter(({ outcome }) => outcome !== 'skipped').flatMap(({ names }) => names))
  return {
    tests: cases.length,
    passed: of('passed').length,
    failed: of('failed').map(({ names }) => names[0] ?? ''),
    skipped: of('skipped').length,
    missing: expected.filter((name) => !ran.has(name)),
    ...(problem === undefined ? {} : { problem }),
  }
}

export const testFacts = ({ tests, passed, failed, skipped, missing }: TestResults): Facts => ({
  tests,
  passed,
  failed: failed.length,
  skipped,
  failed_tests: failed,
  missing,
})

const NAMED_MAX = 10

/** Why the run is red; undefined when every test that should run ran and none failed. */
export function testFault({ tests, passed, failed, missing, problem }: TestResults) {
  const faults = [
    problem === undefined ? '' : `The report of the tests cannot be relied on: ${problem}`,
    failed.length === 0 ? '' : `${failed.length} of ${count(tests, 'test')} failed: ${named(failed)}`,
    missing.length === 0 ? '' : `${count(missing.length, 'expected test')} did not run: ${named(missing)}`,
    passed + failed.length === 0 ? 'No test ran' : '',
  ].filter((fault) => fault !== '')
  if (faults.length === 0) return undefined
  return {
    message: `${faults.join('. ')}.`,
    hint: 'The output in the thread says why; nothing is green until each of them is.',
  }
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED_MAX
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

export const testSummary = ({ tests, passed, skipped }: TestResults): string =>
  `${passed} of ${count(tests, 'test')} passed${skipped === 0 ? '' : `, ${skipped} skipped`}`
