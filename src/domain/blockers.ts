import type { Refusal } from './commands.ts'
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

/** Asked, and nothing came of it yet, although something still may. */
export const isUnblocking = ({ at, result }: Unblocking, now: Instant): boolean =>
  result === undefined && now - at < UNBLOCK_WITHIN_MS

/** Why nobody can be asked to let go; null when somebody can. Whether it was asked a moment ago is for `decide`. */
export function unblockObstacle(state: CutoverState, { id, title }: Step): Refusal | null {
  const blocker = blockerOf(state, id)
  if (blocker === undefined) return refusal('no blocker', { title })
  if (lastAttempt(state, id)?.unblocking?.freed === true && !isNewer(state, id))
    return refusal('no blocker', { title })
  return blocker.backendStart === undefined ? refusal('blocker not known', { pid: blocker.pid }) : null
}

/** It was seen after the one that let go. */
function isNewer(state: CutoverState, id: string): boolean {
  const attempt = lastAttempt(state, id)
  return (attempt?.blocker?.since ?? 0) > (attempt?.unblocking?.at ?? 0)
}

/** The same session: a pid is given to another one as soon as it is free. */
export const isSameBlocker = (one: Blocker, other: Blocker): boolean =>
  one.target === other.target && one.pid === other.pid && one.backendStart === other.backendStart

export function underWay(unblocking: Unblocking | undefined, now: Instant): Refusal | null {
  if (unblocking === undefined || !isUnblocking(unblocking, now)) return null
  return refusal('unblock under way', { by: nameOf(unblocking.by) })
}
