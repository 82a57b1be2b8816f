import type { Recorded } from '../domain/events.ts'
import type { Plan } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { downtimeMs } from '../templates/downtime.ts'
import type { Timeline, TimelineStep } from './timeline.ts'

export function timesOf(events: readonly Recorded[], state: CutoverState): Timeline['times'] {
  // What came before a postponement belongs to the time that was given up.
  const current = events.slice(events.findLastIndex((event) => event.type === 'cutover rescheduled') + 1)
  const last = (type: Recorded['type']) => current.findLast((event) => event.type === type)?.at
  const optional = {
    startedAt: last('cutover started'),
    beganAt: last('migration began'),
    changedAt: last('cutover watching'),
    completedAt: state.completedAt,
    rollbackAt: last('rollback started'),
    rolledBackAt: last('rollback finished'),
    endedAt: state.endedAt,
  }
  const known = Object.entries(optional).filter(([, at]) => at !== undefined)
  return { openedAt: state.openedAt, plannedAt: state.plannedStart, ...Object.fromEntries(known) }
}

export function durationsOf(timeline: {
  readonly plan: Plan
  readonly times: Timeline['times']
  readonly steps: readonly TimelineStep[]
  readonly openStates: Timeline['openStates']
  readonly now: number
}): Timeline['durations'] {
  const { plan, times, steps, openStates, now } = timeline
  const from = times.beganAt ?? times.startedAt
  const to = times.rolledBackAt ?? times.changedAt
  const work = {
    totalMs: from === undefined || to === undefined ? undefined : Math.max(0, to - from),
    backupMs: spent(steps, plan, ({ uses }) => uses.endsWith('.backup')),
    migrateMs: spent(
      steps,
      plan,
      ({ uses }, mutating) => mutating && !VERIFIES.has(uses) && !/^backup\.|\.backup$/.test(uses),
    ),
    verifyMs: spent(steps, plan, ({ uses }) => VERIFIES.has(uses)),
    rollbackMs:
      times.rollbackAt === undefined || times.rolledBackAt === undefined
        ? undefined
        : times.rolledBackAt - times.rollbackAt,
  }
  const known = Object.entries(work).filter(([, ms]) => ms !== undefined)
  return {
    ...Object.fromEntries(known),
    downtimeMs: downtimeMs(openStates, now),
  }
}

const VERIFIES: ReadonlySet<string> = new Set(['compare', 'pg.test-restore'])

/** Time that hosts spent on runs of one sort, in the phases; absent when there was none. */
function spent(
  steps: readonly TimelineStep[],
  plan: Plan,
  isOne: (work: { readonly uses: string }, mutating: boolean) => boolean,
): number | undefined {
  const durations = steps.flatMap((row) => {
    const step = plan.steps[row.id]
    if (step?.kind !== 'run' || step.place !== 'plan' || !isOne(step.work, step.mutating)) return []
    return row.attempts.flatMap(({ durationMs }) => durationMs ?? [])
  })
  return durations.length === 0 ? undefined : durations.reduce((sum, one) => sum + one, 0)
}

export function openStateRows(state: CutoverState, now: number): Timeline['openStates'] {
  return state.openings.map((opening) => ({
    ...opening,
    lengthMs: Math.max(0, (opening.closedAt ?? now) - opening.openedAt),
  }))
}
