import type { Decision, LeaderCommand } from '../commands.ts'
import { isWaitingToSpawn, planStep, stepState } from '../lookup.ts'
import { noticeKey } from '../notices.ts'
import { refuse } from '../refusals.ts'
import type { AttemptState, CutoverState } from '../state.ts'
import type { Given } from '../commands.ts'
import { drafted } from './approve.ts'
import { accept, dispatch, foresee } from './deciding.ts'
import { slackAway, slackBack } from './slack.ts'
import { stopped } from './worker.ts'

type Of<Type extends LeaderCommand['type']> = Extract<LeaderCommand, { type: Type }>
export type Report = Exclude<LeaderCommand, { type: 'advance' }>

export function leader(state: CutoverState, command: Report, given: Given): Decision {
  switch (command.type) {
    case 'report unobserved':
      return unobserved(state, command)
    case 'report observed':
      return observed(state, command)
    case 'revoke':
      return revoke(state, command, given)
    case 'report notice':
    case 'report notice failure':
    case 'report notice parked':
      return notice(state, command)
    case 'report slack away':
      return slackAway(state, command, given)
    case 'report slack back':
      return slackBack(state)
    case 'report draft':
      return drafted(state, command, given)
    case 'report page': {
      const { type: _, ...data } = command
      return accept({ type: 'pager called', data })
    }
    case 'report timeline':
      return accept({ type: 'timeline posted', data: { channel: command.channel, head: command.head } })
    case 'report timeline mail': {
      const { type: _, ...data } = command
      return accept({ type: 'timeline mailed', data })
    }
    case 'report rehearsal': {
      const known = state.rehearsals.some((one) => one.cutover === command.rehearsal.cutover)
      return known ? accept() : accept({ type: 'rehearsal recorded', data: command.rehearsal })
    }
  }
}

const over = (attempt: AttemptState): Decision =>
  refuse('attempt over', { attempt: attempt.id, status: attempt.status })

function unobserved(state: CutoverState, command: Of<'report unobserved'>): Decision {
  const attempt = state.attempts[command.attempt]
  if (attempt === undefined) return refuse('attempt unknown', { attempt: command.attempt })
  if (attempt.status === 'unobserved') return accept()
  if (attempt.status !== 'spawning' && attempt.status !== 'running') return over(attempt)
  return accept({ type: 'attempt unobserved', data: { attempt: attempt.id, since: command.since } })
}

function observed(state: CutoverState, command: Of<'report observed'>): Decision {
  const attempt = state.attempts[command.attempt]
  if (attempt === undefined) return refuse('attempt unknown', { attempt: command.attempt })
  if (attempt.status === 'spawning' || attempt.status === 'running') return accept()
  if (attempt.status !== 'unobserved') return over(attempt)
  return accept({ type: 'attempt observed', data: { attempt: attempt.id } })
}

/** A worker that vanished before the spawn started nothing, so what was asked for is simply asked for again. */
function revoke(state: CutoverState, command: Of<'revoke'>, given: Given): Decision {
  const attempt = state.attempts[command.attempt]
  if (attempt === undefined) return refuse('attempt unknown', { attempt: command.attempt })
  if (attempt.status === 'revoked') return accept()
  if (!isWaitingToSpawn(attempt)) return over(attempt)
  const revoked = { type: 'attempt revoked', data: { attempt: attempt.id, why: command.why } } as const
  if (stopped(state, attempt) !== null) return accept(revoked)
  const after = foresee(state, [revoked], given.actor, given.at)
  const { forGate } = attempt
  return accept(revoked, dispatch(after, attempt.step, forGate === undefined ? {} : { forGate }))
}

function notice(
  state: CutoverState,
  command: Of<'report notice' | 'report notice failure' | 'report notice parked'>,
): Decision {
  const { step } = command
  if (state.plan.steps[step] === undefined) return refuse('step unknown', { step })
  const { kind, title } = planStep(state, step)
  if (kind !== 'tell') return refuse('not for this step', { action: 'notice', title, kind })
  const { notices, startedAt } = stepState(state, step)
  // What was sent for an earlier occasion went out all the same: on record, and no answer for this one.
  const late = command.since !== startedAt && ({ late: true } as const)
  const known = late ? undefined : notices[noticeKey(command.audience, command.medium)]
  if (command.type === 'report notice') {
    const { type: _, since: __, ...data } = command
    return known === 'delivered' ? accept() : accept({ type: 'notice delivered', data: { ...data, ...late } })
  }
  if (command.type === 'report notice parked') {
    const { type: _, since: __, ...data } = command
    return known === undefined ? accept({ type: 'notice parked', data: { ...data, ...late } }) : accept()
  }
  const { type: _, since: __, ...data } = command
  return known === undefined ? accept({ type: 'notice failed', data: { ...data, ...late } }) : accept()
}
