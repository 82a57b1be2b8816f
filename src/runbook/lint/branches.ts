import type { PlacedStep } from '../runbook.ts'
import type { StepDocument } from '../schema/steps.ts'
import type { ExpectedValue } from '../values/expectation.ts'
import { readReference } from '../values/reference.ts'
import type { VarValue } from '../values/var.ts'
import type { LintContext } from './context.ts'

/** One way through the plan: an environment, an option of every choice, and an answer to every open condition. */
export interface Branch {
  /** For messages: `in production`, `in demo when $backup.bytes "> 0"`. */
  readonly label: string
  readonly applies: (step: PlacedStep) => boolean
}

export const BRANCHES_MAX = 256

type Answers = Readonly<Record<string, VarValue | boolean | null>>

/** Every branch, up to {@link BRANCHES_MAX}; `complete` is false when there are more. */
export function branchesOf(context: LintContext): {
  readonly branches: Branch[]
  readonly complete: boolean
} {
  const conditions = context.draft.steps.map(({ document }) => document.when ?? {})
  const environments = Object.keys(context.draft.head.environments ?? {})
  let complete = true
  const branches = (environments.length > 0 ? environments : [undefined]).flatMap((environment) => {
    const open = [...choiceQuestions(context), ...openQuestions(context, environment, conditions)]
    const ways = waysThrough(open)
    if (ways.length > BRANCHES_MAX) complete = false
    return ways.slice(0, BRANCHES_MAX).map((answers) => branchOf(context, environment, answers))
  })
  return { branches, complete }
}

type When = NonNullable<StepDocument['when']>

interface Question {
  readonly key: string
  readonly answers: readonly (VarValue | boolean)[]
}

/** Any option may be chosen, also where an environment has one in advance. */
const choiceQuestions = ({ draft }: LintContext): Question[] =>
  draft.choices.map(({ id, options }) => ({ key: choiceKey(id), answers: options.map((one) => one.id) }))

const choiceKey = (choice: string): string => `the choice ${choice}`

/** A var that is asked may take each value that a condition names; of a fact, each comparison holds or not. */
function openQuestions(
  context: LintContext,
  environment: string | undefined,
  conditions: readonly When[],
): Question[] {
  const questions = new Map<string, Set<VarValue | boolean>>()
  for (const [name, expected] of conditions.flatMap((when) => Object.entries(when))) {
    if (fixedValue(context, environment, name) !== undefined) continue
    if (isVar(context, name) && (typeof expected === 'string' || typeof expected === 'number')) {
      const seen = questions.get(name) ?? new Set(['another value'])
      questions.set(name, seen.add(expected))
    } else {
      questions.set(factKey(name, expected), new Set([true, false]))
    }
  }
  return [...questions].map(([key, answers]) => ({ key, answers: [...answers] }))
}

const factKey = (name: string, expected: ExpectedValue): string => `${name} ${JSON.stringify(expected)}`

function waysThrough([question, ...rest]: readonly Question[]): Answers[] {
  if (question === undefined) return [{}]
  const others = waysThrough(rest)
  if (others.length > BRANCHES_MAX) return others
  return question.answers.flatMap((answer) => others.map((other) => ({ [question.key]: answer, ...other })))
}

function branchOf(context: LintContext, environment: string | undefined, answers: Answers): Branch {
  const holds = (name: string, expected: ExpectedValue): boolean => {
    const fixed = fixedValue(context, environment, name) ?? answers[name]
    return fixed === undefined
      ? answers[factKey(name, expected)] === true
      : String(fixed) === String(expected)
  }
  const said = Object.entries(answers).map(([key, answer]) =>
    typeof answer === 'boolean' ? `${answer ? '' : 'not '}${key}` : `${key} is ${String(answer)}`,
  )
  return {
    label: [
      environment === undefined ? [] : `in ${environment}`,
      said.length > 0 ? `when ${said.join(', ')}` : [],
    ]
      .flat()
      .join(' '),
    applies: ({ document, branch }) =>
      (branch === undefined || answers[choiceKey(branch.choice)] === branch.option) &&
      Object.entries(document.when ?? {}).every(([name, expected]) => holds(name, expected)),
  }
}

const isVar = ({ draft }: LintContext, name: string): boolean =>
  Object.hasOwn(draft.head.vars ?? {}, name.slice(1))

/** What is known before anything runs: the environment, and vars that nobody is asked for. */
function fixedValue(
  { draft }: LintContext,
  environment: string | undefined,
  name: string,
): VarValue | undefined {
  const written = readReference(name)
  if (written.kind !== 'name') return undefined
  if (written.name === 'environment') return environment
  const declared = draft.head.vars?.[written.name]
  if (declared === undefined || declared.ask === true) return undefined
  const own = environment === undefined ? undefined : draft.head.environments?.[environment]?.vars
  return own?.[written.name] ?? declared.default
}
