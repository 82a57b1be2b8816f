import { evolve } from '../domain/evolve.ts'
import type { Recorded } from '../domain/events.ts'
import type { Instant } from '../domain/plan.ts'
import type { CutoverState, StepState } from '../domain/state.ts'
import { plannedTimes } from './planned-times.ts'

export interface StepHistory {
  /** The last time it was anything but waiting: a postponement sets steps back, a record does not. */
  readonly last: StepState
  /** What the plan said when it began; a rehearsal moves its plan along. */
  readonly plannedAt?: Instant
}

export interface History {
  /** After the last event. */
  readonly state: CutoverState
  readonly steps: ReadonlyMap<string, StepHistory>
  /** Steps of every rollback that was started, in the order of carrying out. */
  readonly rollbackOrder: readonly string[]
}

/** Follows a cutover from its opening. Throws when the log is broken, as {@link evolve} does. */
export function historyOf(events: readonly Recorded[]): History {
  let state: CutoverState | null = null
  const steps = new Map<string, StepHistory>()
  const rollbackOrder = new Set<string>()
  for (const event of events) {
    const before: CutoverState | null = state
    state = evolve(before, event)
    if (event.type === 'rollback started' || event.type === 'rollback option taken')
      event.data.order.forEach((id) => rollbackOrder.add(id))
    if (before === null || state.steps === before.steps) continue
    for (const [id, step] of Object.entries(state.steps)) {
      if (step === before.steps[id] || isWaiting(step)) continue
      const known = steps.get(id)
      const begins = known === undefined || isWaiting(before.steps[id])
      const planned = begins ? plannedTimes(before).get(id) : known.plannedAt
      steps.set(id, { last: step, ...(planned === undefined ? {} : { plannedAt: planned }) })
    }
  }
  if (state === null) throw new Error('A cutover without events has no timeline.')
  return { state, steps, rollbackOrder: [...rollbackOrder] }
}

function isWaiting(step: StepState | undefined): boolean {
  return step === undefined || step.status === 'pending' || step.status === 'due'
}
