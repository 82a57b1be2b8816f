import { COMPLETE } from './plan.ts'
import { perPlan } from './per-plan.ts'
import type { DecideStep, PersonId, Phase, Plan, Step } from './plan.ts'
import type { Actor } from './events.ts'
import type {
  AttemptState,
  CutoverState,
  GateState,
  Question,
  Status,
  StepState,
  StepStatus,
} from './state.ts'

/** Ids below come from the plan that the state itself holds; a missing one is a broken log, not bad input. */
function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The state of this cutover has no ${what}.`)
  return value
}

export const planStep = (state: CutoverState, id: string): Step => present(state.plan.steps[id], `step ${id}`)
export const stepState = (state: CutoverState, id: string): StepState =>
  present(state.steps[id], `step ${id}`)
export const gateState = (state: CutoverState, id: string): GateState =>
  present(state.gates[id], `gate ${id}`)
export const attemptState = (state: CutoverState, id: string): AttemptState =>
  present(state.attempts[id], `attempt ${id}`)

export function gateStep(state: CutoverState, id: string): DecideStep {
  const step = planStep(state, id)
  if (step.kind !== 'decide') throw new Error(`Step ${id} of this cutover is no gate.`)
  return step
}

/** The person behind an actor; the rehearsal counts as one of its own. */
export function personOf(actor: Actor): PersonId | null {
  switch (actor.kind) {
    case 'person':
      return actor.person
    case 'rehearsal':
      return REHEARSAL
    case 'cutover':
    case 'worker':
      return null
  }
}

export const REHEARSAL: PersonId = 'rehearsal'

/** Steps of the phases, in the order of the runbook. */
export const phaseSteps = perPlan((plan): readonly string[] => plan.phases.flatMap((phase) => phase.steps))

/** The phase that a step of the runbook stands in; of one that stands in several, the first. */
export const phaseOf = (plan: Plan, id: string): Phase | undefined => phases(plan).get(id)

const phases = perPlan(
  (plan): ReadonlyMap<string, Phase> =>
    new Map(plan.phases.toReversed().flatMap((phase) => phase.steps.map((id) => [id, phase]))),
)

/** Work that goes on or may still begin: at most one per step. An `unobserved` one may still be at it. */
export const isLive = (attempt: AttemptState): boolean =>
  attempt.status === 'dispatched' ||
  attempt.status === 'claimed' ||
  attempt.status === 'spawning' ||
  attempt.status === 'running' ||
  attempt.status === 'unobserved'

/** Its spawn was authorised and its end is not known. */
export const isUnderWay = (attempt: AttemptState): boolean =>
  attempt.status === 'spawning' || attempt.status === 'running' || attempt.status === 'unobserved'

export const isWaitingToSpawn = (attempt: AttemptState): boolean =>
  attempt.status === 'dispatched' || attempt.status === 'claimed'

export function lastAttempt(state: CutoverState, step: string): AttemptState | undefined {
  const id = stepState(state, step).attempts.at(-1)
  return id === undefined ? undefined : attemptState(state, id)
}

export function liveAttempt(state: CutoverState, step: string): AttemptState | undefined {
  const last = lastAttempt(state, step)
  return last !== undefined && isLive(last) ? last : undefined
}

/** What a live attempt's program asks and nobody answers. */
export function openQuestion(attempt: AttemptState): Question | undefined {
  const last = isLive(attempt) ? attempt.questions?.at(-1) : undefined
  return last?.then === 'waiting' ? last : undefined
}

export const liveAttempts = (state: CutoverState): readonly AttemptState[] =>
  Object.values(state.attempts).filter(isLive)

/** What lets the steps after it go on. */
export const isSatisfied = (status: StepStatus): boolean =>
  status === 'done' || status === 'skipped' || status === 'overridden' || status === 'not applicable'

/** Named states that are open now, in order of opening. */
export const openStates = (state: CutoverState): readonly string[] =>
  state.openings.filter((opening) => opening.closedAt === undefined).map((opening) => opening.name)

/** Steps that changed something and have not been undone, in plan order. */
export const mutationsInForce = (state: CutoverState): readonly string[] =>
  phaseSteps(state.plan).filter((id) => planStep(state, id).mutating && stepState(state, id).inForce)

export const isOver = (status: Status): boolean => status === 'closed' || status === 'abandoned'

/** Planned for after completion; such a step holds up neither watching nor completing. */
export function comesAfterCompletion(plan: Plan, id: string): boolean {
  const step = plan.steps[id]
  const at = step?.at ?? phaseOf(plan, id)?.at
  return at?.kind === 'after' && at.step === 'completed'
}

export const isComplete = (id: string): boolean => id === COMPLETE
