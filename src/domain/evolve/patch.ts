import { attemptState, gateState, stepState } from '../lookup.ts'
import type { Recorded } from '../events.ts'
import type { AttemptState, CutoverState, GateState, StepState } from '../state.ts'

type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]

/** A copy without the named optional properties: state is plain JSON, which knows no `undefined`. */
export function without<T extends object>(value: T, ...names: readonly Optional<T>[]): T {
  const copy = { ...value }
  for (const name of names) delete copy[name]
  return copy
}

const mark = (event: Recorded) => ({ event: event.type, by: event.actor, at: event.at })

/** The step after `change`, with a new revision: its choices are others now. */
export function changeStep(
  state: CutoverState,
  id: string,
  event: Recorded,
  change: (step: StepState) => StepState,
): CutoverState {
  const before = stepState(state, id)
  const after = { ...change(before), revision: before.revision + 1, changed: mark(event) }
  return { ...state, steps: { ...state.steps, [id]: after } }
}

/** The step after `change`, with the choices it had. */
export function touchStep(
  state: CutoverState,
  id: string,
  change: (step: StepState) => StepState,
): CutoverState {
  return { ...state, steps: { ...state.steps, [id]: change(stepState(state, id)) } }
}

export function changeAttempt(
  state: CutoverState,
  id: string,
  change: (attempt: AttemptState) => AttemptState,
): CutoverState {
  return { ...state, attempts: { ...state.attempts, [id]: change(attemptState(state, id)) } }
}

export function changeGate(
  state: CutoverState,
  id: string,
  change: (gate: GateState) => GateState,
): CutoverState {
  return { ...state, gates: { ...state.gates, [id]: change(gateState(state, id)) } }
}

/** The cutover with a new revision of its own. */
export const changeCutover = (
  state: CutoverState,
  event: Recorded,
  change: Partial<CutoverState>,
): CutoverState => ({ ...state, ...change, revision: state.revision + 1, changed: mark(event) })
