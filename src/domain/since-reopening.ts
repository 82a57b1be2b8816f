import { isSatisfied, stepState } from './lookup.ts'
import type { Instant, Step } from './plan.ts'
import type { CutoverState, Facts } from './state.ts'
import { reopenedAt } from './ways-back.ts'

/** The action that counts what customers have written since. */
const COUNTS = 'pg.written-since'

export interface SinceReopening {
  readonly at: Instant
  /** They were let in; otherwise letting them in has begun, failed, or nobody knows how it ended. */
  readonly isCertain: boolean
  /** What was counted, by the last attempts that did. */
  readonly counted: readonly { readonly step: string; readonly at: Instant; readonly facts: Facts }[]
}

/** What turning back puts at stake once customers write again; absent while they do not. */
export function sinceReopening(state: CutoverState): SinceReopening | undefined {
  const at = reopenedAt(state)
  if (at === undefined) return undefined
  const counted = Object.values(state.plan.steps)
    .filter(countsRows)
    .flatMap(({ id }) => {
      const { status, finishedAt, facts } = stepState(state, id)
      if (!isSatisfied(status) || finishedAt === undefined || finishedAt < at) return []
      return Object.keys(facts).length === 0 ? [] : [{ step: id, at: finishedAt, facts }]
    })
  const { reopened } = state.plan.rollback
  const isCertain = reopened !== undefined && stepState(state, reopened).status === 'done'
  return { at, isCertain, counted }
}

const countsRows = (step: Step): boolean =>
  (step.kind === 'run' || step.kind === 'check') && step.work.uses === COUNTS
