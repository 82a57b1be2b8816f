import { criteriaOf } from './criteria.ts'
import { mayCriterion, mayGate } from './may-gate.ts'
import { planStep, stepState } from './lookup.ts'
import { mayCutover, mayItem, mayStep } from './may.ts'
import { CRITERION_RULES, CUTOVER_RULES, GATE_RULES, STEP_RULES } from './permissions.ts'
import type { CriterionAction, CutoverAction, GateAction, StepAction } from './permissions.ts'
import type { Instant, PersonId } from './plan.ts'
import type { CutoverState } from './state.ts'

// Object.keys forgets what the tables know: that these are exactly their keys.
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] =>
  Object.keys(table) as Key[]

/**
 * What may be done now to the cutover as a whole: by `person`, or without one, by anybody. What is offered here
 * is accepted by `decide` once the reason, name or time it wants is given; what is not is refused.
 */
export const availableActions = (state: CutoverState, person?: PersonId): readonly CutoverAction[] =>
  keysOf(CUTOVER_RULES).filter((action) => mayCutover(state, action, person) === null)

/** The same for one step. Of a step with items, ticking means at least one of them, or the step as a whole. */
export const stepChoices = (state: CutoverState, step: string, person?: PersonId): readonly StepAction[] =>
  keysOf(STEP_RULES).filter((action) => {
    if (mayStep(state, action, step, person) === null) return true
    const perItem = action === 'tick' || action === 'untick'
    return perItem && itemChoices(state, step, action, person).length > 0
  })

/** The items of a `do` that may be ticked now, or whose tick may be taken back. */
export function itemChoices(
  state: CutoverState,
  step: string,
  action: 'tick' | 'untick',
  person?: PersonId,
): readonly string[] {
  const definition = planStep(state, step)
  if (definition.kind !== 'do') return []
  const { items } = stepState(state, step)
  return definition.items
    .filter((item) => (items[item.id] === undefined) === (action === 'tick'))
    .filter((item) => mayItem(state, action, step, item, person) === null)
    .map((item) => item.id)
}

export interface GateChoices {
  readonly gate: readonly GateAction[]
  readonly criteria: { readonly [criterion: string]: readonly CriterionAction[] }
}

/** The same for a gate and each of its criteria. */
export function gateChoices(state: CutoverState, gate: string, now: Instant, person?: PersonId): GateChoices {
  const criteria = criteriaOf(state, gate).map((criterion) => {
    const actions = keysOf(CRITERION_RULES).filter(
      (action) => mayCriterion(state, action, gate, criterion, person, now) === null,
    )
    return [criterion.id, actions]
  })
  return {
    gate: keysOf(GATE_RULES).filter((action) => mayGate(state, action, gate, person, now) === null),
    criteria: Object.fromEntries(criteria),
  }
}
