import { irreversibleInForce } from './in-force.ts'
import { isSatisfied, isUnderWay, liveAttempts, planStep, stepState } from './lookup.ts'
import type { DurationMs, CutoverState } from './state.ts'
import type { Instant, RollbackOption } from './plan.ts'
import { orderOf, reckonedWayBack } from './ways-back.ts'

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

/** Until when time is kept free should the window not do; its end where the runbook keeps none. */
export const bufferEnd = (state: CutoverState): Instant =>
  windowEnd(state) + (state.plan.window.bufferMs ?? 0)

export const windowEnd = (state: CutoverState): Instant => state.plannedStart + state.plan.window.lengthMs

/** The rollback as it would be if it began at `now`; where there are several ways back, by `option` or the first. */
export function rollbackPlan(
  state: CutoverState,
  now: Instant,
  option: RollbackOption | undefined = reckonedWayBack(state),
): RollbackPlan {
  const order = orderOf(state, option).filter((id) => !isDoneInRollback(state, id))
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

/** What a stopped rollback has done already takes no time any more. */
const isDoneInRollback = (state: CutoverState, id: string): boolean =>
  state.status === 'rollback stopped' && isSatisfied(stepState(state, id).status)

/** Runs that a rollback, a postponement or an end must reckon with; looks are simply called back. */
export const runsUnderWay = (state: CutoverState) =>
  liveAttempts(state).filter((attempt) => isUnderWay(attempt) && planStep(state, attempt.step).kind === 'run')
