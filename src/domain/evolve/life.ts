import { phaseSteps, planStep, stepState } from '../lookup.ts'
import type { LifeEvent, Recorded, ToldTime } from '../events.ts'
import type { CutoverState, GateState, StepState } from '../state.ts'
import { forAnotherDate } from '../team/evolve.ts'
import { instantOf, isBeforeStart, offsetOf } from '../time.ts'
import { changeCutover, without } from './patch.ts'

type Later = Exclude<LifeEvent, { type: 'cutover opened' }>

export function life(state: CutoverState, event: Recorded<Later>): CutoverState {
  switch (event.type) {
    case 'cutover started':
      return changeCutover(without(state, 'putOff'), event, { status: 'running', startedAt: event.at })
    case 'migration began':
      return changeCutover(state, event, { beganAt: event.at })
    case 'cutover watching':
      return changeCutover(state, event, { status: 'watching' })
    case 'cutover guarded':
      return changeCutover(state, event, {
        status: 'guarded',
        completedAt: event.at,
        guardedUntil: event.data.until,
      })
    case 'cutover closed':
      return changeCutover(without(state, 'held'), event, { status: 'closed', endedAt: event.at })
    case 'cutover held':
      return changeCutover(state, event, {
        held: { by: event.actor, reason: event.data.reason, at: event.at },
      })
    case 'cutover resumed':
      return changeCutover(without(state, 'held'), event, {})
    case 'cutover postponed':
      return changeCutover(without(state, 'held'), event, {
        status: 'postponed',
        rollbackAsked: [],
        putOff: putOff(event),
      })
    case 'cutover rescheduled':
      return changeCutover(forAnotherDate(rescheduled(state, event)), event, {
        plannedStart: event.data.plannedStart,
        scheduledAt: event.at,
        putOff: putOff(event),
      })
    case 'cutover abandoned':
      return changeCutover(without(state, 'held'), event, {
        status: 'abandoned',
        endedAt: event.at,
        putOff: putOff(event),
      })
    case 'plan advanced':
      return advanced(state, event.data.byMs)
  }
}

const putOff = (
  event: Recorded<
    Extract<LifeEvent, { type: 'cutover postponed' | 'cutover rescheduled' | 'cutover abandoned' }>
  >,
) => ({ by: event.actor, reason: event.data.reason })

/**
 * Ready to be carried out again. What people did before the first step that was undone still stands; all else,
 * and every look of a machine, belongs to the time that was given up.
 */
function rescheduled(
  state: CutoverState,
  event: Recorded<Extract<LifeEvent, { type: 'cutover rescheduled' }>>,
): CutoverState {
  const order = phaseSteps(state.plan)
  const firstUndone = order.findIndex((id) => stepState(state, id).undone)
  const kept = new Set(firstUndone < 0 ? order : order.slice(0, firstUndone))
  const steps = Object.entries(state.steps).map(([id, step]) => {
    const stands = kept.has(id) && planStep(state, id).kind === 'do' && step.status === 'done'
    return [id, stands || wasAnnounced(state, id, event) ? step : again(step)] as const
  })
  const gates = Object.entries(state.gates).map(([id, gate]) => [id, openAgain(gate)] as const)
  return {
    ...without(state, 'held', 'beganAt', 'startedAt', 'completedAt', 'guardedUntil', 'rollback', 'lateForMs'),
    status: 'scheduled',
    extendedMs: 0,
    steps: Object.fromEntries(steps),
    gates: Object.fromEntries(gates),
    rollbackAsked: [],
  }
}

/** Its time has passed by the new start as well: whoever had it hears of the new time by a notice of its own. */
function wasAnnounced(
  state: CutoverState,
  id: string,
  { at, data: { plannedStart } }: Recorded<Extract<LifeEvent, { type: 'cutover rescheduled' }>>,
): boolean {
  const { kind, place } = planStep(state, id)
  const offset = offsetOf(state.plan, id)
  if (kind !== 'tell' || place !== 'plan' || stepState(state, id).status !== 'done') return false
  if (offset === undefined || !isBeforeStart(state.plan, offset)) return false
  const planned = instantOf({ ...without(state, 'beganAt'), plannedStart }, offset)
  return planned !== null && planned <= at
}

/** Attempts go on counting, and the revision too, so that old buttons stay stale. */
const again = (step: StepState): StepState => ({
  status: 'pending',
  revision: step.revision + 1,
  ...(step.changed && { changed: step.changed }),
  attempts: step.attempts,
  items: {},
  fields: {},
  facts: {},
  breaches: [],
  notices: {},
  inForce: false,
  undone: false,
})

const openAgain = (gate: GateState): GateState => ({
  ...without(gate, 'openedAt', 'deadline', 'goGivenAt', 'decision', 'closedBecause'),
  open: false,
  voters: {},
  overridden: {},
  overrideAsked: {},
})

/** A rehearsal moves on: everything that is planned lies that much nearer. */
export function advanced(state: CutoverState, byMs: number): CutoverState {
  const steps = Object.entries(state.steps).map(([id, step]) => [
    id,
    {
      ...step,
      ...(step.movedTo !== undefined && { movedTo: step.movedTo - byMs }),
      ...(step.called?.start !== undefined && {
        called: { ...step.called, start: step.called.start - byMs },
      }),
    },
  ])
  const gates = Object.entries(state.gates).map(([id, gate]) => [
    id,
    gate.open && gate.deadline !== undefined ? { ...gate, deadline: gate.deadline - byMs } : gate,
  ])
  const nearer = <Told extends ToldTime>(one: Told): Told => ({
    ...one,
    start: one.start - byMs,
    end: one.end - byMs,
  })
  return {
    ...state,
    gates: Object.fromEntries(gates),
    plannedStart: state.plannedStart - byMs,
    told: Object.fromEntries(Object.entries(state.told).map(([audience, one]) => [audience, nearer(one)])),
    meetings: Object.fromEntries(Object.entries(state.meetings).map(([step, one]) => [step, nearer(one)])),
    ...(state.beganAt !== undefined && { beganAt: state.beganAt - byMs }),
    steps: Object.fromEntries(steps),
  }
}
