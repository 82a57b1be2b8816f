import { begins, dispatch } from '../decide/deciding.ts'
import type { CutoverEvent } from '../events.ts'
import { attemptState, lastAttempt, liveAttempt, planStep, stepState } from '../lookup.ts'
import { isTurn, stepsInHand } from '../order.ts'
import { poolObstacle } from '../pools.ts'
import type { Instant, Step, TellStep } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { dueBy } from '../time.ts'
import { applies } from '../conditions.ts'

const nothing: readonly CutoverEvent[] = []

/** The first step in hand for which something follows. */
function firstOf(
  state: CutoverState,
  follows: (step: Step) => readonly CutoverEvent[],
): readonly CutoverEvent[] {
  for (const id of stepsInHand(state)) {
    const events = follows(planStep(state, id))
    if (events.length > 0) return events
  }
  return nothing
}

/** Steps whose turn has come, and those that never will be because they do not apply. */
export const stepsBecomeDue = (state: CutoverState, now: Instant): readonly CutoverEvent[] =>
  firstOf(state, (step) => {
    if (stepState(state, step.id).status !== 'pending') return nothing
    const verdict = applies(state, step)
    if (verdict.kind === 'no')
      return [{ type: 'step not applicable', data: { step: step.id, because: verdict.because } }]
    if (step.kind === 'decide' || verdict.kind === 'open' || !isTurn(state, step.id, now)) return nothing
    return due(state, step, now)
  })

function due(state: CutoverState, step: Step, now: Instant): readonly CutoverEvent[] {
  const late = lateness(state, step, now)
  if (step.kind === 'tell' && !isUnapproved(state, step)) {
    // A notice that is too late is no longer true by itself: a person says whether it still goes out.
    if (late !== null) return [late]
    const waits = state.held !== undefined
    return waits ? nothing : [...begins(state, step.id), { type: 'step due', data: { step: step.id } }]
  }
  const isDue: CutoverEvent = { type: 'step due', data: { step: step.id } }
  return late === null ? [isDue] : [isDue, late]
}

/** Nobody has approved its text yet, so its turn is a question to a person. */
const isUnapproved = (state: CutoverState, step: TellStep): boolean =>
  step.approve !== undefined && stepState(state, step.id).draft?.approved === undefined

/** Kinds for which a late start is a question; looks are taken late without asking. */
const ASKS_WHEN_LATE: readonly Step['kind'][] = ['do', 'run', 'tell']

function lateness(state: CutoverState, step: Step, now: Instant): CutoverEvent | null {
  const by = lateAt(state, step)
  if (by === null || now < by) return null
  return { type: 'step late', data: { step: step.id, byMs: now - (by - step.lateMs - 1) } }
}

/** From when on a step that has not been started is late. */
export function lateAt(state: CutoverState, step: Step): Instant | null {
  if (step.place !== 'plan' || !ASKS_WHEN_LATE.includes(step.kind)) return null
  const planned = dueBy(state, step.id)
  // Exactly on the limit is still in time.
  return planned === null ? null : planned + step.lateMs + 1
}

/** Due work that needs no click gets its ticket; so does what may be tried again without asking. */
export const stepsBegin = (state: CutoverState): readonly CutoverEvent[] =>
  firstOf(state, (step) => {
    const isLook = step.kind === 'check'
    if (state.held !== undefined && !isLook) return nothing
    if (liveAttempt(state, step.id) !== undefined || poolObstacle(state, step) !== null) return nothing
    const { status, lateMs } = stepState(state, step.id)
    if (status === 'due' && beginsByItself(step) && (lateMs === undefined || step.kind !== 'run'))
      return [dispatch(state, step.id)]
    const again = status === 'unknown' && mayTryAgain(state, step)
    return again
      ? [dispatch(state, step.id, { reason: 'the outcome of the last attempt is not known' })]
      : nothing
  })

/** Rolling back was asked for as a whole, by name; its runs need no click each. */
export const beginsByItself = (step: Step): boolean =>
  step.kind === 'check' ||
  step.kind === 'watch' ||
  (step.kind === 'run' && (step.begin === 'auto' || step.place !== 'plan'))

/** How often in a row a lost look is taken again before people are asked. */
const TRIES = 3

export function mayTryAgain(state: CutoverState, step: Step): boolean {
  const isHarmless =
    step.kind === 'check' || step.kind === 'watch' || (step.kind === 'run' && step.idempotent)
  const lost = lastAttempt(state, step.id)?.status === 'unknown'
  if (!isHarmless || !lost) return false
  const statuses = stepState(state, step.id).attempts.map((id) => attemptState(state, id).status)
  return statuses.slice(-TRIES).some((status) => status !== 'unknown') || statuses.length < TRIES
}

/** Late, over its estimate, over its time: each is said once. */
export const stepsTakeLong = (state: CutoverState, now: Instant): readonly CutoverEvent[] =>
  firstOf(
    state,
    (step) => late(state, step, now) ?? overran(state, step, now) ?? timedOut(state, step, now) ?? nothing,
  )

type Maybe = readonly CutoverEvent[] | null

function late(state: CutoverState, step: Step, now: Instant): Maybe {
  if (!canBecomeLate(state, step)) return null
  const event = lateness(state, step, now)
  return event === null ? null : [event]
}

export function canBecomeLate(state: CutoverState, step: Step): boolean {
  const { status, lateMs, startedAt, attempts } = stepState(state, step.id)
  return status === 'due' && lateMs === undefined && startedAt === undefined && attempts.length === 0
}

function overran(state: CutoverState, step: Step, now: Instant): Maybe {
  const limit = overrunAt(state, step)
  if (limit === null || now < limit || stepState(state, step.id).overranMs !== undefined) return null
  return [{ type: 'step overran', data: { step: step.id, byMs: now - limit } }]
}

/** When a step has taken as long as its upper estimate; null while it is not at work. */
export function overrunAt(state: CutoverState, step: Step): Instant | null {
  if (step.estimate === undefined || step.kind === 'watch') return null
  const own = stepState(state, step.id)
  const spawned = liveAttempt(state, step.id)?.spawningAt
  const since = step.kind === 'do' && own.status === 'due' ? own.dueAt : spawned
  return since === undefined ? null : since + step.estimate.highMs
}

function timedOut(state: CutoverState, step: Step, now: Instant): Maybe {
  const limit = timeoutAt(state, step)
  const attempt = liveAttempt(state, step.id)
  if (limit === null || now < limit || attempt === undefined || step.kind !== 'run') return null
  if (stepState(state, step.id).timedOut === true || step.timeout === undefined) return null
  const { afterMs, then } = step.timeout
  const asks: CutoverEvent = {
    type: 'step timed out',
    data: { step: step.id, attempt: attempt.id, afterMs },
  }
  if (then === 'ask' || attempt.cancelRequested !== undefined) return [asks]
  const reason = 'it took longer than its timeout'
  return [asks, { type: 'cancel requested', data: { attempt: attempt.id, reason } }]
}

export function timeoutAt(state: CutoverState, step: Step): Instant | null {
  const spawned = liveAttempt(state, step.id)?.spawningAt
  if (step.kind !== 'run' || step.timeout === undefined || spawned === undefined) return null
  return spawned + step.timeout.afterMs
}
