import type { ModalView } from '@slack/types'
import { input } from '../blocks.ts'
import { FORMS } from '../ids.ts'
import { INPUTS, remember, type NoteMemory } from './forms.ts'
import { menu, modal, typed } from './modal.ts'

/** A message that is added to the timeline, or a note of one's own; asks for the cutover where several are open. */
export function noteForm(options: {
  readonly memory: NoteMemory
  readonly text?: string
  readonly cutovers?: readonly { readonly id: string; readonly title: string; readonly environment: string }[]
}): ModalView {
  const { memory, text, cutovers = [] } = options
  const choices = cutovers.map((one) => ({ label: `${one.title} · ${one.environment}`, value: one.id }))
  return modal({
    id: FORMS.note,
    title: 'Add to timeline',
    submit: 'Add',
    memory: remember(memory),
    blocks: [
      ...(memory.cutover === undefined && choices.length > 0
        ? [input({ id: INPUTS.cutover, label: 'Cutover', element: menu(choices) })]
        : []),
      input({
        id: INPUTS.note,
        label: 'Note',
        element: typed({ long: true, ...(text === undefined ? {} : { initial: text }) }),
      }),
    ],
  })
}
