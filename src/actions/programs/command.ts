import { z } from 'zod'
import type { ActionContext, CheckResult, Program, ProgramAction, ProgramPlace } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration, VariableName } from '../parameters.ts'
import { AnyTarget } from '../targets.ts'
import { count, duration as spoken, oneLine } from '../wording.ts'
import { asUser } from './as-user.ts'
import { attend } from './attend.ts'
import { attendingShape, isAttended, TEST_FACTS } from './attending-input.ts'
import { programEnvironment } from './environment.ts'
import { withPlace } from './place.ts'
import { findTool, workingFolder } from './find-tool.ts'
import { runBounded } from './run-bounded.ts'

const CHECK_TIMEOUT_MS = 60_000

/** `env` of a program: values by name; `target` (or any name) may hold a target. */
export const variables = z
  .record(VariableName, z.union([z.string(), z.number(), z.boolean(), AnyTarget]))
  .describe(
    'Variables of its environment. `target: NAME` gives PostgreSQL as PG* variables with a passfile, SQLite as `CUTOVER_TARGET_PATH`. Vars of the runbook are there as `CUTOVER_VAR_NAME`; of the worker’s own environment only PATH, HOME, locale and the like.',
  )

const Word = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((word) => !word.includes('\0'), 'a word of a command has no NUL in it')

const Input = z.strictObject({
  argv: z
    .array(Word)
    .refine((argv) => argv.length > 0 && argv[0] !== '', 'a command needs a program')
    .describe('The program and its words, as a list; no shell reads it.'),
  cwd: z.string().min(1).optional().meta({ parameter: 'path', description: 'Folder it works in.' }),
  env: variables.optional(),
  read_only: z
    .boolean()
    .optional()
    .describe('States that it changes nothing; a command used as a check must say so.'),
  ...attendingShape,
  timeout: duration('As a check: how long it may take; 60s unless said.').optional(),
})
type Input = z.infer<typeof Input>

export const command: ProgramAction<Input> = {
  name: 'command',
  kind: 'run',
  mutating: true,
  summary:
    'Runs a program with its words as a list; exit code 0 is success. As a check, `exit`, `output` and `lines` can be expected.',
  input: Input,
  facts: { exit: 'int', lines: 'int', ...TEST_FACTS },
  program,
  isAttended,
  attend: async (input, context, expect) =>
    withPlace(context, async (place) => attend(await program(input, place), input, context, expect)),
  check,
}

async function program({ argv, cwd, env }: Input, place: ProgramPlace): Promise<Program> {
  const folder = await workingFolder(place.cwd, cwd)
  const environment = await programEnvironment(env, place)
  const [tool = '', ...words] = argv
  const path = await findTool(tool, { cwd: folder, path: environment['PATH'] ?? '' })
  return asUser({ argv: [path, ...words], env: environment, cwd: folder }, place)
}

async function check(input: Input, context: ActionContext): Promise<CheckResult> {
  if (input.read_only !== true) {
    throw new ActionFailure('A command is used as a check without saying that it changes nothing.', {
      hint: 'Write `read_only: true` beside it if that is so; otherwise make it a `run`.',
      changed: 'nothing was started',
    })
  }
  const timeoutMs = input.timeout ?? CHECK_TIMEOUT_MS
  const result = await withPlace(context, async (place) =>
    runBounded(await program(input, place), { timeoutMs, signal: context.signal }),
  )
  const measured = {
    output: result.output,
    lines: result.lines,
    ...(result.exit === null ? {} : { exit: result.exit }),
  }
  return {
    green: result.exit === 0,
    measured,
    facts: { exit: result.exit, lines: result.lines },
    answer: result.timedOut ? `no end after ${spoken(timeoutMs)}` : endOf(result),
  }
}

function endOf({ exit, signal, lines, lastLine }: Awaited<ReturnType<typeof runBounded>>): string {
  const end = exit === null ? `ended by ${signal ?? 'a signal'}` : `exit ${exit}`
  return lastLine === '' ? `${end}, no output` : `${end}, ${count(lines, 'line')}: ${oneLine(lastLine, 120)}`
}
