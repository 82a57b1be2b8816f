import type { Button } from '@slack/types'
import type { Instant } from '../../domain/plan.ts'
import { leadOf } from '../../domain/people.ts'
import { debriefUntil } from '../../domain/team/afterwards.ts'
import { dueOf, openFollowUps } from '../../domain/team/follow-ups.ts'
import type { FollowUp } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { actions, button, message, section, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue, isOffered } from './buttons.ts'
import { ownerText } from './team-words.ts'
import { actor, clock, dotted, moment, person, value } from './words.ts'

/** Somebody's turn of being on call has begun. */
export function shiftMessage(state: CutoverState): Content | null {
  const { shift, status } = state
  if (shift === undefined || status !== 'guarded') return null
  const holder = state.holders[shift.role]
  const title = value(state.plan.roles[shift.role]?.title ?? shift.role, 80)
  const lead = leadOf(state)
  const text =
    holder === undefined
      ? `${lead === undefined ? '' : `${person(lead)} `}Nobody holds ${title}, who is on call until ${moment(shift.until)}. Assign it.`
      : `${person(holder.person)} is on call as ${title} until ${moment(shift.until)}. What goes out of bounds mentions them; rolling back stays possible.`
  return message(text, [section(text)])
}

/** What is left to do, each with its owner and time. */
export function followUpsMessage(state: CutoverState): Content | null {
  if (state.followUps.length === 0) return null
  const open = openFollowUps(state)
  const lines = state.followUps.slice(0, FOLLOW_UPS_MAX).map((one) => followUpLine(state, one))
  return message(`Follow-ups: ${open.length} of ${state.followUps.length} open.`, [
    section(`*Follow-ups*  ${open.length} of ${state.followUps.length} open`),
    section(lines.join('\n'), undefined, 2_900),
    ...actions(followUpButtons(state)),
  ])
}

const FOLLOW_UPS_MAX = 20

export function followUpLine(state: CutoverState, one: FollowUp): string {
  const title = `*${value(one.title, 150)}* (${value(one.id, 60)})`
  const { closed } = one
  if (closed === undefined)
    return `☐ ${title} — ${dotted([ownerText(state, one.owner), `due ${moment(dueOf(state, one))}`])}`
  const said = closed.text === undefined ? '' : `: ${value(closed.text, 150)}`
  return `${closed.waived ? '– waived' : '✓ done'} ${title} — ${actor(closed.by)} ${clock(closed.at)}${said}`
}

function followUpButtons(state: CutoverState): Button[] {
  const first = openFollowUps(state)[0]?.id
  return [
    ...(first === undefined
      ? []
      : [
          button({ action: ACTIONS.closeFollowUp, label: 'Close…', value: cutoverValue(state, first) }),
          button({ action: ACTIONS.waiveFollowUp, label: 'Waive…', value: cutoverValue(state, first) }),
        ]),
    button({ action: ACTIONS.addFollowUp, label: 'Add…', value: cutoverValue(state) }),
  ]
}

/** Its owner is reminded: it is due, and nobody has closed it. */
export function reminderMessage(state: CutoverState, followUp: FollowUp): Content {
  const owner = ownerText(state, followUp.owner)
  const due = moment(dueOf(state, followUp))
  const text = `${owner} “${value(followUp.title, 300)}” was due ${due} and is open.`
  return message(text, [
    section(text),
    ...actions([
      button({ action: ACTIONS.closeFollowUp, label: 'Done…', value: cutoverValue(state, followUp.id) }),
      button({ action: ACTIONS.waiveFollowUp, label: 'Waive…', value: cutoverValue(state, followUp.id) }),
    ]),
  ])
}

/** The end was reached: everybody may say what went well and what did not, for two days. */
export function debriefMessage(state: CutoverState, now: Instant): Content | null {
  const until = debriefUntil(state)
  if (until === null || !isOffered(state, 'debrief')) return null
  const isOpen = now <= until
  const given = state.debriefs.length
  const text = isOpen
    ? `*Debrief* until ${moment(until)}: what went well, what should be better, what is to be done. ${given === 0 ? 'Nobody has said anything yet.' : `${given} so far.`}`
    : `*Debrief* closed with ${given === 1 ? 'one contribution' : `${given} contributions`}.`
  const buttons = [
    button({ action: ACTIONS.debrief, label: 'Debrief…', value: cutoverValue(state) }),
    ...(isOffered(state, 'user report')
      ? [button({ action: ACTIONS.userReport, label: 'Report from a user…', value: cutoverValue(state) })]
      : []),
  ]
  return message(text.replaceAll('*', ''), [section(text), ...(isOpen ? actions(buttons) : [])])
}
