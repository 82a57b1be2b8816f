import { planStep } from '../../domain/lookup.ts'
import type { AttemptState, CutoverState } from '../../domain/state.ts'
import { attemptReply } from '../views/attempt-reply.ts'
import type { Desired, Look } from './kinds.ts'
import { cardOf } from './desired-phases.ts'

/** A reply for each attempt of a run or watch under the card of its step, and its masked log when it has ended. */
export function threadMessages(state: CutoverState, { progress }: Look): readonly Desired[] {
  const shown = Object.values(state.attempts).filter(({ step }) => planStep(state, step).kind !== 'check')
  return shown.flatMap((attempt): readonly Desired[] => {
    const thread = cardOf(state, attempt.step)
    if (thread === undefined) return []
    const reply = {
      kind: 'message',
      key: `thread/${attempt.id}`,
      channel: 'own',
      thread,
      priority: 'progress',
      content: attemptReply(state, attempt, progress),
    } as const
    return [reply, ...logOf(state, attempt, thread)]
  })
}

function logOf(state: CutoverState, attempt: AttemptState, thread: string): readonly Desired[] {
  const hasLog = attempt.digest !== undefined && attempt.digest !== ''
  if (!hasLog || !state.plan.channel.isPrivate) return []
  return [
    {
      kind: 'file',
      key: `file/${attempt.id}`,
      thread,
      name: `${attempt.id}.log`,
      title: `${planStep(state, attempt.step).title}, attempt ${attempt.n}: masked output`,
      attempt: attempt.id,
    },
  ]
}
