import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import { abandonedIsTold } from '../advance/notices.ts'
import type { CutoverEvent } from '../events.ts'
import {
  isUnderWay,
  isWaitingToSpawn,
  liveAttempts,
  mutationsInForce,
  openStates,
  planStep,
} from '../lookup.ts'
import { mayCutover } from '../may.ts'
import { refusal } from '../refusals.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { accept, badReason, badText, no, staleCutover } from './deciding.ts'
import type { By } from './deciding.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

/** Holding never fails for an old button: it is the safe way. */
export function hold(state: CutoverState, command: Of<'hold'>, by: By): Decision {
  const { reason = '' } = command
  const refused = mayCutover(state, 'hold', by.person) ?? badText('reason', reason)
  if (refused !== null) return no(refused)
  return accept(...heldEvents(state, reason.trim() === '' ? 'no reason given' : reason, 'person'))
}

/** What has not been spawned is taken back, so that nothing starts by surprise when the hold ends. */
export function heldEvents(
  state: CutoverState,
  reason: string,
  because: 'person' | 'no-go' | 'deadline',
): readonly CutoverEvent[] {
  if (state.held !== undefined) return []
  const waiting = liveAttempts(state).filter(
    (attempt) => isWaitingToSpawn(attempt) && planStep(state, attempt.step).kind !== 'check',
  )
  return [
    { type: 'cutover held', data: { reason, because } },
    ...waiting.map(({ id }) => revoked(id, 'the cutover is held')),
  ]
}

const revoked = (attempt: string, why: string): CutoverEvent => ({
  type: 'attempt revoked',
  data: { attempt, why },
})

export function resume(state: CutoverState, command: Of<'resume'>, by: By): Decision {
  const { reason = '' } = command
  const refused =
    staleCutover(state, by) ?? mayCutover(state, 'resume', by.person) ?? badText('reason', reason)
  if (refused !== null) return no(refused)
  return accept({ type: 'cutover resumed', data: reason.trim() === '' ? {} : { reason } })
}

export const cancelRequest = (attempt: string, reason: string): CutoverEvent => ({
  type: 'cancel requested',
  data: { attempt, reason },
})

export const closeRounds = (state: CutoverState, why: 'rollback' | 'postponed'): readonly CutoverEvent[] =>
  Object.entries(state.gates)
    .filter(([, gate]) => gate.open)
    .map(([gate, { round }]) => ({ type: 'round closed', data: { gate, round, why } }))

/** What has not been spawned never will be, and looks that are under way end. */
export function callBack(state: CutoverState, why: string): readonly CutoverEvent[] {
  const live = liveAttempts(state)
  const waiting = live.filter(isWaitingToSpawn)
  const looks = live.filter(
    (one) => isUnderWay(one) && planStep(state, one.step).kind !== 'run' && one.cancelRequested === undefined,
  )
  return [...waiting.map(({ id }) => revoked(id, why)), ...looks.map(({ id }) => cancelRequest(id, why))]
}

/** With a new time it is scheduled again at once. */
export function postpone(state: CutoverState, command: Of<'postpone'>, by: By): Decision {
  const { reason, to } = command
  const isPostponed = state.status === 'postponed'
  const refused =
    staleCutover(state, by) ??
    mayCutover(state, isPostponed ? 'reschedule' : 'postpone', by.person) ??
    badReason('postpone', reason)
  if (refused !== null) return no(refused)
  if (isPostponed && to === undefined) return no(refusal('already postponed'))
  if (to !== undefined && to <= by.at) return no(refusal('time in the past', { what: 'new start', at: to }))
  const again: readonly CutoverEvent[] =
    to === undefined ? [] : [{ type: 'cutover rescheduled', data: { plannedStart: to, reason } }]
  return accept(...(isPostponed ? [] : postponeEvents(state, reason)), ...again)
}

export const postponeEvents = (state: CutoverState, reason: string): readonly CutoverEvent[] => [
  ...closeRounds(state, 'postponed'),
  ...callBack(state, `postponed: ${reason}`),
  { type: 'cutover postponed', data: { reason } },
]

export function abandon(state: CutoverState, command: Of<'abandon'>, by: By): Decision {
  const { reason, left = [] } = command
  const refused =
    staleCutover(state, by) ??
    mayCutover(state, 'abandon', by.person) ??
    badAbandon(state, command) ??
    badReason('abandon', reason)
  if (refused !== null) return no(refused)
  return accept(...abandonEvents(state, reason, left, by.at))
}

export const abandonEvents = (
  state: CutoverState,
  reason: string,
  left: NonNullable<Of<'abandon'>['left']>,
  at: Instant,
): readonly CutoverEvent[] => [
  ...callBack(state, `abandoned: ${reason}`),
  { type: 'cutover abandoned', data: { reason, left } },
  ...abandonedIsTold(state, at),
]

function badAbandon(state: CutoverState, command: Of<'abandon'>): Refusal | null {
  const { name } = state.plan.rollback
  if (mutationsInForce(state).length > 0 && command.name?.trim() !== name)
    return refusal('name wrong', { expected: name })
  const left = command.left ?? []
  const open = openStates(state)
  const stray = left.find((one) => !open.includes(one.state))
  if (stray !== undefined) return refusal('state not open', { state: stray.state })
  const forgotten = open.filter((name) => !left.some((one) => one.state === name))
  if (forgotten.length > 0) return refusal('states open', { states: forgotten })
  for (const one of left) {
    const bad = badReason('leave it open', one.reason)
    if (bad !== null) return bad
  }
  return null
}
