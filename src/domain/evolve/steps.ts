import { isSatisfied, lastAttempt, planStep, stepState } from '../lookup.ts'
import type { Recorded, StepEvent } from '../events.ts'
import { answerOf } from '../criteria.ts'
import { followers } from '../order.ts'
import type { CutoverState, StepState, StepStatus, Tick } from '../state.ts'
import { changeAttempt, changeGate, changeStep, touchStep, without } from './patch.ts'
import { openStatesOf, succeed, takeBackStatesOf, unsettleInverse } from './effects.ts'
import { sending } from './sending.ts'
import { factsOfFields } from '../fields.ts'

type Of<Type extends StepEvent['type']> = Recorded<Extract<StepEvent, { type: Type }>>

export function steps(state: CutoverState, event: Recorded<StepEvent>): CutoverState {
  switch (event.type) {
    case 'step due':
      return due(state, event)
    case 'step late':
      return late(state, event)
    case 'step overran':
      return touchStep(state, event.data.step, (step) => ({ ...step, overranMs: event.data.byMs }))
    case 'step timed out':
      return changeStep(state, event.data.step, event, (step) => ({ ...step, timedOut: true }))
    case 'step ticked':
      return ticked(state, event)
    case 'item ticked':
      return itemTicked(state, event)
    case 'step unticked':
      return unticked(state, event)
    case 'step skipped':
      return setAside(state, event, 'skipped', event.data.reason)
    case 'step overridden':
      return setAside(state, event, 'overridden', event.data.reason)
    case 'step not applicable':
      return setAside(state, event, 'not applicable', event.data.because)
    case 'step marked':
      return marked(state, event)
    case 'step moved':
      return changeStep(state, event.data.step, event, (step) => ({
        ...without(step, 'dueAt', 'lateMs', 'asked'),
        status: 'pending',
        movedTo: event.data.to,
      }))
    case 'second person asked':
      return asked(state, event)
  }
}

function asked(state: CutoverState, event: Of<'second person asked'>): CutoverState {
  const { step: id, action, reason, criterion } = event.data
  const by = event.actor
  if (criterion === undefined)
    return changeStep(state, id, event, (step) => ({ ...step, asked: { action, by, reason } }))
  const question = { by, reason, answer: answerOf(state, id, criterion) }
  return changeGate(state, id, (gate) => ({
    ...gate,
    overrideAsked: { ...gate.overrideAsked, [criterion]: question },
  }))
}

/** A notice goes out as soon as it is due and read; everything else waits for a person or the leader. */
function due(state: CutoverState, event: Of<'step due'>): CutoverState {
  const definition = planStep(state, event.data.step)
  return changeStep(state, event.data.step, event, (step) => {
    const next = { ...without(step, 'asked', 'reason'), dueAt: step.dueAt ?? event.at }
    const isSent =
      definition.kind === 'tell' && (definition.approve === undefined || step.draft?.approved !== undefined)
    return isSent ? sending(next, event.at) : { ...next, status: 'due' }
  })
}

function late(state: CutoverState, event: Of<'step late'>): CutoverState {
  return changeStep(state, event.data.step, event, (step) => ({
    ...step,
    status: step.status === 'pending' ? 'due' : step.status,
    dueAt: step.dueAt ?? event.at,
    lateMs: event.data.byMs,
  }))
}

const statusOfTick = { done: 'done', failed: 'failed', na: 'not applicable' } as const satisfies Record<
  Tick['result'],
  StepStatus
>

function ticked(state: CutoverState, event: Of<'step ticked'>): CutoverState {
  const { step: id, result, fields, note } = event.data
  const definition = planStep(state, id)
  const after = changeStep(state, id, event, (step) => ({
    ...finish(step, statusOfTick[result], event.at),
    startedAt: step.startedAt ?? event.at,
    tick: tickOf(event, result, note),
    fields,
    facts: definition.kind === 'do' ? factsOfFields(definition.fields, fields) : {},
    // What failed may be half done, so it is undone like what is done.
    inForce: result !== 'na',
    undone: false,
  }))
  if (result === 'done') return succeed(after, id, event.at)
  return result === 'failed' ? openStatesOf(after, id, event.at) : after
}

function itemTicked(state: CutoverState, event: Of<'item ticked'>): CutoverState {
  const { step: id, item, result, note } = event.data
  const definition = planStep(state, id)
  const before = stepState(state, id)
  const items = { ...before.items, [item]: tickOf(event, result, note) }
  const started = { ...before, items, startedAt: before.startedAt ?? event.at, inForce: true, undone: false }
  const wanted = definition.kind === 'do' ? definition.items.map((one) => one.id) : []
  const answered = wanted.every((one) => items[one] !== undefined)
  const asksForMore = definition.kind === 'do' && definition.fields.length > 0
  if (!answered || asksForMore) return touchStep(state, id, () => started)
  const failed = wanted.some((one) => items[one]?.result === 'failed')
  const after = changeStep(state, id, event, () => finish(started, failed ? 'failed' : 'done', event.at))
  return failed ? openStatesOf(after, id, event.at) : succeed(after, id, event.at)
}

const tickOf = (event: Recorded, result: Tick['result'], note: string | undefined): Tick => ({
  by: event.actor,
  at: event.at,
  result,
  ...(note !== undefined && { note }),
})

/** The step in a status that ends it, for now; `failed` waits for people and has no end. */
export function finish(step: StepState, status: StepStatus, at: number): StepState {
  const open = without(step, 'asked', 'reason', 'finishedAt')
  return isSatisfied(status) ? { ...open, status, finishedAt: at } : { ...open, status }
}

function unticked(state: CutoverState, event: Of<'step unticked'>): CutoverState {
  const { step: id, item } = event.data
  const taken = unsettleInverse(takeBackStatesOf(state, id), id)
  const open = changeStep(taken, id, event, (step) => {
    const items = Object.fromEntries(Object.entries(step.items).filter(([name]) => name !== item))
    const due = { ...without(step, 'tick', 'finishedAt', 'reason', 'asked'), status: 'due' as const }
    const stillTicked = item !== undefined && Object.keys(items).length > 0
    return {
      ...(stillTicked ? due : without(due, 'startedAt')),
      items: item === undefined ? step.items : items,
      fields: {},
      facts: {},
      inForce: stillTicked,
    }
  })
  return fallBack(open, id, event)
}

/** Steps whose turn had come because of the tick wait again. */
function fallBack(state: CutoverState, id: string, event: Recorded): CutoverState {
  const order = state.rollback?.order ?? []
  const behind =
    planStep(state, id).place === 'plan' ? followers(state.plan, id) : order.slice(order.indexOf(id) + 1)
  const waiting = behind.filter((other) => stepState(state, other).status === 'due')
  return waiting.reduce(
    (next, other) =>
      changeStep(next, other, event, (step) => ({ ...without(step, 'dueAt', 'lateMs'), status: 'pending' })),
    state,
  )
}

function setAside(
  state: CutoverState,
  event: Recorded<StepEvent>,
  status: StepStatus,
  reason: string,
): CutoverState {
  return changeStep(state, event.data.step, event, (step) => ({
    ...finish(step, status, event.at),
    reason,
  }))
}

function marked(state: CutoverState, event: Of<'step marked'>): CutoverState {
  const { step: id, attempt = lastAttempt(state, id)?.id, outcome, reason } = event.data
  const declared =
    attempt === undefined
      ? state
      : changeAttempt(state, attempt, (one) => ({
          ...one,
          status: 'ended',
          outcome,
          endedAt: event.at,
          why: reason,
        }))
  const after = changeStep(declared, id, event, (step) => ({
    ...finish(step, outcome === 'succeeded' ? 'done' : 'failed', event.at),
    reason,
  }))
  return outcome === 'succeeded' ? succeed(after, id, event.at) : after
}
