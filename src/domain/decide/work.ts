import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import type { CutoverEvent, TwoPersonAction } from '../events.ts'
import { isWaitingToSpawn, lastAttempt, liveAttempt, planStep, stepState } from '../lookup.ts'
import { isOwner, mayStep } from '../may.ts'
import type { StepAction } from '../permissions.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { consent, stepMatter } from '../two-people.ts'
import {
  accept,
  badReason,
  badText,
  begins,
  dispatch,
  no,
  resumes,
  staleStep,
  unknownStep,
} from './deciding.ts'
import type { By } from './deciding.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

/** What every word about a step goes through: it exists, the button is not old, and it is allowed. */
export function refusedForStep(
  state: CutoverState,
  action: StepAction,
  step: string,
  by: By,
): Refusal | null {
  return unknownStep(state, step) ?? staleStep(state, step, by) ?? mayStep(state, action, step, by.person)
}

export function run(state: CutoverState, command: Of<'run'>, by: By): Decision {
  const { step: id } = command
  const refused = refusedForStep(state, 'run', id, by)
  if (refused !== null) return no(refused)
  return accept(...resumes(state, id), ...start(state, id))
}

/** A notice goes out by being due; everything else by a ticket for a worker. */
function start(state: CutoverState, id: string, more: Parameters<typeof dispatch>[2] = {}): CutoverEvent[] {
  if (planStep(state, id).kind === 'tell')
    return [...begins(state, id), { type: 'step due', data: { step: id } }]
  return [dispatch(state, id, more)]
}

export function retry(state: CutoverState, command: Of<'retry'>, by: By): Decision {
  return withConsent(state, 'retry', 'retry', command, by, (reason, people) =>
    start(state, command.step, { reason, ...people }),
  )
}

export function skip(state: CutoverState, command: Of<'skip'>, by: By): Decision {
  return withConsent(state, 'skip', 'skip', command, by, (reason, people) => [
    { type: 'step skipped', data: { step: command.step, reason, ...people } },
  ])
}

export function override(state: CutoverState, command: Of<'override'>, by: By): Decision {
  return withConsent(state, 'override', 'override', command, by, (reason, people) => [
    { type: 'step overridden', data: { step: command.step, reason, ...people } },
  ])
}

type People = { readonly second?: string; readonly alone?: true }

/**
 * Skip, override and retry ask for a second person where the step is critical or nobody knows how it ended. They
 * also declare such an attempt over, so that it is never alive beside another one.
 */
function withConsent(
  state: CutoverState,
  action: StepAction,
  asks: TwoPersonAction,
  command: { readonly step: string; readonly reason: string },
  by: By,
  outcome: (reason: string, people: People) => readonly CutoverEvent[],
): Decision {
  const { step: id, reason } = command
  const refused = refusedForStep(state, action, id, by)
  if (refused !== null) return no(refused)
  const given = consent(state, stepMatter(state, id, asks), by.person, reason.trim())
  if (given.kind === 'asked already') return no(refusal('second person needed', { action: asks }))
  const said = given.kind === 'given' ? given.reason : reason
  const needsNone = action === 'skip' && planStep(state, id).optional
  const bad = needsNone ? badText('reason', said) : badReason(asks, said)
  if (bad !== null) return no(bad)
  if (given.kind === 'ask')
    return accept({ type: 'second person asked', data: { step: id, action: asks, reason } })
  const { second, alone } = given
  const people = { ...(second !== undefined && { second }), ...(alone === true && { alone }) }
  const declared = declareOver(state, id, said, people)
  return accept(...declared, ...resumes(state, id), ...outcome(said, people))
}

function declareOver(state: CutoverState, id: string, reason: string, people: People): CutoverEvent[] {
  const last = lastAttempt(state, id)
  if (last?.status !== 'unknown' && last?.status !== 'unobserved') return []
  return [{ type: 'step marked', data: { step: id, attempt: last.id, outcome: 'failed', reason, ...people } }]
}

export function mark(state: CutoverState, command: Of<'mark'>, by: By): Decision {
  const { step: id, outcome, reason } = command
  const refused = refusedForStep(state, 'mark', id, by)
  if (refused !== null) return no(refused)
  const { status } = stepState(state, id)
  const { title } = planStep(state, id)
  const action = outcome === 'succeeded' ? 'mark succeeded' : 'mark failed'
  if (status === 'failed' && outcome === 'failed')
    return no(refusal('step not ready', { action, title, status }))
  const given = consent(state, stepMatter(state, id, action), by.person, reason.trim())
  // Who may second one answer may not ask for the other.
  const mayNotAsk = given.kind === 'ask' ? isOwner(state, 'mark', planStep(state, id), by.person) : null
  if (mayNotAsk !== null) return no(mayNotAsk)
  if (given.kind === 'asked already') return no(refusal('second person needed', { action }))
  const said = given.kind === 'given' ? given.reason : reason
  const bad = badReason(action, said)
  if (bad !== null) return no(bad)
  if (given.kind === 'ask') return accept({ type: 'second person asked', data: { step: id, action, reason } })
  const attempt = lastAttempt(state, id)?.id
  return accept(...(outcome === 'succeeded' ? resumes(state, id) : []), {
    type: 'step marked',
    data: {
      step: id,
      outcome,
      reason: said,
      ...(attempt !== undefined && { attempt }),
      ...(given.second !== undefined && { second: given.second }),
      ...(given.alone === true && { alone: given.alone }),
    },
  })
}

/** What has not been spawned never will be; what runs is asked to stop. */
export function cancel(state: CutoverState, command: Of<'cancel'>, by: By): Decision {
  const { step: id, reason } = command
  const refused = refusedForStep(state, 'cancel', id, by) ?? badReason('cancel', reason)
  if (refused !== null) return no(refused)
  const live = liveAttempt(state, id)
  if (live === undefined) return accept()
  const attempt = live.id
  const request: CutoverEvent = { type: 'cancel requested', data: { attempt, reason } }
  if (!isWaitingToSpawn(live)) return accept(request)
  return accept(request, { type: 'attempt revoked', data: { attempt, why: `cancelled: ${reason}` } })
}

export function move(state: CutoverState, command: Of<'move'>, by: By): Decision {
  const { step: id, to, reason } = command
  const refused = refusedForStep(state, 'move', id, by) ?? badReason('move', reason)
  if (refused !== null) return no(refused)
  if (to <= by.at) return no(refusal('time in the past', { what: 'new time', at: to }))
  return accept({ type: 'step moved', data: { step: id, to, reason } })
}
