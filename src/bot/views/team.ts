import type { Button, KnownBlock } from '@slack/types'
import { availableActions } from '../../domain/choices.ts'
import type { Instant, PersonId, Phase } from '../../domain/plan.ts'
import { leadOf } from '../../domain/people.ts'
import { debriefUntil } from '../../domain/team/afterwards.ts'
import type { AckAsk } from '../../domain/team/acks.ts'
import { phaseSummary } from '../../domain/team/checkpoints.ts'
import { subjectTitle } from '../../domain/team/escalation.ts'
import { dueOf, openFollowUps } from '../../domain/team/follow-ups.ts'
import type { Ack, Checkpoint, FollowUp, Issue } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { actions, button, context, section, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue, rollbackButton } from './buttons.ts'
import { ackTitle, ownerText } from './team-words.ts'
import { URGENCY } from './turning-back.ts'
import { actor, clock, count, dotted, mentions, minutes, moment, person, value } from './words.ts'

const message = (text: string, blocks: readonly KnownBlock[]): Content => ({ text, blocks: [...blocks] })

/** One line that stays of what was asked. */
export const settledLine = (text: string): Content => message(text, [context(text)])

const mentioned = (state: CutoverState, roles: readonly string[]): readonly PersonId[] => [
  ...new Set(roles.flatMap((role) => state.holders[role]?.person ?? [])),
]

const may = (state: CutoverState, action: ReturnType<typeof availableActions>[number]): boolean =>
  availableActions(state).includes(action)

/** An open issue, with what may be done about it and the triggers that its step may meet. */
export function issueMessage(state: CutoverState, issue: Issue): Content {
  const owner = issue.owner === undefined ? '' : `${ownerText(state, issue.owner)}  `
  const step = issue.step === undefined ? undefined : state.plan.steps[issue.step]
  const triggers = state.plan.rollback.triggers.filter(
    (one) => one.urgency !== 'never' && issue.step !== undefined && one.steps.includes(issue.step),
  )
  const head = `${owner}*Issue ${value(issue.id)}* · ${issueWords(issue)}`
  const lines = [
    head,
    value(issue.text, 1_500),
    dotted([
      `by ${actor(issue.by)} ${clock(issue.at)}`,
      step !== undefined && `about “${value(step.title, 100)}”`,
    ]),
    ...triggers.map((one) => `The trigger “${value(one.text, 200)}” says: *${URGENCY[one.urgency]}*.`),
  ]
  const buttons: Button[] = [
    ...(may(state, 'change issue')
      ? [button({ action: ACTIONS.changeIssue, label: 'Change…', value: cutoverValue(state, issue.id) })]
      : []),
    ...(may(state, 'close issue')
      ? [button({ action: ACTIONS.closeIssue, label: 'Close…', value: cutoverValue(state, issue.id) })]
      : []),
    ...(triggers.length > 0 ? rollbackButton(state) : []),
  ]
  return message(`${owner}Issue ${issue.id}, ${issue.severity}: ${value(issue.text, 300)}`, [
    section(lines.join('\n')),
    ...actions(buttons),
  ])
}

const issueWords = ({ severity, kind }: Issue): string =>
  `${severity === 'high' || severity === 'critical' ? `*${severity.toUpperCase()}*` : severity} · ${kind}`

export const closedIssue = (issue: Issue): Content =>
  settledLine(
    `✓ Issue ${value(issue.id)} closed${issue.closedBy === undefined ? '' : ` by ${actor(issue.closedBy)}`}${
      issue.closedAt === undefined ? '' : ` ${clock(issue.closedAt)}`
    } · ${value(issue.text, 150)}${issue.resolution === undefined ? '' : `: ${value(issue.resolution, 300)}`}`,
  )

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

/** Companies and people outside, who are called by telephone. */
export const contactLines = ({ plan }: CutoverState): readonly string[] =>
  Object.values(plan.contacts).map((one) =>
    dotted([
      `• ${value(one.name, 100)}`,
      one.phone !== undefined && value(one.phone, 60),
      one.email !== undefined && value(one.email, 100),
      one.link !== undefined && value(one.link, 200),
      one.text !== undefined && value(one.text, 200),
    ]),
  )

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

/** The end of a phase: PASS or FAIL by criterion, how long it took, what came out. */
export function checkpointMessage(state: CutoverState, phase: Phase, checkpoint: Checkpoint): Content {
  const { result, accepted, evidence } = checkpoint
  const isOpen = result === 'failed' && accepted === undefined
  const word = result === 'passed' ? 'PASS' : 'FAIL'
  const head = `*Checkpoint* ${value(phase.title, 100)}: *${word}* at ${sinceStart(checkpoint.afterStartMs)}`
  const lead = leadOf(state)
  const asked = isOpen && lead !== undefined ? `${person(lead)}  ` : ''
  const lines = [
    ...evidence.map(
      (one) =>
        `${one.met ? '✓ PASS' : '✗ FAIL'}  *${value(titleOf(state, one.criterion), 120)}* · ${value(one.answer, 200)}`,
    ),
    phaseLine(state, phase),
    ...(accepted === undefined
      ? []
      : [`Gone on from by ${actor(accepted.by)} ${clock(accepted.at)}: ${value(accepted.reason, 300)}`]),
  ].filter((line) => line !== '')
  const buttons = isOpen
    ? [
        button({
          action: ACTIONS.acceptCheckpoint,
          label: 'Go on anyway…',
          value: cutoverValue(state, phase.id),
        }),
        ...(may(state, 'hold')
          ? [button({ action: ACTIONS.hold, label: 'Hold', value: cutoverValue(state) })]
          : []),
        ...rollbackButton(state),
      ]
    : []
  return message(
    `${asked}Checkpoint ${value(phase.title, 100)}: ${word}.${isOpen ? ' Nothing behind it begins until the lead decides.' : ''}`,
    [
      section(`${asked}${head}`),
      ...(lines.length === 0 ? [] : [section(lines.join('\n'))]),
      ...actions(buttons),
    ],
  )
}

const titleOf = (state: CutoverState, criterion: string): string =>
  state.plan.steps[criterion]?.title ?? criterion

const sinceStart = (ms: number): string =>
  `T${ms < 0 ? '-' : '+'}${durationText(Math.floor(Math.abs(ms) / 60_000) * 60_000)}`

const FACTS_MAX = 6

/** How long a phase took, what was found in it, and its issues; empty while it is open. */
export function phaseLine(state: CutoverState, phase: Phase): string {
  const { startedAt, endedAt, facts, issues } = phaseSummary(state, phase)
  if (startedAt === undefined || endedAt === undefined) return ''
  const open = issues.filter(({ closedAt }) => closedAt === undefined).length
  return dotted([
    `took ${durationText(endedAt - startedAt)}`,
    ...facts.slice(0, FACTS_MAX).map((one) => `${value(one.name, 30)} ${value(one.value, 60)}`),
    issues.length > 0 && `${count(issues.length, 'issue')}${open > 0 ? `, ${open} open` : ''}`,
  ])
}

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
  if (until === null || !may(state, 'debrief')) return null
  const isOpen = now <= until
  const given = state.debriefs.length
  const text = isOpen
    ? `*Debrief* until ${moment(until)}: what went well, what should be better, what is to be done. ${given === 0 ? 'Nobody has said anything yet.' : `${given} so far.`}`
    : `*Debrief* closed with ${given === 1 ? 'one contribution' : `${given} contributions`}.`
  const buttons = [
    button({ action: ACTIONS.debrief, label: 'Debrief…', value: cutoverValue(state) }),
    ...(may(state, 'user report')
      ? [button({ action: ACTIONS.userReport, label: 'Report from a user…', value: cutoverValue(state) })]
      : []),
  ]
  return message(text.replaceAll('*', ''), [section(text), ...(isOpen ? actions(buttons) : [])])
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
