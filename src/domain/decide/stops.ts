import type { Decision, PersonCommand, Refusal } from '../commands.ts'
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
import { rollbackOrder, runsUnderWay } from '../rollback-plan.ts'
import type { CutoverState } from '../state.ts'
import { canCarryRollback } from './carry.ts'
import { mayTurnBack, votersOf } from '../votes.ts'
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

export function rollback(state: CutoverState, command: Of<'rollback'>, by: By): Decision {
  const refused = mayCutover(state, 'rollback', by.person) ?? badRollback(state, command)
  if (refused !== null) return no(refused)
  const { reason, trigger } = command
  const { approvers } = state.plan.rollback
  const present = [...state.rollbackAsked.map((one) => one.person), by.person]
  const enough = mayTurnBack(approvers, votersOf(state.holders), present)
  const isAlone = !state.plan.live && !canCarryRollback(state.plan, state.holders)
  const why = trigger === undefined ? {} : { trigger }
  if (!enough && !isAlone) return accept({ type: 'rollback asked', data: { reason, ...why } })
  const running = runsUnderWay(state)
  if (running.length > 0 && command.running === undefined)
    return no(refusal('running attempts', { titles: running.map((one) => planStep(state, one.step).title) }))
  return accept(...rollbackEvents(state, reason, command.running ?? 'wait', trigger))
}

function badRollback(state: CutoverState, command: Of<'rollback'>): Refusal | null {
  const { rollback } = state.plan
  if (command.name.trim() !== rollback.name) return refusal('name wrong', { expected: rollback.name })
  const { trigger } = command
  if (trigger !== undefined && !rollback.triggers.some((one) => one.id === trigger))
    return refusal('trigger unknown', { trigger })
  return badReason('rollback', command.reason)
}

/** Everything that turning back means now: rounds close, what waits is taken back, looks and (if so said) runs stop. */
export function rollbackEvents(
  state: CutoverState,
  reason: string,
  running: 'wait' | 'cancel',
  trigger?: string,
): readonly CutoverEvent[] {
  const runs = runsUnderWay(state)
  const stopped = running === 'cancel' ? runs : []
  return [
    ...closeRounds(state, 'rollback'),
    ...callBack(state, `rolling back: ${reason}`),
    ...stopped.filter((one) => one.cancelRequested === undefined).map(({ id }) => cancelled(id, reason)),
    {
      type: 'rollback started',
      data: {
        reason,
        ...(trigger !== undefined && { trigger }),
        order: rollbackOrder(state),
        running: runs.length === 0 ? 'none' : running,
      },
    },
  ]
}

const cancelled = (attempt: string, reason: string): CutoverEvent => ({
  type: 'cancel requested',
  data: { attempt, reason },
})

export const closeRounds = (state: CutoverState, why: 'rollback' | 'postponed'): readonly CutoverEvent[] =>
  Object.entries(state.gates)
    .filter(([, gate]) => gate.open)
    .map(([gate, { round }]) => ({ type: 'round closed', data: { gate, round, why } }))

/** What has not been spawned never will be, and looks that are under way end. */
function callBack(state: CutoverState, why: string): readonly CutoverEvent[] {
  const live = liveAttempts(state)
  const waiting = live.filter(isWaitingToSpawn)
  const looks = live.filter(
    (one) => isUnderWay(one) && planStep(state, one.step).kind !== 'run' && one.cancelRequested === undefined,
  )
  return [...waiting.map(({ id }) => revoked(id, why)), ...looks.map(({ id }) => cancelled(id, why))]
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
  return accept(...abandonEvents(state, reason, left))
}

export const abandonEvents = (
  state: CutoverState,
  reason: string,
  left: NonNullable<Of<'abandon'>['left']>,
): readonly CutoverEvent[] => [
  ...callBack(state, `abandoned: ${reason}`),
  { type: 'cutover abandoned', data: { reason, left } },
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
