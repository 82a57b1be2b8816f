import { lookAt, openGates } from './advance/gates.ts'
import { noticeTimes } from './advance/notices.ts'
import { canBecomeLate, lateAt, overrunAt, timeoutAt } from './advance/steps.ts'
import { unanswered } from './blockers.ts'
import { lookable } from './criteria.ts'
import { gateState, planStep, stepState } from './lookup.ts'
import { freezeFrom } from './freeze.ts'
import { isReady, stepsInHand } from './order.ts'
import { draftFrom } from './notices.ts'
import type { Instant } from './plan.ts'
import type { CutoverState } from './state.ts'
import { teamTimes } from './team/advance.ts'
import { earliest } from './time.ts'

/**
 * The next moment at which `advance` may have something to do although nothing else has happened; null when only
 * an event can bring that about. Between now and then advancing gives nothing.
 */
export function nextWake(state: CutoverState, now: Instant): Instant | null {
  const times = [
    state.status === 'scheduled' ? freezeFrom(state) : null,
    ...stepTimes(state),
    ...gateTimes(state),
    ...guardTimes(state),
    ...unanswered(state).map(({ until }) => until),
    ...noticeTimes(state, now),
    ...teamTimes(state),
  ]
  const coming = times.filter((at): at is Instant => at !== null && at > now)
  return coming.length === 0 ? null : Math.min(...coming)
}

type Times = readonly (Instant | null)[]

const stepTimes = (state: CutoverState): Times =>
  stepsInHand(state).flatMap((id) => {
    const step = planStep(state, id)
    const own = stepState(state, id)
    if (own.status === 'pending')
      return isReady(state, id)
        ? [earliest(state, id), lateAt(state, step), own.draft === undefined ? draftFrom(state, id) : null]
        : []
    return [
      canBecomeLate(state, step) ? lateAt(state, step) : null,
      own.overranMs === undefined ? overrunAt(state, step) : null,
      own.timedOut === true ? null : timeoutAt(state, step),
    ]
  })

const gateTimes = (state: CutoverState): Times =>
  openGates(state).flatMap((gate) => [
    gateState(state, gate).deadline ?? null,
    ...lookable(state, gate).map(({ step }) => lookAt(state, gate, step)),
  ])

const guardTimes = (state: CutoverState): Times =>
  state.status === 'guarded' ? [state.guardedUntil ?? null] : []
