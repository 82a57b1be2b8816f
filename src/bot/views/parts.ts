import type { Part } from '../../domain/events.ts'
import { phaseSteps, planStep } from '../../domain/lookup.ts'
import { estimateOf, estimateOfStep, partEstimates, type PartEstimates } from '../../domain/parts.ts'
import type { Range } from '../../domain/plan.ts'
import type { AttemptState, CutoverState } from '../../domain/state.ts'
import { durationText, rangeText } from '../../templates/format.ts'
import { value } from './words.ts'

const SIGNS = { done: '✓', failed: '✗', 'not run': '·' } as const
const SHOWN_MAX = 30

/** A line for each of the tool's own steps: `✗ 0005_unique  12 s, failed`. */
export function partLines(attempt: AttemptState, estimates: PartEstimates): readonly string[] {
  const { parts = [] } = attempt
  const more = parts.length - SHOWN_MAX
  const shown = more > 0 ? parts.slice(-SHOWN_MAX) : parts
  return [
    ...(more > 0 ? [`${more} more before these`] : []),
    ...shown.map((part) => partLine(part, estimateOf(part.name, estimates))),
  ]
}

function partLine({ name, outcome, durationMs }: Part, estimate: Range | undefined): string {
  const took = durationMs === undefined ? '' : `  ${durationText(durationMs)}`
  const said = outcome === 'done' ? '' : `${took === '' ? '  ' : ', '}${outcome}`
  const estimated = estimate === undefined ? '' : `  (estimated ${rangeText(estimate)})`
  return `${SIGNS[outcome]} ${value(name, 120)}${took}${said}${estimated}`
}

/** While it runs and nothing is known of its parts yet: what is expected of them. */
export const expectedLines = (estimates: PartEstimates): readonly string[] =>
  Object.entries(estimates)
    .slice(0, SHOWN_MAX)
    .map(([name, estimate]) => `· ${value(name, 120)}  estimated ${rangeText(estimate)}`)

const AHEAD_MAX = 3

/** For a card that decides: how long what comes takes, and the longest of its parts. Empty where nobody said. */
export function aheadLines(state: CutoverState, gate: string): readonly string[] {
  const order = phaseSteps(state.plan)
  const behind = order.slice(order.indexOf(gate) + 1)
  const next = behind.findIndex((id) => planStep(state, id).kind === 'decide')
  return behind.slice(0, next === -1 ? undefined : next).flatMap((id) => {
    const step = planStep(state, id)
    const estimates = step.kind === 'run' ? partEstimates(state, id) : {}
    const whole = estimateOfStep(state, step)
    if (whole === undefined || Object.keys(estimates).length === 0) return []
    const longest = Object.entries(estimates)
      .toSorted(([, one], [, other]) => other.highMs - one.highMs)
      .slice(0, AHEAD_MAX)
      .map(([name, estimate]) => `${value(name, 60)} ${rangeText(estimate)}`)
    return [`${value(step.title, 100)}: ${rangeText(whole)}; longest ${longest.join(', ')}`]
  })
}
