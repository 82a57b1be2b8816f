import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runAttended } from '../../src/actions/programs/attended.ts'
import { aContext, host, prepare, temporaryFolder, type TestContext } from '../support/attempt.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const bash = (script: string, more: object = {}) => ({ argv: ['bash', '-c', script], ...more })

/** Runs the program as the action process does, in this process; gives what it threw. */
async function attend(input: object, context: TestContext = aContext(folder.path), expected?: object) {
  const { attend: start } = prepare('command', { cwd: folder.path, ...input })
  if (!start) throw new Error('nothing is attended')
  const outcome = await start(context, expected).catch((error: unknown) => error)
  return { outcome, context }
}

describe('answers', () => {
  const ask =
    'printf "Proceed? [yes/no] "; read -r a; echo "got $a"; printf "Proceed? "; read -r b; echo "then $b"'

  it('are sent when their prompt stands at the end of the output, and told', async () => {
    const { outcome, context } = await attend(
      bash(ask, { answers: [{ prompt: 'Proceed', send: 'yes', times: 2 }] }),
    )

    expect(outcome).toMatchObject({ summary: 'Exit 0: Proceed? then yes', facts: { exit: 0 } })
    expect(context.printed()).toContain('got yes')
    expect(context.questions).toEqual([
      { prompt: 'Proceed? [yes/no]', then: 'answered', answer: 'yes' },
      { prompt: 'Proceed?', then: 'answered', answer: 'yes' },
    ])
  })

  it('are given once unless said otherwise; a further question gets an end of file and does not hang', async () => {
    const { outcome, context } = await attend(
      bash(ask, { answers: [{ prompt: '/^proceed\\?/i', send: 'yes' }] }),
    )

    expect(outcome).toMatchObject({ summary: 'Exit 0: Proceed? then', facts: { exit: 0 } })
    expect(context.questions).toHaveLength(1)
  })

  it('wait for the question itself, whatever was printed before', async () => {
    const { context } = await attend(
      bash(
        'echo Proceeding with care; printf "Name: "; read -r n; printf "Proceed? "; read -r a; echo "$n/$a"',
        {
          answers: [
            { prompt: 'Proceed?', send: 'yes' },
            { prompt: '/name:$/i', send: 'ward' },
          ],
        },
      ),
    )

    expect(context.printed()).toContain('ward/yes')
  })
})

describe('a terminal', () => {
  it('is there for programs that ask on it alone', async () => {
    const { outcome, context } = await attend(
      bash('[ -t 0 ] && [ -t 1 ] && printf "Sure? " && read -r a && echo "got $a" && exit 7', {
        tty: true,
        answers: [{ prompt: 'Sure?', send: 'yes' }],
      }),
    )

    expect(outcome).toMatchObject({ message: expect.stringContaining('Exit 7'), exit: 7 })
    expect(context.printed()).toContain('got yes')
  })

  it('tells of a question that nobody foresaw, and of the program going on', async () => {
    const asked: unknown[] = []
    const script = 'printf "Overwrite the backup? "; read -t 0.9 -r a; echo "took the default"; sleep 0.3'
    const program = {
      argv: ['/bin/bash', '-c', script],
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: folder.path,
    } as const
    const end = await runAttended(program, {
      answers: [],
      tty: true,
      patienceMs: 300,
      signal: new AbortController().signal,
      question: (question) => asked.push(question),
      output: () => undefined,
    })

    expect(end).toEqual({ exit: 0, signal: null })
    expect(asked).toEqual([
      { prompt: 'Overwrite the backup?', then: 'waiting' },
      { prompt: 'Overwrite the backup?', then: 'gone on' },
    ])
  })
})

describe('a program that says one thing and ends with another', () => {
  it('fails on a line that means an error, though it ends with 0', async () => {
    const { outcome } = await attend(
      bash('echo ok; echo "ERROR: 3 rows lost"; echo done', { errors: '/^ERROR/' }),
    )

    expect(outcome).toMatchObject({
      message: expect.stringContaining('printed 1 line that means an error: ERROR: 3 rows lost'),
      exit: 1,
      facts: { exit: 0, lines: 3 },
    })
  })

  it('is held to what is expected of its output and of its exit code', async () => {
    expect(
      (await attend(bash('echo ready; exit 1'), undefined, { exit: { equals: 1 } })).outcome,
    ).toMatchObject({
      facts: { exit: 1 },
    })
    expect(
      (await attend(bash('echo almost'), undefined, { output: { equals: 'ready' } })).outcome,
    ).toMatchObject({
      message: 'Not as expected: exit 0: almost (output: "almost", expected "ready")',
    })
    expect(
      (await attend(bash('echo ready; exit 4'), undefined, { output: { equals: 'ready' } })).outcome,
    ).toMatchObject({
      message: expect.stringContaining('exit: 4, expected 0'),
      exit: 4,
    })
  })

  it('passes its exit code and its signal through', async () => {
    const failed = await host(folder.path, 'command', { input: bash('exit 42'), attend: true })
    const killed = await host(folder.path, 'command', { input: bash('kill -KILL $$'), attend: true })

    expect([failed.code, killed.code]).toEqual([42, 137])
    expect(killed.facts.error.message).toBe('Ended by SIGKILL.')
  })
})

describe('the results of tests', () => {
  const junit = (cases: string) =>
    `<?xml version="1.0"?><testsuites><testsuite name="s">${cases}</testsuite></testsuites>`
  const suite = (report: string, code = 0) =>
    bash('printf %s "$REPORT" > report.xml; exit $CODE', {
      env: { REPORT: report, CODE: code },
      results: { junit: 'report.xml' },
    })

  it('are counted from JUnit, with failed and missing tests by name', async () => {
    const report = junit(
      `<testcase classname="smoke.Shop" name="test_login"/><testcase classname="smoke.Shop" name="test_checkout"><failure message="no">x &lt; y</failure></testcase><testcase name="test_search"><skipped/></testcase>`,
    )
    const { outcome } = await attend({
      ...suite(report, 1),
      expect_tests: ['smoke.Shop.test_login', 'test_search', 'test_refund'],
    })

    expect(outcome).toMatchObject({
      message: '1 of 3 tests failed: test_checkout. 2 expected tests did not run: test_search, test_refund.',
      exit: 1,
      facts: {
        tests: 3,
        passed: 1,
        failed: 1,
        skipped: 1,
        failed_tests: ['test_checkout'],
        missing: ['test_search', 'test_refund'],
      },
    })
  })

  it('are red when tests are expected and nothing says where their results are', async () => {
    const { outcome } = await attend(bash('true', { expect_tests: ['login'] }))

    expect(outcome).toMatchObject({
      message: 'Tests are expected, and it is not said where their results are.',
    })
  })

  it('are red when no test ran, when the report is cut off, an older one, or absent', async () => {
    const empty = await attend(suite(junit('')))
    const cut = await attend(suite(junit('<testcase name="a"/>').slice(0, 70)))
    writeFileSync(join(folder.path, 'old.xml'), junit('<testcase name="a"/>'))
    utimesSync(join(folder.path, 'old.xml'), new Date(0), new Date(0))
    const old = await attend(bash('true', { results: { junit: 'old.xml' } }))
    const none = await attend(bash('true', { results: { junit: 'none.xml' } }))

    expect(empty.outcome).toMatchObject({ message: 'No test ran.' })
    expect(cut.outcome).toMatchObject({ message: expect.stringContaining('cannot be relied on') })
    expect(old.outcome).toMatchObject({ message: expect.stringContaining('is an older one') })
    expect(none.outcome).toMatchObject({ message: expect.stringContaining('wrote no report') })
  })

  it('are read from TAP in the output, which must hold as many as announced', async () => {
    const tap = 'TAP version 14\n1..3\nok 1 - login\nok 2 - checkout # SKIP no card\nok 3 - search\n'
    const good = await attend(bash(`printf '${tap}'`, { results: 'tap', expect_tests: ['login', 'search'] }))
    const short = await attend(bash(`printf '1..3\\nok 1 - login\\n'`, { results: 'tap' }))
    const failed = await attend(bash(`printf '1..1\\nnot ok 1 - login\\n'`, { results: 'tap' }))

    expect(good.outcome).toMatchObject({ summary: 'Exit 0: 2 of 3 tests passed, 1 skipped' })
    expect(short.outcome).toMatchObject({
      message: expect.stringContaining('announced 3 tests and reported 1'),
    })
    expect(failed.outcome).toMatchObject({ message: expect.stringContaining('1 of 1 test failed: login') })
  })
})

it('leaves no passfile behind', async () => {
  mkdirSync(join(folder.path, 'attempt'))
  const context = aContext(join(folder.path, 'attempt'))
  const target = { name: 'main', kind: 'postgres', url: 'postgres://u:pass-word-1@127.0.0.1:1/d' }
  const { outcome } = await attend(bash('cat "$PGPASSFILE"', { env: { target }, errors: 'nothing' }), context)

  expect(outcome).toMatchObject({ summary: expect.stringContaining('pass-word-1') })
  expect(readdirSync(context.folder)).toEqual([])
})
