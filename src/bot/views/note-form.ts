import type { KnownBlock, ModalView } from '@slack/types'
import { input } from '../blocks.ts'
import { FORMS } from '../ids.ts'
import { INPUTS, remember, type NoteMemory } from './forms.ts'
import { menu, modal, typed } from './modal.ts'

interface MessageForm {
  readonly memory: NoteMemory
  readonly text?: string
  readonly cutovers?: readonly { readonly id: string; readonly title: string; readonly environment: string }[]
}

/** A message that is added to the timeline, or a note of one's own; asks for the cutover where several are open. */
export const noteForm = (options: MessageForm): ModalView =>
  modal({
    id: FORMS.note,
    title: 'Add to timeline',
    submit: 'Add',
    memory: remember(options.memory),
    blocks: [...whichCutover(options), words('Note', options)],
  })

/** What a user of the system reports, with the number of its ticket where there is one. */
export const reportForm = (options: MessageForm): ModalView =>
  modal({
    id: FORMS.report,
    title: 'Report from a user',
    submit: 'File it',
    memory: remember(options.memory),
    blocks: [
      ...whichCutover(options),
      words('What do they say?', options),
      input({ id: INPUTS.ticket, label: 'Ticket', element: typed(), optional: true }),
      input({
        id: INPUTS.count,
        label: 'How many people?',
        hint: 'One unless said.',
        element: typed(),
        optional: true,
      }),
    ],
  })

function whichCutover({ memory, cutovers = [] }: MessageForm): KnownBlock[] {
  const choices = cutovers.map((one) => ({ label: `${one.title} · ${one.environment}`, value: one.id }))
  if (memory.cutover !== undefined || choices.length === 0) return []
  return [input({ id: INPUTS.cutover, label: 'Cutover', element: menu(choices) })]
}

const words = (label: string, { text }: MessageForm): KnownBlock =>
  input({
    id: INPUTS.note,
    label,
    element: typed({ long: true, ...(text === undefined ? {} : { initial: text }) }),
  })
