import type { z } from 'zod'
import type { ValueType } from '../domain/catalogue.ts'
import type { Expectations } from '../domain/plan.ts'
import type { Action, ActionContext, CheckResult, Program, ProgramPlace, RunResult } from './action.ts'

/** An action with its input held: what it can do is there, the rest is absent. */
export interface PreparedAction {
  readonly run?: (context: ActionContext) => Promise<RunResult>
  readonly check?: (context: ActionContext) => Promise<CheckResult>
  readonly program?: (place: ProgramPlace) => Promise<Program>
  /** Beside `program`: the action process runs it. */
  readonly attend?: (context: ActionContext, expect: Expectations | undefined) => Promise<RunResult>
  /** The input asks for more than the runner alone can do. */
  readonly isAttended?: boolean
}

/** An action as the catalogue holds it: its input type is closed over, so that all fit in one table. */
export interface OfferedAction {
  readonly name: string
  readonly summary: string
  readonly kinds: readonly ('run' | 'check')[]
  readonly mutating: boolean
  readonly hasParts: boolean
  readonly parameters: Readonly<Record<string, z.ZodType>>
  /** Of the parameters together. */
  readonly input: z.ZodType
  readonly facts: Readonly<Record<string, ValueType>>
  /** `problems` has one line for each wrong parameter: `to: expected a string`. */
  readonly prepare: (
    input: unknown,
  ) =>
    | { readonly ok: true; readonly action: PreparedAction }
    | { readonly ok: false; readonly problems: string[] }
}

export function offer<Input>(action: Action<Input>): OfferedAction {
  return {
    name: action.name,
    summary: action.summary,
    kinds: kindsOf(action),
    mutating: action.kind === 'run' && action.mutating,
    hasParts: 'hasParts' in action && action.hasParts === true,
    parameters: action.input.shape,
    input: action.input,
    facts: action.facts,
    prepare: (raw) => {
      const parsed = action.input.safeParse(raw)
      return parsed.success
        ? { ok: true, action: hold(action, parsed.data) }
        : { ok: false, problems: problemsOf(parsed.error) }
    },
  }
}

function kindsOf<Input>(action: Action<Input>): readonly ('run' | 'check')[] {
  if (action.kind === 'check') return ['check']
  return 'program' in action && action.check ? ['run', 'check'] : ['run']
}

function hold<Input>(action: Action<Input>, input: Input): PreparedAction {
  if (action.kind === 'check') return { check: (context) => action.check(input, context) }
  if ('run' in action) return { run: (context) => action.run(input, context) }
  const { check } = action
  return {
    program: (place) => action.program(input, place),
    attend: (context, expect) => action.attend(input, context, expect),
    isAttended: action.isAttended(input),
    ...(check ? { check: (context) => check(input, context) } : {}),
  }
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`,
  )
}
