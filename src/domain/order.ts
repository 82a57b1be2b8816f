import {
  comesAfterCompletion,
  isSatisfied,
  isUnderWay,
  liveAttempts,
  phaseSteps,
  planStep,
  stepState,
} from './lookup.ts'
import type { Instant, Plan, Step } from './plan.ts'
import { perPlan } from './per-plan.ts'
import type { CutoverState } from './state.ts'
import { checkpointBefore } from './team/checkpoints.ts'
import { earliest } from './time.ts'

/**
 * The steps that must be satisfied before this one, by the order of the runbook: everything before it, except
 * watches, which run beside; a parallel step waits for what the steps it overlaps wait for; `needs` adds more.
 */
export const waitsFor = (plan: Plan, id: string): readonly string[] => waits(plan).get(id) ?? []

const waits = perPlan(
  (plan): ReadonlyMap<string, readonly string[]> =>
    new Map(phaseSteps(plan).map((step, position) => [step, before(plan, position)])),
)

function before(plan: Plan, position: number): readonly string[] {
  const order = phaseSteps(plan)
  const step = (at: number): Step | undefined => plan.steps[order[at] ?? '']
  let first = position
  while (first > 0 && step(first)?.parallel === true) first -= 1
  const earlier = order.slice(0, first).filter((other) => plan.steps[other]?.kind !== 'watch')
  return [...new Set([...earlier, ...(step(position)?.needs ?? [])])]
}

/** Steps of the runbook that wait for this one. */
export const followers = (plan: Plan, id: string): readonly string[] => follow(plan).get(id) ?? []

const follow = perPlan((plan): ReadonlyMap<string, readonly string[]> => {
  const behind = new Map<string, string[]>()
  for (const [step, waited] of waits(plan)) {
    for (const one of waited) {
      const known = behind.get(one) ?? []
      known.push(step)
      behind.set(one, known)
    }
  }
  return behind
})

/**
 * What a step still waits for, in order. Steps of a rollback wait for those before them in it; completing waits
 * for everything that was to be done, or undone.
 */
export const openBefore = (state: CutoverState, id: string): readonly string[] =>
  allBefore(state, id).filter((other) => !isSatisfied(stepState(state, other).status))

function allBefore(state: CutoverState, id: string): readonly string[] {
  switch (planStep(state, id).place) {
    case 'plan':
      return waitsFor(state.plan, id)
    case 'built-in':
      return state.status === 'rolled back' ? (state.rollback?.order ?? []) : beforeCompletion(state.plan)
    case 'undo':
    case 'rollback before':
    case 'rollback option':
    case 'rollback after':
      return beforeInRollback(state, id)
    case 'notice':
      return []
  }
}

function beforeInRollback(state: CutoverState, id: string): readonly string[] {
  const order = state.rollback?.order ?? []
  return order.slice(0, Math.max(0, order.indexOf(id)))
}

/** Whether everything a step waits for is satisfied, time apart. */
export function isReady(state: CutoverState, id: string): boolean {
  const { place } = planStep(state, id)
  if (place === 'plan' || place === 'built-in' || place === 'notice')
    return nothingBefore(state, id) && checkpointBefore(state, id) === undefined
  const inRollback = state.rollback?.order.includes(id) === true
  return inRollback && nothingBefore(state, id) && !workOutsideRollback(state)
}

/** The first one that is open is enough to know. */
const nothingBefore = (state: CutoverState, id: string): boolean =>
  allBefore(state, id).every((other) => isSatisfied(stepState(state, other).status))

/** A rollback begins only when what ran before it has ended, by waiting or by cancelling. */
function workOutsideRollback(state: CutoverState): boolean {
  return liveAttempts(state).some(
    (attempt) => isUnderWay(attempt) && planStep(state, attempt.step).place === 'plan',
  )
}

/** Whether a step's turn has come: ready, and not before its earliest time. */
export function isTurn(state: CutoverState, id: string, now: Instant): boolean {
  if (!isReady(state, id)) return false
  if (planStep(state, id).place !== 'plan') return true
  const from = earliest(state, id)
  return from !== null && from <= now
}

/** The steps that are carried out in the present status, in order. */
export function stepsInHand(state: CutoverState): readonly string[] {
  switch (state.status) {
    case 'scheduled':
    case 'running':
    case 'watching':
    case 'guarded':
      return phaseSteps(state.plan)
    case 'rolling back':
      return state.rollback?.order ?? []
    case 'rollback stopped':
    case 'rolled back':
    case 'postponed':
    case 'closed':
    case 'abandoned':
      return []
  }
}

/** Every step that changes something has been carried out or set aside. */
export const changesAreDone = (state: CutoverState): boolean =>
  beforeCompletion(state.plan)
    .filter((id) => planStep(state, id).mutating)
    .every((id) => isSatisfied(stepState(state, id).status))

/** Everything the runbook plans before completion is finished, watches included. */
export const everythingIsDone = (state: CutoverState): boolean =>
  beforeCompletion(state.plan).every((id) => isSatisfied(stepState(state, id).status))

const beforeCompletion = perPlan((plan): readonly string[] =>
  phaseSteps(plan).filter((id) => !comesAfterCompletion(plan, id)),
)
