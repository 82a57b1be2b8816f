import type { CutoverEvent } from '../events.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { acksBecomeDue, ackTimes } from './acks.ts'
import { escalationsGoOn, escalationTimes } from './escalation.ts'
import { followUpsRemind, followUpTimes } from './follow-ups.ts'
import { shiftsChange, shiftTimes } from './shifts.ts'

const CONSEQUENCES = [
  acksBecomeDue,
  shiftsChange,
  followUpsRemind,
  escalationsGoOn,
] as const satisfies readonly ((state: CutoverState, now: Instant) => readonly CutoverEvent[])[]

/** The first thing that follows by itself for the people; `[]` when nothing does. */
export function teamGoesOn(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const consequence of CONSEQUENCES) {
    const events = consequence(state, now)
    if (events.length > 0) return events
  }
  return []
}

/** Moments at which something may follow although nothing else has happened. */
export const teamTimes = (state: CutoverState): readonly (Instant | null)[] => [
  ...ackTimes(state),
  ...shiftTimes(state),
  ...followUpTimes(state),
  ...escalationTimes(state),
]
