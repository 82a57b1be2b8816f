import { askBlocker, type Asked } from '../../actions/pg/ask-blocker.ts'
import { ActionFailure } from '../../actions/action.ts'
import { handleCommand } from '../../app/handle-command.ts'
import type { CutoverLog, Logger, Presence } from '../../app/ports.ts'
import { UNBLOCK_WITHIN_MS } from '../../domain/blockers.ts'
import type { Actor } from '../../domain/events.ts'
import type { AttemptState, CutoverState } from '../../domain/state.ts'
import { databaseOf, type TargetPlace } from './attempt-targets.ts'

/**
 * Carries out what people asked of a session that holds up their step. The log is asked before: whoever is told yes
 * does it once, and after a crash in between nobody does it again. Called every second.
 */
export function makeUnblocker(
  deps: TargetPlace & {
    readonly log: CutoverLog
    readonly presence: Presence
    readonly pool: string
    readonly actor: Extract<Actor, { kind: 'worker' }>
    readonly logger: Logger
  },
): () => Promise<void> {
  async function unblock(state: CutoverState, attempt: AttemptState): Promise<void> {
    const { blocker, unblocking } = attempt
    if (blocker === undefined || unblocking === undefined) return
    const { pid } = unblocking
    const say = (command: Parameters<typeof handleCommand>[2]) =>
      handleCommand(deps.log, state.id, command, { actor: deps.actor })
    const begun = await say({ type: 'begin unblock', attempt: attempt.id, pid })
    if (!begun.ok || begun.recorded.length === 0) return
    const asked = await carryOut(state, attempt)
    deps.logger.warn(
      { attempt: attempt.id, pid, by: unblocking.by, ...asked },
      'a blocker was asked to let go',
    )
    await say({ type: 'report unblock', attempt: attempt.id, pid, ...asked })
  }

  async function carryOut({ plan }: CutoverState, attempt: AttemptState): Promise<Asked> {
    const { blocker, unblocking } = attempt
    const target = blocker && databaseOf(plan, blocker.target, deps)
    if (!target || !unblocking || blocker.backendStart === undefined)
      return { freed: false, result: 'this worker has no binding for that database; nothing was touched' }
    try {
      const session = { pid: blocker.pid, backendStart: blocker.backendStart }
      return await askBlocker(target, session, { how: unblocking.how, attempt: attempt.id })
    } catch (error) {
      if (error instanceof ActionFailure) return { freed: false, result: `${error.message} ${error.hint}` }
      deps.logger.error({ attempt: attempt.id, error }, 'asking a blocker failed')
      return { freed: false, result: 'it is not known whether it was reached: look at the sessions' }
    }
  }

  return async () => {
    for (const request of await deps.presence.unblockRequests(deps.pool, UNBLOCK_WITHIN_MS)) {
      const state = (await deps.log.load(request.cutover))?.state
      const attempt = state?.attempts[request.attempt]
      if (state && attempt) await unblock(state, attempt)
    }
  }
}
