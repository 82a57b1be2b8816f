import { choiceState, planChoice } from '../alternatives.ts'
import type { Decision, PersonCommand } from '../commands.ts'
import { mayChoose } from '../may-choose.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { accept, badText, no, stale } from './deciding.ts'
import type { By } from './deciding.ts'

type Choose = Extract<PersonCommand, { type: 'choose' }>

/** Choosing what is chosen already changes nothing. */
export function choose(state: CutoverState, command: Choose, by: By): Decision {
  const { choice, option, reason = '' } = command
  if (state.plan.choices[choice] === undefined)
    return no(refusal('choice unknown', { choice, known: Object.keys(state.plan.choices) }))
  const known = planChoice(state, choice).options.map(({ id }) => id)
  const refused =
    stale(choiceState(state, choice), by) ?? mayChoose(state, choice, by.person) ?? badText('reason', reason)
  if (refused !== null) return no(refused)
  if (!known.includes(option)) return no(refusal('option unknown', { option, known }))
  if (choiceState(state, choice).option === option) return accept()
  return accept({
    type: 'option chosen',
    data: { choice, option, ...(reason.trim() !== '' && { reason }) },
  })
}
