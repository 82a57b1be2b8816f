import type { Instant, PersonId } from '../../domain/plan.ts'
import { subjectTitle } from '../../domain/team/escalation.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { actions, button, message, section, settledLine, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue } from './buttons.ts'
import { contactLines } from './contacts.ts'
import { actor, clock, mentions, minutes, value } from './words.ts'

/** A level of the escalation: these people join now, until somebody has it. */
export function escalationMessage(state: CutoverState, subject: string, level: number): Content {
  const { roles = [], afterMs = 0 } = state.plan.escalation[level - 1] ?? {}
  const who = mentioned(state, roles)
  const missing = roles.filter((role) => state.holders[role] === undefined)
  const title = value(subjectTitle(state, subject), 200)
  const text = `*Level ${level}:* “${title}” has been open for ${durationText(afterMs)} and nobody has it.`
  const lines = [
    `${mentions(who)}  ${text}`,
    ...(missing.length === 0
      ? []
      : [`Nobody holds ${value(missing.join(', '), 200)}: the lead can assign it.`]),
    ...contactLines(state),
  ]
  return message(`${mentions(who)} ${text.replaceAll('*', '')}`, [
    section(lines.join('\n')),
    ...actions([
      button({
        action: ACTIONS.takeOn,
        label: 'I have it',
        style: 'primary',
        value: cutoverValue(state, subject),
      }),
    ]),
  ])
}

/** What is left of a level that was called. */
export function calledLine(state: CutoverState, subject: string, level: number): Content {
  const title = value(subjectTitle(state, subject), 150)
  const clockOf = state.escalations[subject]
  const taken = clockOf?.taken
  if (taken !== undefined)
    return settledLine(`✓ ${actor(taken.by)} has it since ${clock(taken.at)} · ${title}`)
  if (clockOf === undefined) return settledLine(`– Settled · ${title}`)
  return settledLine(`Level ${level} was called; level ${clockOf.level} is called now · ${title}`)
}

/** Clocks that run because something is open, for the board. */
export const calledText = (state: CutoverState, now: Instant): string =>
  Object.entries(state.escalations)
    .slice(0, CALLED_MAX)
    .map(([subject, { since, level, taken }]) =>
      [
        `“${value(subjectTitle(state, subject), 60)}” open for ${minutes(now - since)}`,
        level > 0 ? `level ${level} called` : '',
        taken === undefined ? '*nobody has it*' : `${actor(taken.by)} has it`,
      ]
        .filter((part) => part !== '')
        .join(', '),
    )
    .join(' · ')

const CALLED_MAX = 3

const mentioned = (state: CutoverState, roles: readonly string[]): readonly PersonId[] => [
  ...new Set(roles.flatMap((role) => state.holders[role]?.person ?? [])),
]
