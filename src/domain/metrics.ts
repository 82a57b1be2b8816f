import { attemptState, planStep, stepState } from './lookup.ts'
import type { Comparison, Expectation, Expectations, Measuring } from './plan.ts'
import type { CutoverState } from './state.ts'

/** A metric before and after, for the report. */
export interface MetricRow {
  readonly name: string
  readonly unit?: string
  /** Null: not measured, or not yet. */
  readonly before: number | null
  readonly after: number | null
  /** By how much it changed, in per cent of before; null while one of the two is not known, or before is 0. */
  readonly changePercent: number | null
  /** Null where it did not change, or that cannot be said. */
  readonly isBetter: boolean | null
}

/** What was recorded of a metric before the start; undefined while nothing was. */
export function baselineOf(state: CutoverState, metric: string): number | undefined {
  const step = state.plan.metrics[metric]?.before
  return step === undefined ? undefined : numberOf(state, step)
}

/** Every metric of the runbook with its value before and after, in the runbook's order. Pure. */
export const metricsOf = (state: CutoverState): readonly MetricRow[] =>
  Object.entries(state.plan.metrics).map(([name, { unit, better, after: afterStep }]) => {
    const before = baselineOf(state, name) ?? null
    const own = afterStep === undefined ? undefined : numberOf(state, afterStep)
    const after = own ?? newest(state, name) ?? null
    const known = before !== null && after !== null
    return {
      name,
      ...(unit === undefined ? {} : { unit }),
      before,
      after,
      changePercent: known && before !== 0 ? Math.round((1000 * (after - before)) / before) / 10 : null,
      isBetter: known && before !== after ? (better === 'lower' ? after < before : after > before) : null,
    }
  })

/** The number that a measuring step has as its fact, once it stands. */
function numberOf(state: CutoverState, step: string): number | undefined {
  const { status, facts } = stepState(state, step)
  const value = facts['value']
  return status === 'done' && typeof value === 'number' ? value : undefined
}

/** What was last seen of it since T-0, by a check of its own; a check before that says nothing about after. */
function newest(state: CutoverState, metric: string): number | undefined {
  const { beganAt } = state
  if (beganAt === undefined) return undefined
  const seen = Object.values(state.attempts).flatMap((attempt) => {
    const step = planStep(state, attempt.step)
    const measures = step.kind === 'check' && step.work.metric?.name === metric
    const value = attemptState(state, attempt.id).facts?.['value']
    if (!measures || typeof value !== 'number' || attempt.endedAt === undefined) return []
    return attempt.endedAt < beganAt ? [] : [{ at: attempt.endedAt, value }]
  })
  return seen.toSorted((one, other) => one.at - other.at).at(-1)?.value
}

/** How a look at a metric is judged now: `"< 200% of baseline"` with the number that this is. */
export function againstBaseline(
  state: CutoverState,
  expect: Expectations | undefined,
  metric: Measuring,
): { readonly metric: Measuring; readonly expect?: Expectations } {
  const baseline = baselineOf(state, metric.name)
  const known = baseline === undefined ? metric : { ...metric, baseline }
  if (expect === undefined) return { metric: known }
  const { value } = expect
  return {
    metric: known,
    expect: value === undefined ? expect : { ...expect, value: judged(value, metric.name, baseline) },
  }
}

function judged(expected: Expectation, metric: string, baseline: number | undefined): Expectation {
  if (!('percent' in expected)) return expected
  if (baseline === undefined)
    return { unknown: `expected ${expected.text}, and no baseline of ${metric} was recorded` }
  const text = `${expected.text} (${baseline})`
  return { op: opAt(expected.op, baseline), value: (baseline * expected.percent) / 100, text }
}

/** Twice nothing is nothing: where nothing went wrong before, nothing may go wrong now, and that is in bounds. */
function opAt(op: Comparison, baseline: number): Comparison {
  if (baseline !== 0) return op
  if (op === '<') return '<='
  return op === '>' ? '>=' : op
}
