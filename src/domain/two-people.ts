import { answerOf, criteriaOf, stepBehind } from './criteria.ts'
import type { Actor, TwoPersonAction } from './events.ts'
import { gateState, lastAttempt, personOf, planStep, stepState } from './lookup.ts'
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

/** Something that may take two people, and who has asked for it first. */
export interface Matter {
  readonly needsTwo: boolean
  readonly asked?: { readonly by: Actor; readonly reason: string }
}

export function stepMatter(state: CutoverState, step: string, action: TwoPersonAction): Matter {
  const { asked } = stepState(state, step)
  return { needsTwo: needsTwo(state, step), ...(asked?.action === action && { asked }) }
}

/** Overriding a criterion takes as many as overriding the step it looks at; a new answer is a new question. */
export function criterionMatter(state: CutoverState, gate: string, criterion: string): Matter {
  const found = criteriaOf(state, gate).find((one) => one.id === criterion)
  const step = found === undefined ? undefined : stepBehind(state.plan, found)
  const asked = gateState(state, gate).overrideAsked[criterion]
  return {
    needsTwo: step !== undefined && needsTwo(state, step),
    ...(asked?.answer === answerOf(state, gate, criterion) && { asked }),
  }
}

export const hasAsked = ({ needsTwo, asked }: Matter, person: PersonId): boolean =>
  needsTwo && asked !== undefined && personOf(asked.by) === person

/** The second of two need not be of the role that asks: a role has one holder. */
export function isSecond({ needsTwo, asked }: Matter, person: PersonId): boolean {
  const first = asked === undefined ? null : personOf(asked.by)
  return needsTwo && first !== null && first !== person
}

export type Consent =
  /** Enough people stand behind it; `reason` is the first one's where the second gave none. */
  | { readonly kind: 'given'; readonly second?: PersonId; readonly alone?: true; readonly reason: string }
  | { readonly kind: 'ask' }
  | { readonly kind: 'asked already' }

export function consent(
  state: CutoverState,
  { needsTwo, asked }: Matter,
  person: PersonId,
  reason: string,
): Consent {
  if (!needsTwo) return { kind: 'given', reason }
  if (isAlone(state, person)) return { kind: 'given', alone: true, reason }
  if (asked === undefined) return { kind: 'ask' }
  const first = personOf(asked.by)
  if (first === null || first === person) return { kind: 'asked already' }
  return { kind: 'given', second: first, reason: reason === '' ? asked.reason : reason }
}
