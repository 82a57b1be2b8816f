import type { Argument, Plan, Reference, Step, Work } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'

/** Everything a host needs to carry out one attempt. Targets and secrets are still references: only it knows them. */
export interface AttemptWork {
  readonly cutover: string
  readonly attempt: string
  readonly step: Step
  readonly work: Work
  readonly plan: Plan
  /** `YYYYMMDD-HHMMSS` UTC of the opening: the same all night. */
  readonly stamp: string
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
    stamp: stampOf(state.openedAt),
  }
}

export function stampOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '-')
}

/** A rehearsal that does not keep to the clock looks three times, a second apart. */
const REHEARSED_WATCH = { forMs: 2000, everyMs: 1000 } as const

function machineWork(step: Step, { realTime }: CutoverState): Work {
  switch (step.kind) {
    case 'run':
    case 'check':
      return step.work
    case 'watch':
      return {
        uses: 'watch',
        with: {
          ...(realTime ? { forMs: step.forMs, everyMs: step.everyMs } : REHEARSED_WATCH),
          checks: step.checks.map((check) => ({
            id: check.id,
            title: check.title,
            uses: check.work.uses,
            with: check.work.with,
            ...(check.work.expect
              ? { expect: JSON.parse(JSON.stringify(check.work.expect)) as Argument }
              : {}),
          })),
        },
      }
    case 'do':
    case 'decide':
    case 'tell':
      throw new AttemptRefused(`"${step.title}" is not machine work.`, 'Nothing was started.')
  }
}

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
