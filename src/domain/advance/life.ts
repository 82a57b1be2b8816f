import type { CutoverEvent } from '../events.ts'
import {
  comesAfterCompletion,
  gateState,
  isSatisfied,
  openStates,
  phaseSteps,
  planStep,
  stepState,
} from '../lookup.ts'
import { changesAreDone, everythingIsDone } from '../order.ts'
import { COMPLETE } from '../plan.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { mayTryAgain } from './steps.ts'

const nothing: readonly CutoverEvent[] = []

/** What the state of the steps means for the cutover as a whole. */
export function lifeGoesOn(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  switch (state.status) {
    case 'scheduled':
      return everythingIsDone(state) ? [{ type: 'cutover watching', data: {} }] : nothing
    case 'running':
      return changesAreDone(state) ? [{ type: 'cutover watching', data: {} }] : nothing
    case 'guarded':
      return guardEnds(state, now)
    case 'rolling back':
      return rollbackGoesOn(state)
    case 'rollback stopped':
      return rollbackIsSettled(state)
    case 'rolled back': {
      const isComplete = gateState(state, COMPLETE).decision?.decision === 'go'
      return isComplete && nothingIsOpen(state) ? [{ type: 'cutover closed', data: {} }] : nothing
    }
    case 'watching':
    case 'postponed':
    case 'closed':
    case 'abandoned':
      return nothing
  }
}

const nothingIsOpen = (state: CutoverState): boolean => openStates(state).length === 0

function guardEnds(state: CutoverState, now: Instant): readonly CutoverEvent[] {
  const isOver = state.guardedUntil !== undefined && state.guardedUntil <= now
  const later = phaseSteps(state.plan).filter((id) => comesAfterCompletion(state.plan, id))
  const finished = later.every((id) => isSatisfied(stepState(state, id).status))
  return isOver && finished && nothingIsOpen(state) ? [{ type: 'cutover closed', data: {} }] : nothing
}

/** Rolling back stops at the first step that failed, and ends after the last one. */
function rollbackGoesOn(state: CutoverState): readonly CutoverEvent[] {
  const order = state.rollback?.order ?? []
  const current = order.find((id) => !isSatisfied(stepState(state, id).status))
  if (current === undefined) return [{ type: 'rollback finished', data: {} }]
  const step = stepState(state, current)
  const why = step.reason ?? (step.status === 'unknown' ? 'nobody knows how it ended' : 'it failed')
  const stops = step.status === 'failed' || (step.status === 'unknown' && !isTriedAgain(state, current))
  return stops ? [{ type: 'rollback stopped', data: { step: current, why } }] : nothing
}

/** A late proof, or a host that is heard again, answers the question that it stopped at. */
function rollbackIsSettled(state: CutoverState): readonly CutoverEvent[] {
  const step = state.rollback?.stoppedAt
  if (step === undefined) return nothing
  const { status } = stepState(state, step)
  const isAnswered = status === 'active' || isSatisfied(status)
  return isAnswered ? [{ type: 'rollback resumed', data: { step } }] : nothing
}

const isTriedAgain = (state: CutoverState, id: string): boolean => mayTryAgain(state, planStep(state, id))
