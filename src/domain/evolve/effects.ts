import { planStep } from '../lookup.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { touchStep, without } from './patch.ts'

/** The named states that a step opens are open from now on. */
export function openStatesOf(state: CutoverState, step: string, at: Instant): CutoverState {
  const open = new Set(state.openings.filter((one) => one.closedAt === undefined).map((one) => one.name))
  const fresh = planStep(state, step)
    .opens.filter((name) => !open.has(name))
    .map((name) => ({ name, openedAt: at, openedBy: step }))
  return fresh.length === 0 ? state : { ...state, openings: [...state.openings, ...fresh] }
}

export function closeStatesOf(state: CutoverState, step: string, at: Instant): CutoverState {
  const { closes } = planStep(state, step)
  if (closes.length === 0) return state
  const openings = state.openings.map((one) =>
    one.closedAt === undefined && closes.includes(one.name) ? { ...one, closedAt: at, closedBy: step } : one,
  )
  return { ...state, openings }
}

/** A tick taken back never opened nor closed anything. */
export function takeBackStatesOf(state: CutoverState, step: string): CutoverState {
  const openings = state.openings
    .filter((one) => one.openedBy !== step || one.closedAt !== undefined)
    .map((one) => (one.closedBy === step ? without(one, 'closedAt', 'closedBy') : one))
  return { ...state, openings }
}

/** When an inverse is done, what it undoes is no longer in force. */
export function settleInverse(state: CutoverState, inverse: string): CutoverState {
  if (planStep(state, inverse).place !== 'undo') return state
  const original = Object.values(state.plan.steps).find((step) => step.undo === inverse)
  if (original === undefined) return state
  return touchStep(state, original.id, (step) => ({ ...step, inForce: false, undone: true }))
}

/** An inverse whose tick was taken back has undone nothing. */
export function unsettleInverse(state: CutoverState, inverse: string): CutoverState {
  if (planStep(state, inverse).place !== 'undo') return state
  const original = Object.values(state.plan.steps).find((step) => step.undo === inverse)
  if (original === undefined) return state
  return touchStep(state, original.id, (step) => ({ ...step, inForce: true, undone: false }))
}

/** What follows from a step's success: it closes states, and if it is an inverse, its original is undone. */
export const succeed = (state: CutoverState, step: string, at: Instant): CutoverState =>
  settleInverse(closeStatesOf(openStatesOf(state, step, at), step, at), step)
