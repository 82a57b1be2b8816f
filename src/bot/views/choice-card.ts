import type { KnownBlock } from '@slack/types'
import { choiceState, planChoice } from '../../domain/alternatives.ts'
import { planStep } from '../../domain/lookup.ts'
import { mayChoose } from '../../domain/may-choose.ts'
import { leadOf } from '../../domain/people.ts'
import type { Choice, PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { button, section, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { actor, clock, count, dotted, joined, mentions, owners, value } from './words.ts'

const TITLES_MAX = 5

/** Who is asked to choose: the role that the runbook names, else the lead. */
export function choosers(state: CutoverState, id: string): readonly PersonId[] {
  const { by } = planChoice(state, id)
  if (by !== undefined) return owners(state, by)
  const lead = leadOf(state)
  return lead === undefined ? [] : [lead]
}

/** A question with a button per option; once a step of the one taken has started, one line is left of it. */
export function choiceCard(state: CutoverState, id: string): Content {
  const choice = planChoice(state, id)
  const { option } = choiceState(state, id)
  const isOpen = mayChoose(state, id, undefined) === null
  const text = option === undefined ? askText(state, choice) : takenText(state, id, option)
  const others = isOpen ? choice.options.filter((one) => one.id !== option) : []
  return {
    text: text.replaceAll('*', ''),
    blocks: [section(text), ...others.map((one) => optionBlock(state, choice, one, option !== undefined))],
  }
}

const askText = (state: CutoverState, { id, question, options }: Choice): string =>
  `${mentions(choosers(state, id))}  *${value(question)}* Please choose: ${joined(options.map((one) => value(one.id, 60)))}.`

function takenText(state: CutoverState, id: string, option: string): string {
  const { by, at, reason } = choiceState(state, id)
  const who = by === undefined || at === undefined ? '' : ` by ${actor(by)} ${clock(at)}`
  return `*${value(planChoice(state, id).question)}* ${value(option, 60)}${who}${reason === undefined ? '' : `: ${value(reason)}`}`
}

function optionBlock(
  state: CutoverState,
  { id, question }: Choice,
  option: Choice['options'][number],
  isChange: boolean,
): KnownBlock {
  // What would take them back belongs to an option too, and is not what one chooses.
  const steps = option.steps.map((step) => planStep(state, step)).filter(({ place }) => place === 'plan')
  const highMs = steps.reduce((sum, { estimate }) => sum + (estimate?.highMs ?? 0), 0)
  const titles = steps.slice(0, TITLES_MAX).map(({ title }) => value(title, 80))
  const more = steps.length > TITLES_MAX ? [`and ${steps.length - TITLES_MAX} more`] : []
  const about = dotted([count(steps.length, 'step'), highMs > 0 && `up to ${durationText(highMs)}`])
  return section(
    `*${value(option.id, 60)}* — ${about}\n${[...titles, ...more].join('; ')}`,
    button({
      action: ACTIONS.choose,
      label: isChange ? 'Take this instead' : 'Take this',
      about: `${question}: ${option.id}`,
      value: {
        cutover: state.id,
        subject: id,
        part: option.id,
        revision: choiceState(state, id).revision,
      },
    }),
  )
}
