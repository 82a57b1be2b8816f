import { planStep, stepState } from './lookup.ts'
import type { Trigger } from './plan.ts'
import type { CutoverState } from './state.ts'

export interface MetTrigger {
  readonly trigger: Trigger
  /** Ids of the steps that met it: failed, unknown, or breached. */
  readonly steps: readonly string[]
}

/** Triggers for a rollback that something meets now, in the runbook's order; `never` ones are met by nothing. */
export function metTriggers(state: CutoverState): readonly MetTrigger[] {
  return state.plan.rollback.triggers
    .filter((trigger) => trigger.urgency !== 'never')
    .map((trigger) => ({ trigger, steps: [...failing(state, trigger), ...breaching(state, trigger)] }))
    .filter((met) => met.steps.length > 0)
}

const failing = (state: CutoverState, trigger: Trigger): readonly string[] =>
  trigger.steps.filter((id) => {
    const { status } = stepState(state, id)
    return status === 'failed' || status === 'unknown'
  })

/** A watch that people went on from, or set aside, no longer speaks. */
const breaching = (state: CutoverState, trigger: Trigger): readonly string[] =>
  Object.keys(state.steps).filter((id) => {
    const step = planStep(state, id)
    const { breaches, status } = stepState(state, id)
    const speaks = status === 'active' || status === 'failed' || status === 'unknown'
    return step.kind === 'watch' && step.breach === trigger.id && breaches.length > 0 && speaks
  })
