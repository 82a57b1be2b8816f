import type { BlockerEvent, Recorded } from '../events.ts'
import { attemptState } from '../lookup.ts'
import type { AttemptState, CutoverState } from '../state.ts'
import { changeAttempt, changeStep, without } from './patch.ts'

/** Who holds up an attempt, and what was asked of them. Each changes what its card offers. */
export function blockers(state: CutoverState, event: Recorded<BlockerEvent>): CutoverState {
  const { attempt: id } = event.data
  const { step } = attemptState(state, id)
  const next = changeAttempt(state, id, (attempt) => after(attempt, event))
  return changeStep(next, step, event, (one) => one)
}

function after(attempt: AttemptState, event: Recorded<BlockerEvent>): AttemptState {
  switch (event.type) {
    case 'attempt blocked':
      return { ...attempt, blocker: { ...event.data.blocker, since: event.at } }
    case 'attempt unblocked':
      return without(attempt, 'blocker')
    case 'unblock asked': {
      const { pid, how } = event.data
      return { ...attempt, unblocking: { pid, how, by: event.actor, at: event.at } }
    }
    case 'unblock begun':
      return attempt.unblocking === undefined
        ? attempt
        : { ...attempt, unblocking: { ...attempt.unblocking, begunAt: event.at } }
    case 'unblock ended': {
      const { freed, result } = event.data
      return attempt.unblocking === undefined
        ? attempt
        : { ...attempt, unblocking: { ...attempt.unblocking, freed, result } }
    }
  }
}
