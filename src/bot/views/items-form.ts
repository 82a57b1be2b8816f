import type { KnownBlock, ModalView } from '@slack/types'
import { itemChoices } from '../../domain/choices.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { clip, context, input, section } from '../blocks.ts'
import { ACTIONS, FORMS, type ButtonValue } from '../ids.ts'
import { fieldInputs } from './act-form.ts'
import { INPUTS, inputOf, remember } from './forms.ts'
import { modal, radio, typed } from './modal.ts'
import { actor, clock, mentions, owners, value } from './words.ts'

const RESULTS = [
  { label: 'Done', value: 'done' },
  { label: 'Failed', value: 'failed' },
  { label: 'Not applicable', value: 'na' },
]
/** With its heading, fields and note this fills a modal. */
const ITEMS_MAX = 60
const WORDS = { done: '✓ done', failed: '✗ FAILED', na: '– not applicable' } as const

/**
 * The items of a `do`: answered ones and those of others to read, open ones of this person each with its own answer.
 * Null for a step without items.
 */
export function itemsForm(state: CutoverState, button: ButtonValue, whose?: PersonId): ModalView | null {
  const step = state.plan.steps[button.subject]
  const own = state.steps[button.subject]
  if (step?.kind !== 'do' || step.items.length === 0 || own === undefined) return null
  const mine = itemChoices(state, step.id, 'tick', whose)
  const unanswered = step.items.filter((item) => own.items[item.id] === undefined)
  const open = unanswered.filter(({ id }) => mine.includes(id))
  const others = unanswered.filter(({ id }) => !mine.includes(id))
  const answered = step.items.filter((item) => own.items[item.id] !== undefined)
  return modal({
    id: FORMS.items,
    title: 'Items',
    submit: 'Record',
    memory: remember({ ...button, action: ACTIONS.items }),
    blocks: [
      section(`*${value(step.title)}*${step.help === undefined ? '' : `\n${value(step.help, 1_500)}`}`),
      ...readBlock([
        ...answered.map((item) => answerLine(state, step.id, item)),
        ...others.map(({ text, by }) => `☐ ${value(text)} — ${mentions(owners(state, by ?? step.by))}`),
      ]),
      ...open.slice(0, ITEMS_MAX).map((item) =>
        input({
          id: inputOf.item(item.id),
          label: item.by === undefined ? clip(item.text, 1_900) : `${clip(item.text, 1_800)} (${item.by})`,
          element: radio(RESULTS),
          optional: true,
        }),
      ),
      ...(open.length > ITEMS_MAX
        ? [context(`${open.length - ITEMS_MAX} more when these are recorded.`)]
        : []),
      ...fieldInputs(state, step.id, { areNeededLater: unanswered.length > 0 }),
      input({
        id: INPUTS.note,
        label: 'Why, for what failed or does not apply',
        element: typed({ long: true }),
        optional: true,
      }),
    ],
  })
}

function answerLine(
  state: CutoverState,
  step: string,
  item: { readonly id: string; readonly text: string },
): string {
  const tick = state.steps[step]?.items[item.id]
  if (tick === undefined) return value(item.text)
  const note = tick.note === undefined ? '' : `: ${value(tick.note)}`
  return `${WORDS[tick.result]} ${value(item.text)} — ${actor(tick.by)} ${clock(tick.at)}${note}`
}

const readBlock = (lines: readonly string[]): KnownBlock[] =>
  lines.length === 0 ? [] : [section(lines.join('\n'))]
