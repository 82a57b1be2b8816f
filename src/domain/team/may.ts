import type { Refusal } from '../commands.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { acksAsked } from './acks.ts'
import { failedCheckpoints } from './checkpoints.ts'
import type { TeamCommandType } from './commands.ts'
import { openFollowUps } from './follow-ups.ts'
import { openIssues } from './issues.ts'

/** What stands in the way of a word whoever says it: there is nothing that it could be about. */
export function teamObstacle(state: CutoverState, action: TeamCommandType): Refusal | null {
  switch (action) {
    case 'change issue':
    case 'close issue':
      return openIssues(state).length > 0 ? null : refusal('issue unknown', { issue: '' })
    case 'take on': {
      const calls = Object.values(state.escalations).some(({ taken }) => taken === undefined)
      return calls ? null : refusal('nothing to take on', { subject: 'anything' })
    }
    case 'ack':
      return acksAsked(state.plan).length > 0 ? null : refusal('not asked', { role: '', known: [] })
    case 'accept checkpoint':
      return failedCheckpoints(state).length > 0
        ? null
        : refusal('checkpoint not failed', { phase: '', failed: [] })
    case 'close follow-up':
    case 'waive follow-up':
      return openFollowUps(state).length > 0 ? null : refusal('follow-up unknown', { followUp: '', open: [] })
    case 'issue':
    case 'add follow-up':
    case 'debrief':
    case 'user report':
      return null
  }
}
