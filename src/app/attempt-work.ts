import type { Argument, Plan, Reference, Step, Work } from '../domain/plan.ts'
import { againstBaseline } from '../domain/metrics.ts'
import { partEstimates, type PartEstimates } from '../domain/parts.ts'
import type { AttemptStatus, CutoverState } from '../domain/state.ts'

/** Everything a host needs to carry out one attempt. Targets and secrets are still references: only it knows them. */
export interface AttemptWork {
  readonly cutover: string
  readonly attempt: string
  readonly step: Step
  readonly work: Work
  readonly plan: Plan
  /** Attempts of this step that the log knows to have been started. */
  readonly begun: readonly string[]
  /** How long the tool's own steps may take. */
  readonly estimates?: PartEstimates
}

/** The attempt cannot be carried out; nothing was started. */
export class AttemptRefused extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'AttemptRefused'
    this.hint = hint
  }
}

const WAS_BEGUN: readonly AttemptStatus[] = ['spawning', 'running', 'ended', 'unknown', 'unobserved']

/** The work of an attempt with facts of earlier steps filled in. Throws {@link AttemptRefused}. */
export function workOf(state: CutoverState, attempt: string): AttemptWork {
  const known = state.attempts[attempt]
  const step = known && state.plan.steps[known.step]
  if (!step) throw new AttemptRefused(`There is no attempt ${attempt}.`, 'Nothing was started.')
  return {
    cutover: state.id,
    attempt,
    step,
    work: fill(machineWork(step, state), state),
    plan: state.plan,
    begun: Object.values(state.attempts)
      .filter((one) => one.step === step.id && WAS_BEGUN.includes(one.status))
      .map(({ id }) => id),
    ...(step.kind === 'run' ? { estimates: partEstimates(state, step.id) } : {}),
  }
}

/** How `$cutover.stamp` is written: the same all night. */
export function stampOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '-')
}

/** A rehearsal that does not keep to the clock looks three times, a second apart. */
const REHEARSED_WATCH = { forMs: 2000, everyMs: 1000 } as const

function machineWork(step: Step, state: CutoverState): Work {
  const { realTime } = state
  switch (step.kind) {
    case 'run':
      return step.work
    case 'check':
      return judgedNow(step.work, state)
    case 'watch':
      return {
        uses: 'watch',
        with: {
          ...(realTime ? { forMs: step.forMs, everyMs: step.everyMs } : REHEARSED_WATCH),
          checks: step.checks.map(({ id, title, work }) => {
            const { expect, metric, uses, with: input } = judgedNow(work, state)
            return {
              id,
              title,
              uses,
              with: input,
              ...(expect ? { expect: asArgument(expect) } : {}),
              ...(metric ? { metric: asArgument(metric) } : {}),
            }
          }),
        },
      }
    case 'do':
    case 'decide':
    case 'tell':
      throw new AttemptRefused(`"${step.title}" is not machine work.`, 'Nothing was started.')
  }
}

/** A look at a metric knows its baseline as it was recorded by now. */
const judgedNow = (work: Work, state: CutoverState): Work =>
  work.metric === undefined ? work : { ...work, ...againstBaseline(state, work.expect, work.metric) }

const asArgument = (value: object): Argument => JSON.parse(JSON.stringify(value)) as Argument

function fill(work: Work, state: CutoverState): Work {
  return { ...work, with: fillRecord(work.with, state) }
}

function fillRecord(
  record: { readonly [name: string]: Argument },
  state: CutoverState,
): { readonly [name: string]: Argument } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fillArgument(value, state)]))
}

function fillArgument(value: Argument, state: CutoverState): Argument {
  if (value === null || typeof value !== 'object') return value
  if (isReference(value)) return value.$ === 'fact' ? factOf(value.step, value.fact, state) : value
  if (isList(value)) return value.map((part) => fillArgument(part, state))
  return fillRecord(value, state)
}

function factOf(step: string, fact: string, state: CutoverState): Argument {
  const value = state.steps[step]?.facts[fact]
  if (value === undefined) {
    throw new AttemptRefused(
      `$${step}.${fact} is not known: "${state.plan.steps[step]?.title ?? step}" has not recorded it.`,
      'Nothing was started. Carry that step out first.',
    )
  }
  return value
}

export function isReference(value: Exclude<Argument, string | number | boolean | null>): value is Reference {
  return '$' in value && typeof value['$'] === 'string'
}

function isList(value: Exclude<Argument, string | number | boolean | null>): value is readonly Argument[] {
  return Array.isArray(value)
}
