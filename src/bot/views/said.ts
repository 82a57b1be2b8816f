import type { CutoverState, Status } from '../../domain/state.ts'
import { openStates, planStep, stepState } from '../../domain/lookup.ts'
import { irreversibleInForce } from '../../domain/in-force.ts'
import { forecast } from '../../domain/forecast.ts'
import type { Instant, Phase } from '../../domain/plan.ts'
import { durationText } from '../../templates/format.ts'
import { downtimeMs } from '../../templates/downtime.ts'
import { actions, context, section, type Content } from '../blocks.ts'
import { assignButton, resumeButton, rollbackButton, whyButton } from './buttons.ts'
import { leadOf } from '../../domain/people.ts'
import { waysBack } from '../../domain/ways-back.ts'
import { wayBackLines } from './ways-back.ts'
import { actor, clock, dotted, joined, mentions, moment, owners, person, statusText, value } from './words.ts'

export const plainMessage = (text: string): Content => ({ text, blocks: [section(text)] })

/** Nothing new starts until somebody resumes. Who holds in a hurry says why afterwards. */
export function heldMessage(state: CutoverState): Content | null {
  const { held } = state
  if (held === undefined) return null
  const lead = leadOf(state)
  const text = `*HELD* by ${actor(held.by)} ${clock(held.at)}: ${value(held.reason)}`
  return {
    text: `${lead === undefined ? '' : person(lead)} ${text.replaceAll('*', '')}`,
    blocks: [
      section(
        [
          `${lead === undefined ? '' : `${person(lead)}  `}${text}`,
          ...notesSince(state, held.at),
          'Nothing new starts. What runs goes on; ticks, votes and checks stay open.',
        ].join('\n'),
      ),
      ...actions([...resumeButton(state), ...whyButton(state)]),
    ],
  }
}

const NOTES_MAX = 4

/** What people wrote while it is held: most of it says why. */
const notesSince = ({ notes }: CutoverState, at: Instant): readonly string[] =>
  notes
    .filter((note) => note.at >= at)
    .slice(-NOTES_MAX)
    .map((note) => `${actor(note.by)} ${clock(note.at)}: ${value(note.text)}`)

/** Somebody wants to turn back, and the runbook asks for more people. */
export function rollbackAskedMessage(state: CutoverState): Content | null {
  const [first] = state.rollbackAsked
  if (first === undefined) return null
  const { approvers } = state.plan.rollback
  const asked = [...new Set(Object.keys(approvers).flatMap((role) => owners(state, role)))]
  const missing = asked.filter((one) => !state.rollbackAsked.some((other) => other.person === one))
  const who = state.rollbackAsked
    .map((one) => `${person(one.person)} ${clock(one.at)}: ${value(one.reason)}`)
    .join('\n')
  const needs = Object.entries(approvers)
    .map(([role, count]) => `${role} ${count}`)
    .join(', ')
  return {
    text: `${mentions(missing)} ${person(first.person)} wants to roll back: ${value(first.reason)}. It needs ${value(needs)}.`,
    blocks: [
      section(`${mentions(missing)}  *ROLL BACK?* It needs ${value(needs)}.\n${who}`),
      ...actions(rollbackButton(state)),
    ],
  }
}

/** One holder hands on the role of somebody who is away; a second one must say so too. */
export function handoverMessage(state: CutoverState, role: string): Content | null {
  const handover = state.handovers[role]
  if (handover === undefined) return null
  const title = state.plan.roles[role]?.title ?? role
  const text = `${actor(handover.by)} wants ${person(handover.person)} to take ${value(title)}: ${value(handover.reason)}. Another holder must confirm.`
  const others = owners(state, undefined).filter(
    (one) => handover.by.kind !== 'person' || one !== handover.by.person,
  )
  return {
    text: `${mentions(others)} ${text}`,
    blocks: [section(`${mentions(others)}  ${text}`), ...actions([assignButton(state, role)])],
  }
}

/** Steps in the life of the cutover that the channel is told, once each. */
export function lifeMessage(state: CutoverState): Content | null {
  const by = actor(state.changed.by)
  switch (state.status) {
    case 'watching':
      return plainMessage(
        `*Every step that changes something is carried out.* Watching; rolling back stays possible.${openText(state)}`,
      )
    case 'guarded':
      return plainMessage(
        `*Completed.* ${state.guardedUntil === undefined ? '' : `On call until ${moment(state.guardedUntil)}; rolling back stays possible until then.`}`,
      )
    case 'rolled back':
      return plainMessage(
        [
          `*Rolled back* ${clock(state.rollback?.finishedAt ?? state.changed.at)}.`,
          ...leftBehind(state, notUndone(state).map(withReason)),
        ].join('\n'),
      )
    case 'rollback stopped':
      return stoppedMessage(state)
    case 'postponed':
      return plainMessage(`*Postponed* by ${by} ${clock(state.changed.at)}. A new time is given by the lead.`)
    case 'abandoned':
      return plainMessage(
        `*Abandoned* by ${by} ${clock(state.endedAt ?? state.changed.at)}.${openText(state)}`,
      )
    case 'closed':
      return plainMessage(`*Closed* ${moment(state.endedAt ?? state.changed.at)}.`)
    case 'scheduled':
    case 'running':
    case 'rolling back':
      return null
  }
}

/** What is left to do: the step it stopped at, or another way back in the runbook's order, with what it loses. */
function stoppedMessage(state: CutoverState): Content {
  const text =
    '*The rollback has stopped.* It goes on when people have dealt with the step it stopped at: retry it, skip it, or say how it ended.'
  const left = waysBack(state, state.changed.at).filter(({ isTried }) => !isTried)
  if (left.length === 0) return plainMessage(text)
  return {
    text: text.replaceAll('*', ''),
    blocks: [
      section(`${text} Or take another way back:`),
      ...left.map((way) => section(wayBackLines(state, way).join('\n'))),
      ...actions(rollbackButton(state)),
    ],
  }
}

/** What a rollback did not bring back, a line each; without any of it, that says so. */
function leftBehind(state: CutoverState, notUndone: readonly string[]): readonly string[] {
  const stays = irreversibleInForce(state).map((id) => value(planStep(state, id).title, TITLE_MAX))
  const open = openStates(state)
  const lines = [
    ...(notUndone.length === 0 ? [] : [`*Not done:* ${notUndone.slice(0, LEFT_MAX).join('; ')}`]),
    ...(stays.length === 0 ? [] : [`*Stays as it is:* ${joined(stays.slice(0, LEFT_MAX))}`]),
    ...(open.length === 0 ? [] : [`*Still open:* ${value(open.join(', '))}`]),
  ]
  return lines.length === 0 ? ['Every step of the way back was carried out.'] : lines
}

const TITLE_MAX = 100
const LEFT_MAX = 8

interface Undone {
  readonly title: string
  readonly how: string
  readonly why: string
}

/** Steps of the way back that were passed over. */
const notUndone = (state: CutoverState): readonly Undone[] =>
  (state.rollback?.order ?? []).flatMap((id) => {
    const { status, reason, tick } = stepState(state, id)
    if (status === 'done') return []
    const step = planStep(state, id)
    return [
      {
        title: value(step.title, TITLE_MAX),
        how: statusText(step, status),
        why: value(reason ?? tick?.note ?? '', 200),
      },
    ]
  })

const withReason = ({ title, how, why }: Undone): string => `${title} (${how}${why === '' ? '' : `: ${why}`})`

function openText(state: CutoverState): string {
  const open = openStates(state)
  return open.length === 0 ? '' : ` Still open: ${value(open.join(', '))}.`
}

/** What is left of a message that nothing stands behind any more. */
export function overMessage(key: string, state: CutoverState): Content {
  const by =
    state.changed.event === 'cutover resumed'
      ? ` by ${actor(state.changed.by)} ${clock(state.changed.at)}`
      : ''
  const text = key.startsWith('held/')
    ? `Held, and resumed${by}.`
    : 'This belongs to what was before; see the messages below.'
  return { text, blocks: [context(text)] }
}

const OPS: { readonly [S in Status]?: string } = {
  watching: 'Carried out; watching.',
  guarded: 'Done.',
  'rolling back': 'Rolling back.',
  'rollback stopped': 'The rollback has stopped; people are at it.',
  'rolled back': 'Rolled back.',
  postponed: 'Postponed.',
  abandoned: 'Abandoned.',
  closed: 'Closed.',
}

/** One line for #ops when the state of the cutover changes; null for states it is not told about. */
export function opsStatusLine(state: CutoverState, now: Instant): Content | null {
  const said = OPS[state.status]
  if (said === undefined) return null
  const downtime = downtimeMs(state.openings, now)
  return plainMessage(
    dotted([
      `${opsTitle(state)}: ${said}`,
      (state.status === 'guarded' || state.status === 'rolled back') &&
        downtime > 0 &&
        `down for ${durationText(downtime)}`,
      state.status === 'rolling back' && state.rollback !== undefined && value(state.rollback.reason),
      ...(state.status === 'rolled back'
        ? leftBehind(
            state,
            notUndone(state).map(({ title, how }) => `${title} (${how})`),
          )
        : []),
    ]),
  )
}

/** One line for #ops when a phase begins. It is said once, so its forecast is that of the moment. */
export function opsPhaseLine(state: CutoverState, phase: Phase, now: Instant): Content {
  const number = state.plan.phases.indexOf(phase) + 1
  const { done } = forecast(state, now)
  return plainMessage(
    dotted([
      `${opsTitle(state)}: phase ${number} of ${state.plan.phases.length}, ${value(phase.title, 100)}`,
      state.status === 'running' && `expected end ${clock(Math.ceil(done.high / 60_000) * 60_000)}`,
    ]),
  )
}

export const opsTitle = (state: CutoverState): string =>
  `${state.plan.live ? '' : '*REHEARSAL* · '}${value(state.plan.title, 150)}`
