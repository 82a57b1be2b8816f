import { phaseSteps, planStep } from './lookup.ts'
import type { Instant, PersonId } from './plan.ts'
import { leadOf } from './people.ts'
import type { CutoverState } from './state.ts'

/** From when on nothing else may change, by the runbook's `window.freeze`; null where it asks for none. */
export const freezeFrom = ({ plan, plannedStart }: CutoverState): Instant | null =>
  plan.window.freezeMs === 0 ? null : plannedStart - plan.window.freezeMs

const isAhead = ({ status }: CutoverState): boolean => status === 'scheduled' || status === 'running'

/** Whether it is on now: until everything is changed, given up, or put off. */
export function isFrozen(state: CutoverState, now: Instant): boolean {
  const from = freezeFrom(state)
  return from !== null && from <= now && isAhead(state)
}

/** Open states that are a freeze say so in their name: `freeze`, `code-freeze`, `schema-freeze`. */
const isFreeze = (name: string): boolean => /(?:^|-)freeze$/.test(name)

/** Freezes that steps have opened and nobody has closed, by name. */
export const openFreezes = ({ openings }: CutoverState): readonly string[] =>
  openings.filter(({ name, closedAt }) => closedAt === undefined && isFreeze(name)).map(({ name }) => name)

/** Whether nothing else may change now, by the window or by a step. */
export const nothingMayChange = (state: CutoverState, now: Instant): boolean =>
  isFrozen(state, now) || openFreezes(state).length > 0

/** A freeze is on or still to come, so that a change may need somebody who allows it. */
export function knowsFreeze(state: CutoverState): boolean {
  if (openFreezes(state).length > 0) return true
  const opens = phaseSteps(state.plan).some((id) => planStep(state, id).opens.some(isFreeze))
  return isAhead(state) && (freezeFrom(state) !== null || opens)
}

/** Who may allow a change while nothing else may change. */
export function whoAllowsChanges(state: CutoverState): PersonId | undefined {
  const { changesBy } = state.plan.window
  return changesBy === undefined ? leadOf(state) : state.holders[changesBy]?.person
}
