import { blockerOf, isSameBlocker, UNBLOCK_WITHIN_MS } from '../blockers.ts'
import type { Decision, PersonCommand, WorkerCommand } from '../commands.ts'
import { isUnderWay, lastAttempt } from '../lookup.ts'
import type { Instant } from '../plan.ts'
import { refusal, refuse } from '../refusals.ts'
import type { AttemptState, CutoverState } from '../state.ts'
import { accept, no } from './deciding.ts'
import type { By } from './deciding.ts'
import { refusedForStep } from './work.ts'

/** A person asks the session that holds the lock to let go; nothing of the sort ever happens by itself. */
export function unblock(
  state: CutoverState,
  command: Extract<PersonCommand, { type: 'unblock' }>,
  by: By,
): Decision {
  const { step, pid, how } = command
  const refused = refusedForStep(state, 'unblock', step, by)
  if (refused !== null) return no(refused)
  const attempt = lastAttempt(state, step)
  const blocker = blockerOf(state, step)
  if (attempt === undefined || blocker === undefined) return no(refusal('no blocker', { title: step }))
  if (blocker.pid !== pid)
    return no(refusal('blocker changed', { pid, now: `pid ${blocker.pid} (${blocker.app})` }))
  return accept({ type: 'unblock asked', data: { attempt: attempt.id, pid, how } })
}

type BlockerCommand = Extract<
  WorkerCommand,
  { type: 'report blocked' | 'report unblocked' | 'begin unblock' | 'report unblock' }
>

export const isOfBlocker = (command: WorkerCommand): command is BlockerCommand =>
  command.type === 'report blocked' ||
  command.type === 'report unblocked' ||
  command.type === 'begin unblock' ||
  command.type === 'report unblock'

/** What a worker saw of a blocker, or is about to do to it. */
export function ofBlocker(attempt: AttemptState, command: BlockerCommand, now: Instant): Decision {
  switch (command.type) {
    case 'report blocked':
      return blocked(attempt, command)
    case 'report unblocked':
      return attempt.blocker === undefined || !isUnderWay(attempt)
        ? accept()
        : accept({ type: 'attempt unblocked', data: { attempt: attempt.id } })
    case 'begin unblock':
      return begin(attempt, command.pid, now)
    case 'report unblock': {
      const { unblocking } = attempt
      const { pid, freed, result } = command
      if (unblocking?.begunAt === undefined || unblocking.pid !== pid || unblocking.result !== undefined)
        return refuse('unblock not wanted', {
          attempt: attempt.id,
          why: 'nobody asked for it, or it is told',
        })
      return accept({ type: 'unblock ended', data: { attempt: attempt.id, pid, freed, result } })
    }
  }
}

function blocked(
  attempt: AttemptState,
  { blocker }: Extract<BlockerCommand, { type: 'report blocked' }>,
): Decision {
  if (!isUnderWay(attempt)) return refuse('attempt over', { attempt: attempt.id, status: attempt.status })
  if (attempt.blocker !== undefined && isSameBlocker(attempt.blocker, blocker)) return accept()
  return accept({ type: 'attempt blocked', data: { attempt: attempt.id, blocker } })
}

/** It is never answered with yes twice: a second cancel might hit another query of that session. */
function begin(attempt: AttemptState, pid: number, now: Instant): Decision {
  const { unblocking, blocker } = attempt
  const why =
    unblocking === undefined || unblocking.pid !== pid || unblocking.result !== undefined
      ? 'nobody asked for it'
      : unblocking.begunAt !== undefined
        ? 'it was begun before'
        : now - unblocking.at >= UNBLOCK_WITHIN_MS
          ? 'it was asked too long ago'
          : blocker?.pid === pid
            ? null
            : 'somebody else holds the lock now'
  if (why !== null) return refuse('unblock not wanted', { attempt: attempt.id, why })
  return accept({ type: 'unblock begun', data: { attempt: attempt.id, pid } })
}
