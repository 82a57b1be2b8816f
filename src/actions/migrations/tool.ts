import { z } from 'zod'
import { StringDecoder } from 'node:string_decoder'
import { ActionFailure, type ActionContext, type Program } from '../action.ts'
import { duration } from '../parameters.ts'
import { asUser } from '../programs/as-user.ts'
import { runAttended } from '../programs/attended.ts'
import { variables } from '../programs/command.ts'
import { programEnvironment } from '../programs/environment.ts'
import { findTool, workingFolder } from '../programs/find-tool.ts'
import { withPlace } from '../programs/place.ts'
import { postgresTarget, type PostgresTarget } from '../targets.ts'

const LOCK_TIMEOUT_MS = 5_000
/** Shorter than the patience of a cancel. */
const ASK_LIMIT_MS = 5_000

/** Parameters that every migration tool takes. */
export const toolShape = (usual: readonly string[]) => ({
  target: postgresTarget().describe(
    'The database. Its PG* variables and a passfile reach the tool; that the tool works on it is checked before and after.',
  ),
  argv: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(`How the tool is called; \`[${usual.join(', ')}]\` unless said.`),
  cwd: z.string().min(1).optional().meta({ parameter: 'path', description: 'Folder of the project.' }),
  env: variables.optional(),
})

/** And those of the ones that change something. */
export const timeoutShape = {
  lock_timeout: duration('How long a statement may wait for a lock; 5s unless said.').optional(),
  statement_timeout: duration('How long a statement may take; without limit unless said.').optional(),
}

export interface ToolInput {
  readonly target: PostgresTarget
  readonly argv?: readonly string[] | undefined
  readonly cwd?: string | undefined
  readonly env?: Parameters<typeof programEnvironment>[0]
  readonly lock_timeout?: number | undefined
  readonly statement_timeout?: number | undefined
}

export interface ToolEnd {
  readonly exit: number | null
  readonly lines: readonly string[]
}

/** A line of output; `isWhole` is false while its end has not come. */
export type HearLine = (line: string, isWhole: boolean) => void

export interface Tool {
  /** As a person would type it. */
  readonly spelled: (words: readonly string[]) => string
  readonly run: (words: readonly string[], hear?: HearLine) => Promise<ToolEnd>
  /** A short question, asked also when the step is being cancelled: what a person wants to know then. */
  readonly ask: (words: readonly string[]) => Promise<ToolEnd>
}

/** A migration tool in its project, with its database in the environment; passfiles go when `work` is done. */
export async function withTool<Result>(
  input: ToolInput,
  context: ActionContext,
  { usual, extra }: { usual: readonly string[]; extra?: (environment: Record<string, string>) => void },
  work: (tool: Tool) => Promise<Result>,
): Promise<Result> {
  return withPlace(context, async (place) => {
    const env = await programEnvironment({ target: input.target, ...input.env }, place)
    if (input.env?.['PGOPTIONS'] === undefined) env['PGOPTIONS'] = sessionOptions(input)
    // A migration is seen when it begins, not when the tool's buffer is full.
    env['PYTHONUNBUFFERED'] = '1'
    extra?.(env)
    const cwd = await workingFolder(place.cwd, input.cwd)
    const [name = '', ...words] = input.argv ?? usual
    const file = await findTool(name, { cwd, path: env['PATH'] ?? '' })
    return work({
      ask: async (more) => {
        const inTime = { ...context, signal: AbortSignal.timeout(ASK_LIMIT_MS) }
        return runTool(await asUser({ argv: [file, ...words, ...more], env, cwd }, place), inTime)
      },
      spelled: (more) => [name, ...words, ...more].join(' '),
      run: async (more, hear) => {
        context.log(`$ ${[name, ...words, ...more].join(' ')}`)
        return runTool(await asUser({ argv: [file, ...words, ...more], env, cwd }, place), context, hear)
      },
    })
  })
}

/** As libpq takes it. */
export function sessionOptions({
  lock_timeout,
  statement_timeout,
}: Pick<ToolInput, 'lock_timeout' | 'statement_timeout'>): string {
  return [
    `-c lock_timeout=${lock_timeout ?? LOCK_TIMEOUT_MS}`,
    ...(statement_timeout === undefined ? [] : [`-c statement_timeout=${statement_timeout}`]),
    '-c idle_in_transaction_session_timeout=600000',
  ].join(' ')
}

const LINES_KEPT = 5_000

async function runTool(
  program: Program,
  context: ActionContext,
  hear: HearLine = () => undefined,
): Promise<ToolEnd> {
  const lines: string[] = []
  const follow = followLines((line, isWhole) => {
    if (isWhole && lines.push(line) > LINES_KEPT) lines.shift()
    hear(line, isWhole)
  })
  const { exit } = await runAttended(program, {
    answers: [],
    tty: false,
    signal: context.signal,
    question: context.question,
    output: (chunk) => {
      context.output(chunk)
      follow.take(chunk)
    },
  })
  follow.end()
  return { exit, lines }
}

/** Standard output and error come in turn, so one decoder is enough where lines are ASCII at their ends. */
function followLines(hear: HearLine) {
  const decoder = new StringDecoder('utf8')
  let held = ''
  return {
    take: (chunk: Uint8Array) => {
      const parts = (held + decoder.write(Buffer.from(chunk))).split(/\r?\n/)
      held = parts.pop() ?? ''
      for (const line of parts) hear(line, true)
      if (held !== '') hear(held, false)
    },
    end: () => {
      if (held !== '') hear(held, true)
      held = ''
    },
  }
}

/** A look at the plan that did not work; nothing has been applied. */
export function toolFailure(what: string, end: ToolEnd, said: string): ActionFailure {
  return new ActionFailure(`${what} ended with ${end.exit ?? 'a signal'}: ${said}`, {
    hint: 'Its whole output is in the thread. Mend the project or its settings, then try again.',
    changed: 'nothing was applied',
    ...(end.exit === null ? {} : { exit: end.exit }),
  })
}
