import { isOver } from '../domain/lookup.ts'
import type { Plan } from '../domain/plan.ts'
import type { CutoverState, Predecessor } from '../domain/state.ts'
import { openFollowUps } from '../domain/team/follow-ups.ts'
import { openIssues } from '../domain/team/issues.ts'
import type { CutoverLog } from './ports.ts'

/**
 * The live cutover of the same runbook and environment that this one tries again: the last one, if it was rolled back
 * or given up. Absent: it is the first attempt, or the last one was completed. Rehearsals follow nothing.
 */
export async function predecessorOf(
  log: Pick<CutoverLog, 'list' | 'load'>,
  plan: Plan,
): Promise<Predecessor | undefined> {
  if (!plan.live) return undefined
  const [last] = (await log.list())
    .filter(
      ({ live, runbook, environment }) =>
        live && runbook === plan.runbook && environment === plan.environment,
    )
    .filter(({ status }) => isOver(status))
    .toSorted((one, other) => other.plannedStart - one.plannedStart)
  const state = last === undefined ? undefined : (await log.load(last.id))?.state
  return state === undefined ? undefined : failed(state)
}

function failed(state: CutoverState): Predecessor | undefined {
  const wasRolledBack = state.rollback?.finishedAt !== undefined
  if (!wasRolledBack && state.status !== 'abandoned') return undefined
  return {
    cutover: state.id,
    attempt: state.after === undefined ? 1 : state.after.attempt + 1,
    outcome: wasRolledBack ? 'rolled back' : 'abandoned',
    left: [
      ...openFollowUps(state).map(({ title }) => title),
      ...openIssues(state).map(({ id, text }) => `issue ${id}: ${text}`),
    ],
  }
}
