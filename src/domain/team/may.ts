import type { Refusal } from '../commands.ts'
import { knowsFreeze } from '../freeze.ts'
import { refusal } from '../refusals.ts'
import { holds } from '../people.ts'
import type { PersonId } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { acksAsked, canAnswer } from './acks.ts'
import { failedCheckpoints } from './checkpoints.ts'
import type { TeamCommandType } from './commands.ts'
import { openFollowUps } from './follow-ups.ts'
import { openIssues } from './issues.ts'

type Obstacle = (state: CutoverState, person: PersonId | undefined) => Refusal | null

/** Words that need something to be about; the others can always be said. */
const OBSTACLES: { readonly [Type in TeamCommandType]?: Obstacle } = {
  'change issue': issueObstacle,
  'close issue': issueObstacle,
  'take on': (state) => {
    const calls = Object.values(state.escalations).some(({ taken }) => taken === undefined)
    return calls ? null : refusal('nothing to take on', { subject: 'anything' })
  },
  ack: ackObstacle,
  'accept checkpoint': (state) =>
    failedCheckpoints(state).length > 0 ? null : refusal('checkpoint not failed', { phase: '', failed: [] }),
  'close follow-up': followUpObstacle,
  'waive follow-up': followUpObstacle,
  'allow change': (state) => (knowsFreeze(state) ? null : refusal('not frozen')),
  forget: ({ forgottenAt }) =>
    forgottenAt === undefined ? null : refusal('forgotten already', { at: forgottenAt }),
}

/** What stands in the way of a word: there is nothing that it could be about, or nothing of this person's. */
export const teamObstacle = (
  state: CutoverState,
  action: TeamCommandType,
  person: PersonId | undefined,
): Refusal | null => OBSTACLES[action]?.(state, person) ?? null

function issueObstacle(state: CutoverState): Refusal | null {
  return openIssues(state).length > 0 ? null : refusal('issue unknown', { issue: '' })
}

function followUpObstacle(state: CutoverState): Refusal | null {
  return openFollowUps(state).length > 0 ? null : refusal('follow-up unknown', { followUp: '', open: [] })
}

function ackObstacle(state: CutoverState, person: PersonId | undefined): Refusal | null {
  const asks = acksAsked(state.plan)
  const theirs = asks.filter(({ role }) => person === undefined || holds(state, person, role))
  const [first] = asks
  if (first === undefined) return refusal('not asked', { role: '', known: [] })
  if (theirs.length === 0) return refusal('not confirmer', { role: first.role })
  return theirs.some((ask) => canAnswer(state, ask)) ? null : refusal('asked later', { role: first.role })
}
