import { irreversibleInForce } from './in-force.ts'
import { isSatisfied, phaseSteps, planStep, stepState } from './lookup.ts'
import type { Instant, RollbackOption } from './plan.ts'
import type { CutoverState, DurationMs } from './state.ts'

export interface WayBack {
  readonly option: RollbackOption
  /** Taken before in this rollback, and given up. */
  readonly isTried: boolean
  /** Ids of required steps that are not done: it cannot be carried out. */
  readonly missing: readonly string[]
  /** How long ago its `within` has passed; absent: it has not, or there is none. */
  readonly lateByMs?: DurationMs
}

/**
 * Since when customers may write again; absent while they may not, or where the runbook does not say. A reopening that
 * failed, or of which nobody knows, may have let some of them write, and the first may write before it has ended.
 */
export function reopenedAt(state: CutoverState): Instant | undefined {
  const { reopened } = state.plan.rollback
  if (reopened === undefined) return undefined
  const { status, inForce, undone, startedAt, finishedAt } = stepState(state, reopened)
  const isOpen = inForce || status === 'done' || status === 'overridden'
  return isOpen && !undone ? (startedAt ?? finishedAt) : undefined
}

/** The runbook's ways back as they stand now, in its order; empty where there is only one. */
export const waysBack = (state: CutoverState, now: Instant): readonly WayBack[] =>
  state.plan.rollback.options.map((option) => {
    const lateByMs = lateBy(state, option, now)
    return {
      option,
      isTried: triedOptions(state).includes(option.id),
      missing: option.requires.filter((id) => stepState(state, id).status !== 'done'),
      ...(lateByMs !== undefined && { lateByMs }),
    }
  })

function lateBy(state: CutoverState, { withinMs }: RollbackOption, now: Instant): DurationMs | undefined {
  const since = reopenedAt(state)
  if (withinMs === undefined || since === undefined) return undefined
  const late = now - (since + withinMs)
  return late > 0 ? late : undefined
}

/** Those of the rollback that is not over; what an earlier one tried is open again. */
function triedOptions({ rollback }: CutoverState): readonly string[] {
  if (rollback === undefined || rollback.finishedAt !== undefined) return []
  return [...rollback.tried, ...(rollback.option === undefined ? [] : [rollback.option])]
}

/** What could be chosen now. */
export const possibleWaysBack = (state: CutoverState): readonly RollbackOption[] =>
  waysBack(state, 0)
    .filter(({ isTried, missing }) => !isTried && missing.length === 0)
    .map(({ option }) => option)

/** The one that is reckoned with while nobody has chosen: the first that is possible, else the first. */
export const reckonedWayBack = (state: CutoverState): RollbackOption | undefined =>
  possibleWaysBack(state)[0] ?? state.plan.rollback.options[0]

export const wayBackOf = (state: CutoverState, id: string | undefined): RollbackOption | undefined =>
  state.plan.rollback.options.find((option) => option.id === id)

/**
 * Step ids of a rollback begun now, in the order of carrying out: before; the inverses from last to first, or the
 * option's own steps; after. One that goes on another way begins with what is done already.
 */
export function orderOf(state: CutoverState, option: RollbackOption | undefined): readonly string[] {
  const { before, after } = state.plan.rollback
  const done = (state.status === 'rollback stopped' ? (state.rollback?.order ?? []) : []).filter((id) =>
    isSatisfied(stepState(state, id).status),
  )
  return [...new Set([...before, ...done, ...(option?.steps ?? inverses(state)), ...after])]
}

const inverses = (state: CutoverState): readonly string[] =>
  phaseSteps(state.plan)
    .filter((id) => stepState(state, id).inForce)
    .flatMap((id) => planStep(state, id).undo ?? [])
    .toReversed()

/** What the end of a rollback by an option's own steps has undone: all but what cannot be. */
export function undoneByOption(state: CutoverState): readonly string[] {
  if (wayBackOf(state, state.rollback?.option)?.steps === undefined) return []
  const stays = new Set(irreversibleInForce(state))
  return phaseSteps(state.plan).filter((id) => stepState(state, id).inForce && !stays.has(id))
}
