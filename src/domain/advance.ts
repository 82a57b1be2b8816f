import type { Decision, Given } from './commands.ts'
import { dueGates, gatesInRound } from './advance/gates.ts'
import { lifeGoesOn } from './advance/life.ts'
import { noticesAreCalledFor } from './advance/notices.ts'
import { planMovesOn } from './advance/plan.ts'
import { stepsBecomeDue, stepsBegin, stepsTakeLong } from './advance/steps.ts'
import { unblocksLapse } from './blockers.ts'
import { foresee } from './decide/deciding.ts'
import type { CutoverEvent } from './events.ts'
import type { Instant } from './plan.ts'
import type { CutoverState } from './state.ts'
import { teamGoesOn } from './team/advance.ts'
import { checkpointsGoOn } from './team/checkpoints.ts'
import { followUpsOpen } from './team/follow-ups.ts'

/** One thing that follows by itself now; `[]` when nothing of its sort does. */
type Consequence = (state: CutoverState, now: Instant) => readonly CutoverEvent[]

/** In the order in which they are looked for; after each the state is another one, and the search begins anew. */
const CONSEQUENCES: readonly Consequence[] = [
  gatesInRound,
  checkpointsGoOn,
  // What is left to do belongs to the record before it is closed.
  followUpsOpen,
  lifeGoesOn,
  stepsBecomeDue,
  dueGates,
  noticesAreCalledFor,
  stepsBegin,
  stepsTakeLong,
  unblocksLapse,
  teamGoesOn,
  planMovesOn,
]

/** No plan needs this many rounds; a rule that never rests is a mistake of ours and must not go on for ever. */
const ENOUGH = 10_000

/**
 * Everything that follows by itself from the state and the time. Said twice at the same moment it gives nothing
 * the second time, so two leaders do no harm.
 */
export function advance(state: CutoverState, given: Given): Decision {
  const events: CutoverEvent[] = []
  let now = state
  for (let round = 0; round < ENOUGH; round += 1) {
    const next = nextConsequence(now, given.at)
    if (next.length === 0) return { ok: true, events }
    events.push(...next)
    now = foresee(now, next, given.actor, given.at)
  }
  throw new Error(`Advancing ${state.id} does not come to rest.`)
}

function nextConsequence(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  for (const consequence of CONSEQUENCES) {
    const events = consequence(state, now)
    if (events.length > 0) return events
  }
  return []
}
