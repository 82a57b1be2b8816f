import type { TwoPersonAction } from './events.ts'
import { lastAttempt, personOf, planStep, stepState } from './lookup.ts'
import { isAlone } from './people.ts'
import type { PersonId } from './plan.ts'
import type { CutoverState } from './state.ts'

/** Skipping, overriding, repeating or declaring this step takes two people. */
export function needsTwo(state: CutoverState, step: string): boolean {
  return planStep(state, step).critical || isUndeclared(state, step)
}

/** Nobody knows how its last piece of work ended, and it may have changed something or may still be at it. */
function isUndeclared(state: CutoverState, step: string): boolean {
  if (stepState(state, step).status !== 'unknown') return false
  return planStep(state, step).kind === 'run' || lastAttempt(state, step)?.status === 'unobserved'
}

export function sameAsked(
  state: CutoverState,
  step: string,
  action: TwoPersonAction,
  person: PersonId,
): boolean {
  const asked = stepState(state, step).asked
  return asked !== undefined && asked.action === action && personOf(asked.by) === person
}

export type Consent =
  /** Enough people stand behind it; `reason` is the first one's where the second gave none. */
  | { readonly kind: 'given'; readonly second?: PersonId; readonly alone?: true; readonly reason: string }
  | { readonly kind: 'ask' }
  | { readonly kind: 'asked already' }

export function consent(
  state: CutoverState,
  step: string,
  action: TwoPersonAction,
  person: PersonId,
  reason: string,
): Consent {
  if (!needsTwo(state, step)) return { kind: 'given', reason }
  if (isAlone(state, person)) return { kind: 'given', alone: true, reason }
  const asked = stepState(state, step).asked
  if (asked === undefined || asked.action !== action) return { kind: 'ask' }
  const first = personOf(asked.by)
  if (first === null || first === person) return { kind: 'asked already' }
  return { kind: 'given', second: first, reason: reason === '' ? asked.reason : reason }
}
