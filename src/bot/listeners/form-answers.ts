import type { ViewOutput } from '@slack/bolt'
import type { Refused } from '../../app/handle-command.ts'
import { INPUTS, inputOf } from '../views/forms.ts'
import { inputsOf } from './surfaces.ts'

/** What stands in a form, by block_id; empty answers are left out. */
export type FormAnswers = ReadonlyMap<string, string>

export function answersOf(view: ViewOutput): FormAnswers {
  const found = new Map<string, string>()
  for (const [block, elements] of Object.entries(view.state.values)) {
    const [element] = Object.values(elements)
    const answer = element?.value ?? element?.selected_option?.value ?? element?.selected_user
    if (typeof answer === 'string' && answer.trim() !== '') found.set(block, answer)
  }
  return found
}

/** Answers of inputs that come in several: `field/location` → `location`, with `under` as `inputOf.field`. */
export function answersUnder(answers: FormAnswers, under: (name: string) => string): Record<string, string> {
  const prefix = under('')
  return Object.fromEntries(
    [...answers]
      .filter(([block]) => block.startsWith(prefix))
      .map(([block, answer]) => [block.slice(prefix.length), answer]),
  )
}

/** Which input a refusal is about. Those that are not listed are about the form as a whole. */
const INPUT_OF: { readonly [code: string]: string } = {
  'reason missing': INPUTS.reason,
  'text not usable': INPUTS.reason,
  'criterion met': INPUTS.part,
  'issue unknown': INPUTS.part,
  'name wrong': INPUTS.name,
  'time in the past': INPUTS.time,
  'role unknown': INPUTS.role,
  'not eligible': INPUTS.person,
  'already holds': INPUTS.person,
  'backup missing': INPUTS.backup,
  'backup is holder': INPUTS.backup,
  'running attempts': INPUTS.running,
  'trigger unknown': INPUTS.trigger,
  'option missing': INPUTS.option,
  'option unknown': INPUTS.option,
  'option tried': INPUTS.option,
  'option not possible': INPUTS.option,
}

/** A refusal beside the input that it is about, or beside the first one. Null for a form without inputs. */
export function errorBeside(view: ViewOutput, { code, message }: Refused): Record<string, string> | null {
  const inputs = inputsOf(view)
  const field = inputs.find((block) => {
    const name = block.startsWith(inputOf.field('')) ? block.slice(inputOf.field('').length) : ''
    return name !== '' && code.startsWith('field') && message.includes(`\u201C${name}\u201D`)
  })
  const meant =
    field ?? (code === 'reason missing' && !inputs.includes(INPUTS.reason) ? INPUTS.note : INPUT_OF[code])
  const block = inputs.find((one) => one === meant) ?? inputs[0]
  return block === undefined ? null : { [block]: message }
}
