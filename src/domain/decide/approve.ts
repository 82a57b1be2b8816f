import type { Decision, Given, LeaderCommand, PersonCommand } from '../commands.ts'
import { stepState } from '../lookup.ts'
import { wantsDraft } from '../notices.ts'
import type { CutoverState } from '../state.ts'
import { accept, badReason, badText, begins, no, stale } from './deciding.ts'
import type { By } from './deciding.ts'
import { refusedForStep } from './work.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

/** What was read is what goes out: the text of the draft, or the one that was written instead. */
export function approve(state: CutoverState, command: Of<'approve'>, by: By): Decision {
  const { step, text } = command
  const refused = refusedForStep(state, 'approve', step, by) ?? badText('text', text ?? '')
  if (refused !== null) return no(refused)
  const { draft, status } = stepState(state, step)
  const written = text === undefined || text.trim() === '' ? {} : { text: text.trim() }
  return accept(...(status === 'due' ? begins(state, step) : []), {
    type: 'notice approved',
    data: { step, hash: draft?.hash ?? '', ...written },
  })
}

export function reject(state: CutoverState, command: Of<'reject'>, by: By): Decision {
  const { step, reason } = command
  const refused = refusedForStep(state, 'reject', step, by) ?? badReason('reject', reason)
  if (refused !== null) return no(refused)
  return accept({
    type: 'notice rejected',
    data: { step, hash: stepState(state, step).draft?.hash ?? '', reason },
  })
}

/** A draft that comes when none is wanted any more, or that was written for what has changed since, changes nothing. */
export function drafted(
  state: CutoverState,
  command: Extract<LeaderCommand, { type: 'report draft' }>,
  given: Given,
): Decision {
  const { type: _, ...data } = command
  const isWanted =
    wantsDraft(state, command.step, given.at) && stale(stepState(state, command.step), given) === null
  return isWanted ? accept({ type: 'notice drafted', data }) : accept()
}
