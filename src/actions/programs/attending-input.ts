import { z } from 'zod'
import { textPattern } from './text-pattern.ts'

/** What makes a run of a program more than a start and an exit code: answers, a terminal, test results. */
export const attendingShape = {
  answers: z
    .array(z.strictObject({ prompt: textPattern(), send: z.string(), times: z.int().positive().default(1) }))
    .min(1)
    .optional()
    .describe(
      'What it asks and what is sent, each once unless `times` says more: `{ prompt: Proceed, send: "yes" }`. A prompt is a text, or a `/regular expression/`, in the line at the end of its output.',
    ),
  tty: z
    .boolean()
    .optional()
    .describe('Gives it a terminal, for a program that asks only there or reads /dev/tty.'),
  errors: textPattern().optional().meta({
    parameter: 'text',
    description:
      'A text or a `/regular expression/`: a line of output with it makes the run fail, whatever the exit code.',
  }),
  results: z
    .union([
      z.literal('tap'),
      z.strictObject({ junit: z.string().min(1) }),
      z.strictObject({ tap: z.string().min(1) }),
    ])
    .optional()
    .meta({
      parameter: 'json',
      description:
        'Of a test suite: `{ junit: report.xml }` or `{ tap: FILE }` that it writes, below its working folder, or `tap` for its output. No test run, or a failed one, makes the run fail.',
    }),
  expect_tests: z
    .array(z.string().min(1))
    .optional()
    .describe('Names of tests that must have run; one that is missing or was skipped makes the run fail.'),
}

export const AttendingInput = z.object(attendingShape)
export type AttendingInput = z.infer<typeof AttendingInput>

/** What test results leave; absent without `results`. */
export const TEST_FACTS = {
  tests: 'int',
  passed: 'int',
  failed: 'int',
  skipped: 'int',
  failed_tests: 'list',
  missing: 'list',
} as const

/** Without any of it the runner starts the program itself, with nothing of ours in between. */
export function isAttended({ answers, tty, errors, results, expect_tests }: AttendingInput): boolean {
  return (
    answers !== undefined ||
    tty === true ||
    errors !== undefined ||
    results !== undefined ||
    expect_tests !== undefined
  )
}
