import { openGates } from './advance/gates.ts'
import { evidenceOf, unmet } from './criteria.ts'
import { gateStep, isOver, openStates, planStep, stepState } from './lookup.ts'
import { stepsInHand } from './order.ts'
import type { Instant } from './plan.ts'
import { failureOf, mayTurnBack, whyFailed, type RehearsalWishes } from './rehearsal-answers.ts'
import type { CutoverState } from './state.ts'

export interface RehearsalEnd {
  readonly outcome: 'completed' | 'rolled back' | 'stopped'
  /** A sentence: what stopped it, or what it turned back for. */
  readonly why?: string
}

/** How long somebody is looked for who knows how an attempt ended. */
export const LOOKS_FOR_MS = 30_000

/**
 * How a rehearsal without people has ended; undefined while it goes on. It stops where a person would have to decide:
 * at what nobody knows, at an inverse that fails, at a hold.
 */
export function rehearsalEnd(
  state: CutoverState,
  { wishes, now }: { readonly wishes: RehearsalWishes; readonly now: Instant },
): RehearsalEnd | undefined {
  if (isOver(state.status)) return atEnd(state)
  return unknownFor(state, now) ?? stoppedRollback(state) ?? heldUp(state) ?? leftAsItIs(state, wishes)
}

function atEnd({ status, rollback }: CutoverState): RehearsalEnd {
  if (status === 'abandoned') return { outcome: 'stopped', why: 'It was abandoned.' }
  if (rollback?.finishedAt === undefined) return { outcome: 'completed' }
  return { outcome: 'rolled back', why: rollback.reason }
}

/** What a host may still come back with is waited for; nothing is rolled back over something that may be at work. */
function unknownFor(state: CutoverState, now: Instant): RehearsalEnd | undefined {
  const unknown = inHand(state).find((id) => stepState(state, id).status === 'unknown')
  if (unknown === undefined) return undefined
  const since = stepState(state, unknown).changed?.at ?? now
  if (now - since < LOOKS_FOR_MS) return undefined
  const { title } = planStep(state, unknown)
  return {
    outcome: 'stopped',
    why: `Nobody knows how “${title}” ended, so nothing was rolled back: look at what it did.`,
  }
}

/** While a rollback stands still, its steps are still those that matter. */
const inHand = (state: CutoverState): readonly string[] =>
  state.status === 'rollback stopped' ? (state.rollback?.order ?? []) : stepsInHand(state)

function stoppedRollback(state: CutoverState): RehearsalEnd | undefined {
  const at = state.rollback?.stoppedAt
  if (state.status !== 'rollback stopped' || at === undefined) return undefined
  // Whoever is looked for may still answer the question that it stopped at.
  if (stepState(state, at).status === 'unknown') return undefined
  return { outcome: 'stopped', why: `The rollback has stopped: ${whyFailed(state, planStep(state, at))}` }
}

function heldUp({ status, held }: CutoverState): RehearsalEnd | undefined {
  if (held !== undefined) return { outcome: 'stopped', why: `It is held: ${held.reason}` }
  return status === 'postponed' ? { outcome: 'stopped', why: 'It was postponed.' } : undefined
}

function leftAsItIs(state: CutoverState, { onFailure }: RehearsalWishes): RehearsalEnd | undefined {
  const failure = failureOf(state)
  if (failure === undefined) return undefined
  const { why } = failure
  if (onFailure === 'stop')
    return { outcome: 'stopped', why: `${why}. It is left as it is, as was asked for.` }
  if (mayTurnBack(state)) return undefined
  return { outcome: 'stopped', why: `${why}. Nothing had been changed, so there is nothing to roll back.` }
}

/** What a rehearsal that does not move waits for, in words for whoever started it. */
export function waitsFor(state: CutoverState, now: Instant): string {
  const gates = openGates(state).flatMap((gate) =>
    unmet(evidenceOf(state, gate, now)).map(
      ({ criterion, answer }) => `“${gateStep(state, gate).title}” for ${criterion} (${answer})`,
    ),
  )
  const steps = inHand(state)
    .filter((id) => ['due', 'active', 'failed'].includes(stepState(state, id).status))
    .map((id) => `“${planStep(state, id).title}” (${stepState(state, id).status})`)
  const states = openStates(state).map((name) => `the open state ${name}`)
  const pending = inHand(state)
    .filter((id) => stepState(state, id).status === 'pending')
    .slice(0, 1)
    .map((id) => `“${planStep(state, id).title}”, whose turn does not come`)
  const [first, ...more] = [gates, steps, pending, states].filter((found) => found.length > 0)
  return first === undefined ? `nothing that is known (${state.status})` : [first, ...more].flat().join('; ')
}
