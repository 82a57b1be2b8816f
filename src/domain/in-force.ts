import { phaseSteps, planStep, stepState } from './lookup.ts'
import type { CutoverState } from './state.ts'

/** What a rollback would leave as it is: in force, and without an inverse. */
export const irreversibleInForce = (state: CutoverState): readonly string[] =>
  phaseSteps(state.plan).filter((id) => {
    const step = planStep(state, id)
    return step.mutating && step.undo === undefined && stepState(state, id).inForce
  })
