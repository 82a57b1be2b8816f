import type { Recorded, RollbackEvent } from '../events.ts'
import { personOf } from '../lookup.ts'
import { COMPLETE } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { undoneByOption } from '../ways-back.ts'
import { changeCutover, changeGate, changeStep, touchStep, without } from './patch.ts'

export function rollback(state: CutoverState, event: Recorded<RollbackEvent>): CutoverState {
  switch (event.type) {
    case 'rollback asked': {
      const person = personOf(event.actor)
      if (person === null) return state
      const { reason, option } = event.data
      const asked = { person, at: event.at, reason, ...(option !== undefined && { option }) }
      return changeCutover(state, event, { rollbackAsked: [...state.rollbackAsked, asked] })
    }
    case 'rollback started':
      return changeCutover(incomplete(state, event), event, {
        status: 'rolling back',
        rollbackAsked: [],
        rollback: {
          startedAt: event.at,
          by: event.actor,
          reason: event.data.reason,
          ...(event.data.trigger !== undefined && { trigger: event.data.trigger }),
          ...(event.data.option !== undefined && { option: event.data.option }),
          tried: [],
          order: event.data.order,
        },
      })
    case 'rollback stopped':
      return changeCutover(state, event, {
        status: 'rollback stopped',
        ...(state.rollback && { rollback: { ...state.rollback, stoppedAt: event.data.step } }),
      })
    case 'rollback resumed':
      return changeCutover(state, event, {
        status: 'rolling back',
        ...(state.rollback && { rollback: without(state.rollback, 'stoppedAt') }),
      })
    case 'rollback option taken':
      return changeCutover(state, event, {
        status: 'rolling back',
        rollbackAsked: [],
        ...(state.rollback && { rollback: onAnotherWay(state.rollback, event.data) }),
      })
    case 'rollback finished':
      return changeCutover(undone(state), event, {
        status: 'rolled back',
        ...(state.rollback && { rollback: { ...state.rollback, finishedAt: event.at } }),
      })
  }
}

type Rollback = NonNullable<CutoverState['rollback']>

const onAnotherWay = (
  rollback: Rollback,
  { option, order }: { readonly option: string; readonly order: readonly string[] },
): Rollback => ({
  ...without(rollback, 'stoppedAt'),
  option,
  tried: [...rollback.tried, ...(rollback.option === undefined ? [] : [rollback.option])],
  order,
})

/** Inverses have undone their steps one by one; an option's own steps have undone them all. */
const undone = (state: CutoverState): CutoverState =>
  undoneByOption(state).reduce(
    (next, id) => touchStep(next, id, (step) => ({ ...step, inForce: false, undone: true })),
    state,
  )

/** Whatever was decided about completing is void; after the rollback it is asked anew. No hold stops turning back. */
function incomplete(state: CutoverState, event: Recorded): CutoverState {
  const undecided = changeGate(without(state, 'held', 'completedAt', 'guardedUntil'), COMPLETE, (gate) =>
    without(gate, 'decision', 'goGivenAt', 'deadline'),
  )
  return changeStep(undecided, COMPLETE, event, (step) => ({
    ...without(step, 'reason', 'finishedAt', 'asked'),
    status: 'pending',
  }))
}
