import type { Decision, Given, Refusal } from '../commands.ts'
import { evolve } from '../evolve.ts'
import type { Actor, CutoverEvent } from '../events.ts'
import { planStep, stepState } from '../lookup.ts'
import type { Instant, PersonId } from '../plan.ts'
import { nameOf, refusal } from '../refusals.ts'
import type { CutoverState, StepState } from '../state.ts'
import { belongsToMigration } from '../time.ts'

/** Who decides and when; `person` is there because only people (or the rehearsal) get this far. */
export interface By extends Given {
  readonly person: PersonId
}

export const accept = (...events: readonly CutoverEvent[]): Decision => ({ ok: true, events })
export const no = (refusal: Refusal): Decision => ({ ok: false, refusal })

/** The state after events that are decided but not yet recorded. */
export function foresee(
  state: CutoverState,
  events: readonly CutoverEvent[],
  actor: Actor,
  at: Instant,
): CutoverState {
  return events.reduce<CutoverState>(
    (next, event) => evolve(next, { ...event, cutover: next.id, position: next.position + 1, at, actor }),
    state,
  )
}

const LONGEST_TEXT = 3000

/** What is wrong with words that are to be recorded, or null. */
export function badText(what: string, text: string): Refusal | null {
  if (text.length > LONGEST_TEXT)
    return refusal('text not usable', { what, why: `it is longer than ${LONGEST_TEXT} characters` })
  if (text.includes('\0')) return refusal('text not usable', { what, why: 'it contains a NUL character' })
  return null
}

export function badReason(action: string, reason: string | undefined): Refusal | null {
  if (reason === undefined || reason.trim() === '') return refusal('reason missing', { action })
  return badText('reason', reason)
}

/** A button that shows an older revision is answered with what happened since, and by whom. */
export function staleStep(state: CutoverState, step: string, given: Given): Refusal | null {
  return stale(stepState(state, step), given)
}

export const staleCutover = (state: CutoverState, given: Given): Refusal | null => stale(state, given)

export function stale(subject: Pick<StepState, 'revision' | 'changed'>, given: Given): Refusal | null {
  if (given.revision === undefined || given.revision === subject.revision) return null
  const { changed } = subject
  if (changed === undefined) return null
  return refusal('stale', { what: changed.event, by: nameOf(changed.by), at: changed.at })
}

export function unknownStep(state: CutoverState, step: string): Refusal | null {
  return state.plan.steps[step] === undefined ? refusal('step unknown', { step }) : null
}

/** What the beginning of a step means for the cutover as a whole: that it is running, that T-0 has come. */
export function begins(state: CutoverState, step: string): readonly CutoverEvent[] {
  const definition = planStep(state, step)
  if (definition.place !== 'plan') return []
  const events: CutoverEvent[] = []
  if (state.status === 'scheduled' && definition.mutating)
    events.push({ type: 'cutover started', data: { step } })
  if (state.beganAt === undefined && belongsToMigration(state.plan, step))
    events.push({ type: 'migration began', data: { step } })
  return events
}

/** A stopped rollback goes on when people have dealt with the step it stopped at. */
export function resumes(state: CutoverState, step: string): readonly CutoverEvent[] {
  const isStoppedHere = state.status === 'rollback stopped' && state.rollback?.stoppedAt === step
  return isStoppedHere ? [{ type: 'rollback resumed', data: { step } }] : []
}

export interface Dispatch {
  readonly reason?: string
  readonly second?: PersonId
  readonly alone?: true
  readonly forGate?: string
}

/** A ticket for one try of a step's work. Attempts of a step count on for ever, so its id is never used twice. */
export function dispatch(state: CutoverState, step: string, more: Dispatch = {}): CutoverEvent {
  const n = stepState(state, step).attempts.length + 1
  const { pool } = planStep(state, step)
  return {
    type: 'attempt dispatched',
    data: { attempt: `${state.id}.${step}.${n}`, step, n, pool, ...more },
  }
}
