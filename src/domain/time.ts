import { phaseOf, planStep, stepState } from './lookup.ts'
import type { Instant, Offset, Plan } from './plan.ts'
import type { CutoverState } from './state.ts'
import { addCalendarDays } from './wall-clock.ts'

/** When a look at a check stays good for a gate that does not say. */
export const FRESH_MS = 5 * 60_000

/**
 * When an offset falls; null while what it counts from has not happened. T- counts from the planned start,
 * T-0 and T+ from the real one as soon as there is one.
 */
export function instantOf(state: CutoverState, offset: Offset): Instant | null {
  const realStart = state.beganAt ?? state.plannedStart
  switch (offset.kind) {
    case 'elapsed':
      return (offset.ms < 0 ? state.plannedStart : realStart) + offset.ms
    case 'calendar': {
      const base = offset.days < 0 ? state.plannedStart : realStart
      return addCalendarDays(base, offset.days, state.plan.window.zone, offset.at)
    }
    case 'after': {
      const anchor =
        offset.step === 'completed' ? state.completedAt : stepState(state, offset.step).finishedAt
      if (anchor === undefined) return null
      // A rehearsal that moves forward does not sit out a pause either.
      return state.realTime ? anchor + offset.ms : anchor
    }
  }
}

/** What the runbook says about when a step is planned: its own words, or its phase's. */
export const offsetOf = (plan: Plan, id: string): Offset | undefined =>
  plan.steps[id]?.at ?? phaseOf(plan, id)?.at

/**
 * When a step is planned, before anybody moved it: null without words about it, or while its anchor has not
 * happened. What was planned before the cutover was scheduled counts as planned then.
 */
export function plannedAt(state: CutoverState, id: string): Instant | null {
  const offset = offsetOf(state.plan, id)
  const planned = offset === undefined ? null : instantOf(state, offset)
  return planned === null ? null : Math.max(planned, state.scheduledAt)
}

/**
 * A step may not start before this; null: it waits for something that has no time yet. Until T-0 its planned
 * time is also the earliest; from T-0 on only a step that waits, or was moved, keeps to it.
 */
export function earliest(state: CutoverState, id: string): Instant | null {
  const moved = stepState(state, id).movedTo
  if (moved !== undefined) return moved
  const offset = offsetOf(state.plan, id)
  if (offset === undefined) return state.scheduledAt
  const planned = plannedAt(state, id)
  if (planned === null) return planStep(state, id).wait || offset.kind === 'after' ? null : state.scheduledAt
  if (planStep(state, id).wait || (offset.kind === 'after' && offset.step === 'completed')) return planned
  return Math.min(planned, Math.max(state.plannedStart, state.scheduledAt))
}

/**
 * The time a step can be late against: where it or somebody moving it named one, or its phase did and it is the
 * phase's first. The ones behind it are late because of it, which need not be said again.
 */
export function dueBy(state: CutoverState, id: string): Instant | null {
  const moved = stepState(state, id).movedTo
  if (moved !== undefined) return moved
  const names = planStep(state, id).at !== undefined
  const leads = phaseOf(state.plan, id)?.steps[0] === id
  return names || leads ? plannedAt(state, id) : null
}

/** Planned at or after T-0, by its own words, its phase's, or those of the last phase before that had some. */
export function belongsToMigration(plan: Plan, id: string): boolean {
  let inherited: Offset | undefined
  for (const phase of plan.phases) {
    inherited = phase.at ?? inherited
    if (!phase.steps.includes(id)) continue
    const offset = plan.steps[id]?.at ?? inherited
    return offset !== undefined && !isBeforeStart(plan, offset)
  }
  return false
}

export function isBeforeStart(plan: Plan, offset: Offset): boolean {
  switch (offset.kind) {
    case 'elapsed':
      return offset.ms < 0
    case 'calendar':
      return offset.days < 0
    case 'after':
      return offset.step !== 'completed' && !belongsToMigration(plan, offset.step)
  }
}
