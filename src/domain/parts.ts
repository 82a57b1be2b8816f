import { planStep } from './lookup.ts'
import type { Range, Step } from './plan.ts'
import type { CutoverState, DurationMs } from './state.ts'

/** A tool's own step by name: how long it may take. */
export type PartEstimates = { readonly [name: string]: Range }

/** What is left of an attempt by the estimates of its parts. `unknown`: parts that nobody has estimated. */
export interface Left extends Range {
  readonly unknown: number
}

/** By the runbook, and where it says nothing of a part, as long as it took in the last rehearsal that had it. */
export function partEstimates(state: CutoverState, step: string): PartEstimates {
  const found = planStep(state, step)
  const written = found.kind === 'run' ? found.partEstimates : undefined
  const measured = state.rehearsals.findLast(({ parts }) => parts?.[step] !== undefined)?.parts?.[step] ?? {}
  const rehearsed = Object.entries(measured)
    .filter(([name]) => written === undefined || estimateOf(name, written) === undefined)
    .map(([name, ms]): [string, Range] => [name, { lowMs: ms, highMs: ms }])
  return { ...Object.fromEntries(rehearsed), ...written }
}

/** Named as the tool does; a number in front of the name may be left out: `20251204000100_orders` is `orders`. */
export const estimateOf = (name: string, estimates: PartEstimates): Range | undefined =>
  estimates[name] ?? estimates[name.replace(/^\d+[_-]/, '')]

export function sumOf(estimates: PartEstimates): Range | undefined {
  const all = Object.values(estimates)
  if (all.length === 0) return undefined
  return {
    lowMs: all.reduce((sum, { lowMs }) => sum + lowMs, 0),
    highMs: all.reduce((sum, { highMs }) => sum + highMs, 0),
  }
}

/** What the runbook says of a step, or else what its parts come to. */
export const estimateOfStep = (state: CutoverState, step: Step): Range | undefined =>
  step.estimate ?? (step.kind === 'run' ? sumOf(partEstimates(state, step.id)) : undefined)

/** Of the parts that are not done yet; one that is under way has used some of its time up. Null: nothing is known. */
export function leftOf(
  rest: readonly string[],
  estimates: PartEstimates,
  current?: { readonly name: string; readonly forMs: DurationMs },
): Left | null {
  let left: Left = { lowMs: 0, highMs: 0, unknown: 0 }
  for (const name of rest) {
    const range = estimateOf(name, estimates)
    const used = name === current?.name ? current.forMs : 0
    left =
      range === undefined
        ? { ...left, unknown: left.unknown + 1 }
        : {
            ...left,
            lowMs: left.lowMs + Math.max(0, range.lowMs - used),
            highMs: left.highMs + Math.max(0, range.highMs - used),
          }
  }
  return left.unknown === rest.length ? null : left
}
