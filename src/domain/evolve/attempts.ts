import { attemptState, planStep, stepState } from '../lookup.ts'
import type { AttemptEvent, Recorded } from '../events.ts'
import type { AttemptState, CutoverState, StepState, StepStatus } from '../state.ts'
import { openStatesOf, succeed } from './effects.ts'
import { changeAttempt, changeStep, touchStep, without } from './patch.ts'
import { finish } from './steps.ts'

type Of<Type extends AttemptEvent['type']> = Recorded<Extract<AttemptEvent, { type: Type }>>

export function attempts(state: CutoverState, event: Recorded<AttemptEvent>): CutoverState {
  switch (event.type) {
    case 'attempt dispatched':
      return dispatched(state, event)
    case 'attempt claimed': {
      const { attempt, worker, host } = event.data
      return changeAttempt(state, attempt, (one) => ({
        ...one,
        status: 'claimed',
        claimedAt: event.at,
        worker,
        host,
      }))
    }
    case 'attempt spawning':
      return spawning(state, event)
    case 'attempt running': {
      const { attempt, host } = event.data
      return changeAttempt(state, attempt, (one) => ({
        ...one,
        status: 'running',
        host,
        runningAt: event.at,
      }))
    }
    case 'attempt adopted':
      return adopted(state, event)
    case 'attempt observed':
      return observed(state, event)
    case 'attempt revoked':
      return revoked(state, event)
    case 'attempt refused':
      return refused(state, event)
    case 'cancel requested':
      return cancelRequested(state, event)
    case 'attempt ended':
      return ended(state, event)
    case 'attempt unknown':
      return lost(state, event, { status: 'unknown', why: event.data.why })
    case 'attempt unobserved':
      return lost(state, event, { status: 'unobserved', why: 'its host is silent' })
    case 'attempt asked':
      return asked(state, event)
    case 'watch breached': {
      const { step, check, answer } = event.data
      const breach = { check, answer, at: event.at }
      return changeStep(state, step, event, (one) => ({ ...one, breaches: [...one.breaches, breach] }))
    }
  }
}

/** A look at a step that stands does not make it fall; what it finds may. */
const stands = (step: StepState): boolean =>
  step.status === 'done' || step.status === 'overridden' || step.status === 'skipped'

/** The cutover was scheduled anew while it was looking: nobody waits for what it finds. */
const isForgotten = (state: CutoverState, step: string): boolean =>
  stepState(state, step).status === 'pending'

function dispatched(state: CutoverState, event: Of<'attempt dispatched'>): CutoverState {
  const { attempt: id, step: stepId, n, pool, forGate } = event.data
  const attempt: AttemptState = {
    id,
    step: stepId,
    n,
    pool,
    status: 'dispatched',
    ...(forGate !== undefined && { forGate }),
    requestedBy: event.actor,
    dispatchedAt: event.at,
  }
  const next = { ...state, attempts: { ...state.attempts, [id]: attempt } }
  if (forGate !== undefined)
    return touchStep(next, stepId, (step) => ({ ...step, attempts: [...step.attempts, id] }))
  const isLook = planStep(state, stepId).kind === 'check'
  return changeStep(next, stepId, event, (step) => ({
    ...without(step, 'asked', 'overranMs', 'timedOut'),
    attempts: [...step.attempts, id],
    status: isLook && stands(step) ? step.status : 'active',
    dueAt: step.dueAt ?? event.at,
  }))
}

function spawning(state: CutoverState, event: Of<'attempt spawning'>): CutoverState {
  const { step: id } = attemptState(state, event.data.attempt)
  const next = changeAttempt(state, event.data.attempt, (one) => ({
    ...one,
    status: 'spawning',
    spawningAt: event.at,
  }))
  const isRun = planStep(state, id).kind === 'run'
  const started = touchStep(next, id, (step) => ({
    ...step,
    startedAt: step.startedAt ?? event.at,
    inForce: step.inForce || isRun,
    undone: isRun ? false : step.undone,
  }))
  return openStatesOf(started, id, event.at)
}

function adopted(state: CutoverState, event: Of<'attempt adopted'>): CutoverState {
  const { attempt, worker } = event.data
  if (attemptState(state, attempt).status === 'unobserved')
    return seenAgain(state, event, { worker, status: 'running' })
  return changeAttempt(state, attempt, (one) => ({ ...one, worker }))
}

/** That its host is back says nothing of whether it was started: it is as far as it was. */
function observed(state: CutoverState, event: Of<'attempt observed'>): CutoverState {
  const { runningAt } = attemptState(state, event.data.attempt)
  return seenAgain(state, event, { status: runningAt === undefined ? 'spawning' : 'running' })
}

function seenAgain(
  state: CutoverState,
  event: Of<'attempt adopted' | 'attempt observed'>,
  change: Partial<AttemptState> & Pick<AttemptState, 'status'>,
): CutoverState {
  const { step } = attemptState(state, event.data.attempt)
  const next = changeAttempt(state, event.data.attempt, (one) => ({
    ...without(one, 'why'),
    ...change,
  }))
  if (stepState(state, step).status !== 'unknown') return next
  return changeStep(next, step, event, (one) => ({ ...without(one, 'asked'), status: 'active' }))
}

/** Nothing was started: the step is as it was before, unless people had asked it to stop. */
function revoked(state: CutoverState, event: Of<'attempt revoked'>): CutoverState {
  const attempt = attemptState(state, event.data.attempt)
  const next = changeAttempt(state, attempt.id, (one) => ({ ...one, status: 'revoked', why: event.data.why }))
  if (stepState(state, attempt.step).status !== 'active') return next
  return changeStep(next, attempt.step, event, (step) =>
    attempt.cancelRequested === undefined
      ? { ...step, status: 'due' }
      : { ...step, status: 'failed', reason: event.data.why },
  )
}

function refused(state: CutoverState, event: Of<'attempt refused'>): CutoverState {
  const { attempt: id, why, hint } = event.data
  const attempt = attemptState(state, id)
  const error = { message: why, hint, changed: 'Nothing was started.' }
  const next = changeAttempt(state, id, (one) => ({
    ...one,
    status: 'refused',
    why,
    error,
    endedAt: event.at,
  }))
  if (attempt.forGate !== undefined || isForgotten(state, attempt.step)) return next
  return changeStep(next, attempt.step, event, (step) => ({
    ...finish(step, 'failed', event.at),
    reason: why,
  }))
}

function cancelRequested(state: CutoverState, event: Of<'cancel requested'>): CutoverState {
  const { attempt: id, reason } = event.data
  const request = { by: event.actor, reason, at: event.at }
  const next = changeAttempt(state, id, (one) => ({ ...one, cancelRequested: request }))
  return changeStep(next, attemptState(state, id).step, event, (step) => step)
}

function ended(state: CutoverState, event: Of<'attempt ended'>): CutoverState {
  const { attempt: id, ...result } = event.data
  const before = attemptState(state, id)
  const next = changeAttempt(state, id, (one) => ({
    ...without(one, 'why'),
    ...result,
    status: 'ended',
    endedAt: event.at,
  }))
  const status = statusAfter(state, before, result)
  const was = stepState(state, before.step)
  const isAside = before.forGate !== undefined || isForgotten(state, before.step)
  if (isAside && status === was.status)
    return touchStep(next, before.step, (step) => ({ ...step, facts: { ...step.facts, ...result.facts } }))
  const after = changeStep(next, before.step, event, (step) => ({
    ...finish(step, status, event.at),
    ...(status === 'failed' && { reason: result.error?.message ?? result.summary }),
    facts: result.outcome === 'succeeded' ? result.facts : step.facts,
  }))
  return status === 'done' ? succeed(after, before.step, event.at) : after
}

/** A program that goes on without an answer waits no longer. */
function asked(state: CutoverState, event: Of<'attempt asked'>): CutoverState {
  const { attempt, ...said } = event.data
  const question = { ...said, at: event.at }
  return changeAttempt(state, attempt, (one) => {
    const before = one.questions ?? []
    const open = before.at(-1)?.then === 'waiting' ? before.slice(0, -1) : before
    return { ...one, questions: said.then === 'waiting' ? [...before, question] : [...open, question] }
  })
}

function statusAfter(
  state: CutoverState,
  attempt: AttemptState,
  result: Pick<Of<'attempt ended'>['data'], 'outcome' | 'verdict'>,
): StepStatus {
  const step = stepState(state, attempt.step)
  const { kind } = planStep(state, attempt.step)
  const look = attempt.forGate !== undefined
  if (isForgotten(state, attempt.step)) return step.status
  if (look && result.outcome === 'cancelled') return step.status
  const verdict = kind === 'check' ? result.verdict === 'green' : result.verdict !== 'red'
  const good = result.outcome === 'succeeded' && verdict
  const breached = kind === 'watch' && step.breaches.length > 0
  if (good && !breached) return 'done'
  // People went on from this red already; only their gate asks again.
  return look && step.status === 'overridden' ? 'overridden' : 'failed'
}

function lost(
  state: CutoverState,
  event: Of<'attempt unknown' | 'attempt unobserved'>,
  change: Pick<AttemptState, 'status' | 'why'>,
): CutoverState {
  const attempt = attemptState(state, event.data.attempt)
  const next = changeAttempt(state, attempt.id, (one) => ({ ...one, ...change }))
  if (attempt.forGate !== undefined || isForgotten(state, attempt.step)) return next
  return changeStep(next, attempt.step, event, (step) => ({
    ...without(step, 'asked', 'finishedAt'),
    status: 'unknown',
  }))
}
