import { answerText, isTaken } from './alternatives.ts'
import { isSatisfied, stepState } from './lookup.ts'
import type { Comparison, Condition, Expectation, Step } from './plan.ts'
import type { CutoverState, Facts } from './state.ts'

export type Applies =
  | { readonly kind: 'yes' }
  /** It depends on a fact that is not known yet. */
  | { readonly kind: 'open' }
  | { readonly kind: 'no'; readonly because: string }

/** Whether the option of a step was chosen and its `when` lets it happen, with what decides against it. */
export function applies(state: CutoverState, step: Step): Applies {
  const taken = step.branch === undefined ? 'this one' : isTaken(state, step.branch)
  if (step.branch !== undefined && taken === 'another one')
    return { kind: 'no', because: answerText(state, step.branch.choice) }
  if (taken === 'not yet') return { kind: 'open' }
  const verdicts = (step.when ?? []).map((part) => {
    const verdict = partApplies(state, part)
    // On the way back nothing that is still open will ever be known: waiting for it would stop the rollback.
    return verdict.kind === 'open' && step.place !== 'plan' ? unknownFact(part) : verdict
  })
  return (
    verdicts.find((one) => one.kind === 'no') ??
    verdicts.find((one) => one.kind === 'open') ?? { kind: 'yes' }
  )
}

type Value = Facts[string]

function partApplies(state: CutoverState, part: Condition[number]): Applies {
  const known = valueOf(state, part.left)
  if (known.kind === 'open') return known
  if (known.kind === 'missing') return unknownFact(part)
  if (meets(part.is, known.value)) return { kind: 'yes' }
  return { kind: 'no', because: `${part.name} is ${String(known.value)}` }
}

const unknownFact = (part: Condition[number]): Applies => ({
  kind: 'no',
  because: `${part.name} is not known`,
})

type Known =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'open' }
  | { readonly kind: 'missing' }

function valueOf(state: CutoverState, left: Condition[number]['left']): Known {
  if (left === null || typeof left !== 'object') return { kind: 'value', value: left }
  if (left.$ !== 'fact') return { kind: 'missing' }
  const { facts, status } = stepState(state, left.step)
  const value = facts[left.fact]
  if (value !== undefined && isSatisfied(status)) return { kind: 'value', value }
  return { kind: isSatisfied(status) ? 'missing' : 'open' }
}

const COMPARE = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '=': (left, right) => left === right,
  '>=': (left, right) => left >= right,
  '>': (left, right) => left > right,
  '!=': (left, right) => left !== right,
} as const satisfies Record<Comparison, (left: number, right: number) => boolean>

function meets(expected: Expectation, value: Value): boolean {
  // Facts and vars may bear a number or a truth as text; as written is what people compare.
  if ('equals' in expected) return String(value) === String(expected.equals)
  if (!('value' in expected)) return false
  const number = typeof value === 'number' ? value : Number(value)
  return Number.isFinite(number) && COMPARE[expected.op](number, expected.value)
}
