import { isOver, liveAttempt, planStep, stepState } from './lookup.ts'
import { isTurn } from './order.ts'
import { CHOICE_RULE } from './permissions.ts'
import type { Branch, Choice, Instant } from './plan.ts'
import type { ChoiceState, CutoverState, Status } from './state.ts'

/** Ids come from the plan that the state itself holds; a missing one is a broken log, not bad input. */
export function planChoice(state: CutoverState, id: string): Choice {
  const choice = state.plan.choices[id]
  if (choice === undefined) throw new Error(`The state of this cutover has no choice ${id}.`)
  return choice
}

export const choiceState = (state: CutoverState, id: string): ChoiceState =>
  state.choices[id] ?? { revision: 0 }

export type Taken = 'this one' | 'another one' | 'not yet'

/** Whether an option is the one that was chosen. */
export function isTaken(state: CutoverState, { choice, option }: Branch): Taken {
  const chosen = choiceState(state, choice).option
  if (chosen === undefined) return 'not yet'
  return chosen === option ? 'this one' : 'another one'
}

/** `“Which backup?”: dump`. */
export function answerText(state: CutoverState, id: string): string {
  const { option } = choiceState(state, id)
  return `“${planChoice(state, id).question}”: ${option ?? 'nobody has chosen'}`
}

export const stepsOfChoice = (state: CutoverState, id: string): readonly string[] =>
  planChoice(state, id).options.flatMap(({ steps }) => steps)

/** The first step of a choice that somebody or something has begun: from then on its option stands. */
export const startedStep = (state: CutoverState, id: string): string | undefined =>
  stepsOfChoice(state, id).find((step) => {
    const own = stepState(state, step)
    const ticked = own.tick !== undefined || Object.keys(own.items).length > 0
    return own.startedAt !== undefined || ticked || liveAttempt(state, step) !== undefined
  })

/** Choices that were reached and that nobody has made, in the order of the runbook. */
export function dueChoices(state: CutoverState, now: Instant): readonly string[] {
  const statuses: readonly Status[] = CHOICE_RULE.statuses
  if (isOver(state.status) || !statuses.includes(state.status)) return []
  return Object.keys(state.plan.choices).filter(
    (id) => choiceState(state, id).option === undefined && isReached(state, id, now),
  )
}

const isReached = (state: CutoverState, id: string, now: Instant): boolean =>
  planChoice(state, id).options.some(({ steps: [first] }) => first !== undefined && isTurn(state, first, now))

/**
 * The option that a forecast reckons with while nobody has chosen: the one that may take longest, so that nothing is
 * promised that the choice could take back.
 */
export function reckonedOption(state: CutoverState, id: string): string | undefined {
  const taken = choiceState(state, id).option
  if (taken !== undefined) return taken
  const lengths = planChoice(state, id).options.map((option) => ({
    id: option.id,
    ms: option.steps.reduce((sum, step) => sum + (planStep(state, step).estimate?.highMs ?? 0), 0),
  }))
  return lengths.toSorted((one, other) => other.ms - one.ms)[0]?.id
}
