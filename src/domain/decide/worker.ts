import type { Decision, Given, WorkerCommand } from '../commands.ts'
import type { CutoverEvent } from '../events.ts'
import { attemptState, isLive, isWaitingToSpawn, planStep } from '../lookup.ts'
import { isHeld, inStatus } from '../may.ts'
import { STEP_RULES } from '../permissions.ts'
import { refuse } from '../refusals.ts'
import type { AttemptState, CutoverState } from '../state.ts'
import { isOfBlocker, ofBlocker } from './unblock.ts'
import { accept, begins } from './deciding.ts'

type Of<Type extends WorkerCommand['type']> = Extract<WorkerCommand, { type: Type }>

export function worker(state: CutoverState, command: WorkerCommand, given: Given): Decision {
  const attempt = state.attempts[command.attempt]
  if (attempt === undefined) return refuse('attempt unknown', { attempt: command.attempt })
  const { actor } = given
  if (actor.kind !== 'worker' || actor.pool !== attempt.pool)
    return refuse('wrong pool', { attempt: attempt.id, pool: attempt.pool })
  if (isOfBlocker(command)) return ofBlocker(attempt, command, given.at)
  switch (command.type) {
    case 'claim':
      return claim(state, attempt, command)
    case 'spawn':
      return spawn(state, attempt, actor.worker)
    case 'report running':
      return reportRunning(attempt, command)
    case 'report adopted':
      return reportAdopted(attempt, command)
    case 'refuse':
      return wontStart(attempt, command)
    case 'report ended':
      return reportEnded(state, attempt, command)
    case 'report unknown':
      return reportUnknown(attempt, command)
    case 'report breach':
      return reportBreach(state, attempt, command)
    case 'report question':
      return reportQuestion(attempt, command)
  }
}

/** Why work that has not been spawned must not be; null when nobody said stop. */
export function stopped(state: CutoverState, attempt: AttemptState): string | null {
  if (attempt.cancelRequested !== undefined) return `it was cancelled: ${attempt.cancelRequested.reason}`
  const step = planStep(state, attempt.step)
  const statuses = step.place === 'plan' ? STEP_RULES.run.plan : STEP_RULES.run.rollback
  const wrongStatus = inStatus(state, 'start', statuses)
  if (wrongStatus !== null) return `the cutover is ${state.status}`
  if (step.kind === 'check') return null
  if (state.status === 'rollback stopped') return 'the rollback has stopped'
  return isHeld(state) === null ? null : 'the cutover is held'
}

const over = (attempt: AttemptState): Decision =>
  refuse('attempt over', { attempt: attempt.id, status: attempt.status })

const notYet = (attempt: AttemptState, needs: string): Decision =>
  refuse('attempt not there yet', { attempt: attempt.id, status: attempt.status, needs })

function claim(state: CutoverState, attempt: AttemptState, command: Of<'claim'>): Decision {
  const { worker, host } = command
  if (!isWaitingToSpawn(attempt)) return over(attempt)
  const why = stopped(state, attempt)
  if (why !== null) return refuse('attempt stopped', { attempt: attempt.id, why })
  if (attempt.worker === worker) return accept()
  if (attempt.worker !== undefined)
    return refuse('wrong worker', { attempt: attempt.id, worker: attempt.worker })
  return accept({ type: 'attempt claimed', data: { attempt: attempt.id, worker, host } })
}

/** The last look before anything begins. It is never answered with yes twice. */
function spawn(state: CutoverState, attempt: AttemptState, worker: string): Decision {
  if (attempt.status === 'dispatched') return notYet(attempt, 'claimed')
  if (attempt.status !== 'claimed') return over(attempt)
  if (attempt.worker !== worker)
    return refuse('wrong worker', { attempt: attempt.id, worker: attempt.worker ?? 'nobody' })
  const why = stopped(state, attempt)
  if (why !== null) return refuse('attempt stopped', { attempt: attempt.id, why })
  const pool = state.pools[attempt.pool]
  if (pool?.ready !== true)
    return refuse('pool not ready', {
      pool: attempt.pool,
      why: pool?.why ?? 'it has not said that it knows the runbook',
    })
  return accept(...begins(state, attempt.step), { type: 'attempt spawning', data: { attempt: attempt.id } })
}

function reportRunning(attempt: AttemptState, command: Of<'report running'>): Decision {
  const { id, status, runningAt } = attempt
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  if (!isLive(attempt)) return over(attempt)
  if (status === 'running' || runningAt !== undefined) return accept()
  const isRunning: CutoverEvent = { type: 'attempt running', data: { attempt: id, host: command.host } }
  // Its host was silent since the spawn: whoever says that it runs can see it.
  return status === 'unobserved'
    ? accept({ type: 'attempt observed', data: { attempt: id } }, isRunning)
    : accept(isRunning)
}

function reportAdopted(attempt: AttemptState, command: Of<'report adopted'>): Decision {
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  if (!isLive(attempt)) return over(attempt)
  if (attempt.status !== 'unobserved' && attempt.worker === command.worker) return accept()
  return accept({ type: 'attempt adopted', data: { attempt: attempt.id, worker: command.worker } })
}

function wontStart(attempt: AttemptState, command: Of<'refuse'>): Decision {
  const { why, hint } = command
  if (attempt.status === 'refused') return accept()
  // Its host may have been out of sight since the spawn; what was seen running was started.
  if (!isLive(attempt) || attempt.runningAt !== undefined) return over(attempt)
  return accept({ type: 'attempt refused', data: { attempt: attempt.id, why, hint } })
}

function reportEnded(state: CutoverState, attempt: AttemptState, command: Of<'report ended'>): Decision {
  const { type: _, ...data } = command
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  // Said twice, because the first answer was lost; what people declared meanwhile is another matter.
  if (attempt.status === 'ended' && attempt.outcome === command.outcome && attempt.why === undefined)
    return accept()
  if (!isLive(attempt) && attempt.status !== 'unknown') return over(attempt)
  const isCheck = planStep(state, attempt.step).kind === 'check'
  if (isCheck && command.outcome === 'succeeded' && command.verdict === undefined)
    return refuse('verdict missing', { attempt: attempt.id })
  return accept({ type: 'attempt ended', data })
}

function reportUnknown(attempt: AttemptState, command: Of<'report unknown'>): Decision {
  if (attempt.status === 'unknown') return accept()
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  if (!isLive(attempt)) return over(attempt)
  return accept({ type: 'attempt unknown', data: { attempt: attempt.id, why: command.why } })
}

function reportQuestion(attempt: AttemptState, command: Of<'report question'>): Decision {
  const { type: _, ...data } = command
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  if (!isLive(attempt)) return over(attempt)
  // Said twice, because the first answer was lost.
  if (command.n <= (attempt.questions?.at(-1)?.n ?? 0)) return accept()
  return accept({ type: 'attempt asked', data })
}

function reportBreach(state: CutoverState, attempt: AttemptState, command: Of<'report breach'>): Decision {
  const step = planStep(state, attempt.step)
  if (step.kind !== 'watch') return refuse('not a watch', { attempt: attempt.id })
  if (isWaitingToSpawn(attempt)) return notYet(attempt, 'spawning')
  if (!isLive(attemptState(state, attempt.id))) return over(attempt)
  const { check, answer } = command
  return accept({
    type: 'watch breached',
    data: { step: step.id, check, answer, ...(step.breach !== undefined && { trigger: step.breach }) },
  })
}
