import type { Refusal } from '../commands.ts'
import { refusal } from '../refusals.ts'
import { holds } from '../people.ts'
import type { PersonId } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { acksAsked, canAnswer } from './acks.ts'
import { failedCheckpoints } from './checkpoints.ts'
import type { TeamCommandType } from './commands.ts'
import { openFollowUps } from './follow-ups.ts'
import { openIssues } from './issues.ts'

/** What stands in the way of a word whoever says it: there is nothing that it could be about. */
export function teamObstacle(
  state: CutoverState,
  action: TeamCommandType,
  person: PersonId | undefined,
): Refusal | null {
  switch (action) {
    case 'change issue':
    case 'close issue':
      return openIssues(state).length > 0 ? null : refusal('issue unknown', { issue: '' })
    case 'take on': {
      const calls = Object.values(state.escalations).some(({ taken }) => taken === undefined)
      return calls ? null : refusal('nothing to take on', { subject: 'anything' })
    }
    case 'ack':
      return ackObstacle(state, person)
    case 'accept checkpoint':
      return failedCheckpoints(state).length > 0
        ? null
        : refusal('checkpoint not failed', { phase: '', failed: [] })
    case 'close follow-up':
    case 'waive follow-up':
      return openFollowUps(state).length > 0 ? null : refusal('follow-up unknown', { followUp: '', open: [] })
    case 'forget':
      return state.forgottenAt === undefined ? null : refusal('forgotten already', { at: state.forgottenAt })
    case 'issue':
    case 'add follow-up':
    case 'debrief':
    case 'user report':
      return null
  }
}

function ackObstacle(state: CutoverState, person: PersonId | undefined): Refusal | null {
  const asks = acksAsked(state.plan)
  const theirs = asks.filter(({ role }) => person === undefined || holds(state, person, role))
  const [first] = asks
  if (first === undefined) return refusal('not asked', { role: '', known: [] })
  if (theirs.length === 0) return refusal('not confirmer', { role: first.role })
  return theirs.some((ask) => canAnswer(state, ask)) ? null : refusal('asked later', { role: first.role })
}
