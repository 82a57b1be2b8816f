import type { Refusal } from './commands.ts'
import type { CutoverEvent } from './events.ts'
import { lastAttempt } from './lookup.ts'
import type { Instant, Step } from './plan.ts'
import { nameOf, refusal } from './refusals.ts'
import type { AttemptState, Blocker, CutoverState, Unblocking } from './state.ts'

/** A worker that has not begun by then does nothing any more: the session may be another's by the time it comes. */
export const UNBLOCK_WITHIN_MS = 60_000

/** Who the step's last attempt waits for, or waited for when it ended. */
export function blockerOf(state: CutoverState, step: string): AttemptState['blocker'] {
  const attempt = lastAttempt(state, step)
  return attempt?.outcome === 'succeeded' ? undefined : attempt?.blocker
}

/** Why nobody can be asked to let go; null when somebody can. */
export function unblockObstacle(state: CutoverState, { id, title }: Step): Refusal | null {
  const blocker = blockerOf(state, id)
  if (blocker === undefined) return refusal('no blocker', { title })
  if (lastAttempt(state, id)?.unblocking?.freed === true && !isNewer(state, id))
    return refusal('no blocker', { title })
  if (blocker.backendStart === undefined) return refusal('blocker not known', { pid: blocker.pid })
  const asked = lastAttempt(state, id)?.unblocking
  return asked !== undefined && asked.result === undefined
    ? refusal('unblock under way', { by: nameOf(asked.by) })
    : null
}

/** It was seen after the one that let go. */
function isNewer(state: CutoverState, id: string): boolean {
  const attempt = lastAttempt(state, id)
  return (attempt?.blocker?.since ?? 0) > (attempt?.unblocking?.at ?? 0)
}

/** The same session: a pid is given to another one as soon as it is free. */
export const isSameBlocker = (one: Blocker, other: Blocker): boolean =>
  one.target === other.target && one.pid === other.pid && one.backendStart === other.backendStart

/** What was asked of a blocker and has no answer, with the moment from which none is waited for. */
export const unanswered = (
  state: CutoverState,
): readonly { readonly attempt: string; readonly unblocking: Unblocking; readonly until: Instant }[] =>
  Object.values(state.attempts).flatMap(({ id, unblocking }) =>
    unblocking === undefined || unblocking.result !== undefined
      ? []
      : [{ attempt: id, unblocking, until: unblocking.at + UNBLOCK_WITHIN_MS }],
  )

/** Said once: then it may be asked again. */
export function unblocksLapse(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const [over] = unanswered(state).filter(({ until }) => until <= now)
  if (over === undefined) return []
  const { pid, begunAt } = over.unblocking
  const result =
    begunAt === undefined
      ? `no worker took it up within a minute: pid ${pid} was not touched`
      : `what came of asking pid ${pid} is not known: its worker did not tell`
  return [{ type: 'unblock ended', data: { attempt: over.attempt, pid, freed: false, result } }]
}
