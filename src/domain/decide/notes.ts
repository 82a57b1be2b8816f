import type { Decision, LocalActCommand, PersonCommand } from '../commands.ts'
import { mayCutover } from '../may.ts'
import { CUTOVER_RULES } from '../permissions.ts'
import { isOver } from '../lookup.ts'
import { refusal, refuse } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { accept, badText, no, unknownStep } from './deciding.ts'
import type { By } from './deciding.ts'

type Of<Type extends PersonCommand['type']> = Extract<PersonCommand, { type: Type }>

const noText = (what: string, text: string) =>
  text.trim() === '' ? refusal('text not usable', { what, why: 'it is empty' }) : badText(what, text)

export function note(state: CutoverState, command: Of<'note'>, by: By): Decision {
  const { text, author, link, step } = command
  const refused =
    mayCutover(state, 'note', by.person) ??
    (step === undefined ? null : unknownStep(state, step)) ??
    noText('note', text) ??
    badText('link', link ?? '')
  if (refused !== null) return no(refused)
  const more = {
    ...(author !== undefined && { author }),
    ...(link !== undefined && { link }),
    ...(step !== undefined && { step }),
  }
  return accept({ type: 'note added', data: { text, ...more } })
}

/** It has happened already, so it is written down whatever the state, as long as the record is open. */
export function localAct(state: CutoverState, { text }: LocalActCommand): Decision {
  return isOver(state.status)
    ? refuse('wrong state', { action: 'note', status: state.status, allowed: CUTOVER_RULES.note.statuses })
    : accept({ type: 'note added', data: { text } })
}
