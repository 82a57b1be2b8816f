import { isUnderWay, liveAttempts, phaseSteps, planStep, stepState } from './lookup.ts'
import type { DurationMs, CutoverState } from './state.ts'
import type { Instant } from './plan.ts'

/** Step ids of a rollback begun now, in the order of carrying out: before, inverses from last to first, after. */
export function rollbackOrder(state: CutoverState): readonly string[] {
  const { before, after } = state.plan.rollback
  return [...before, ...inverses(state), ...after]
}

const inverses = (state: CutoverState): readonly string[] =>
  phaseSteps(state.plan)
    .filter((id) => stepState(state, id).inForce)
    .flatMap((id) => planStep(state, id).undo ?? [])
    .reverse()

/** What a rollback would leave as it is: in force, and without an inverse. */
export const irreversibleInForce = (state: CutoverState): readonly string[] =>
  phaseSteps(state.plan).filter((id) => {
    const step = planStep(state, id)
    return step.mutating && step.undo === undefined && stepState(state, id).inForce
  })

export interface RollbackPlan {
  readonly order: readonly string[]
  /** Sum of the upper estimates: how long it takes at worst. */
  readonly lengthMs: DurationMs
  /** Steps without an estimate count nothing; the length is at least this. */
  readonly withoutEstimate: readonly string[]
  readonly endsAt: Instant
  readonly windowEndsAt: Instant
  /** By how much it would end after the window; 0 if it fits. */
  readonly overrunsByMs: DurationMs
  /** Runs that must end or be cancelled first. */
  readonly running: readonly string[]
  readonly irreversible: readonly string[]
}

export const windowEnd = (state: CutoverState): Instant => state.plannedStart + state.plan.window.lengthMs

/** The rollback as it would be if it began at `now`. */
export function rollbackPlan(state: CutoverState, now: Instant): RollbackPlan {
  const order = rollbackOrder(state)
  const lengthMs = order.reduce((sum, id) => sum + (planStep(state, id).estimate?.highMs ?? 0), 0)
  const endsAt = now + lengthMs
  return {
    order,
    lengthMs,
    withoutEstimate: order.filter((id) => planStep(state, id).estimate === undefined),
    endsAt,
    windowEndsAt: windowEnd(state),
    overrunsByMs: Math.max(0, endsAt - windowEnd(state)),
    running: runsUnderWay(state).map((attempt) => attempt.step),
    irreversible: irreversibleInForce(state),
  }
}

/** Runs that a rollback, a postponement or an end must reckon with; looks are simply called back. */
export const runsUnderWay = (state: CutoverState) =>
  liveAttempts(state).filter((attempt) => isUnderWay(attempt) && planStep(state, attempt.step).kind === 'run')
