import type { AckAsk } from '../../domain/team/acks.ts'
import type { Ack } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { actions, button, context, message, section, settledLine, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue } from './buttons.ts'
import { ackTitle } from './team-words.ts'
import { actor, clock, mentions, moment, person, value } from './words.ts'

/** The holder of a role is asked whether they are there. */
export function ackMessage(state: CutoverState, { role, says, gates }: AckAsk, { askedOf }: Ack): Content {
  const what = says === 'available' ? 'Will you be available on the day?' : 'Are you here?'
  const forGates = gates.map((gate) => `“${value(state.plan.steps[gate]?.title ?? gate, 80)}”`).join(', ')
  const title = value(state.plan.roles[role]?.title ?? role, 80)
  const when = says === 'available' ? ` The cutover begins ${moment(state.plannedStart)}.` : ''
  const backup = state.holders[role]?.backup
  const part = `${role}/${says}`
  return message(`${mentions([askedOf])} ${what} You are ${title}; ${forGates} waits for it.`, [
    section(`${mentions([askedOf])}  *${what}* You are ${title}; ${forGates} waits for it.${when}`),
    ...(backup === undefined ? [] : [context(`Your stand-in is ${person(backup)}.`)]),
    ...actions([
      button({
        action: ACTIONS.ackYes,
        label: says === 'available' ? 'I am available' : 'I am here',
        style: 'primary',
        value: cutoverValue(state, part),
      }),
      button({ action: ACTIONS.ackNo, label: 'I am not', value: cutoverValue(state, part) }),
    ]),
  ])
}

export function ackedLine(state: CutoverState, ask: AckAsk, ack: Ack | undefined): Content {
  const title = value(ackTitle(state, ask), 120)
  if (ack?.answer === undefined) return settledLine(`– Not asked any more · ${title}`)
  const { answer, by, at } = ack.answer
  return settledLine(`${answer === 'yes' ? '✓ Yes' : '✗ NO'}, by ${actor(by)} ${clock(at)} · ${title}`)
}
