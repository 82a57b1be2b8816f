import type { CutoverState, Status } from '../../domain/state.ts'
import { openStates } from '../../domain/lookup.ts'
import { forecast } from '../../domain/forecast.ts'
import type { Instant, Phase } from '../../domain/plan.ts'
import { durationText } from '../../templates/format.ts'
import { downtimeMs } from '../../templates/downtime.ts'
import { actions, context, section, type Content } from '../blocks.ts'
import { assignButton, resumeButton, rollbackButton } from './buttons.ts'
import { leadOf } from '../../domain/people.ts'
import { actor, clock, dotted, mentions, moment, owners, person, value } from './words.ts'

const plainMessage = (text: string): Content => ({ text, blocks: [section(text)] })

/** Nothing new starts until somebody resumes. */
export function heldMessage(state: CutoverState): Content | null {
  const { held } = state
  if (held === undefined) return null
  const lead = leadOf(state)
  const text = `*HELD* by ${actor(held.by)} ${clock(held.at)}: ${value(held.reason)}`
  return {
    text: `${lead === undefined ? '' : person(lead)} ${text.replaceAll('*', '')}`,
    blocks: [
      section(
        `${lead === undefined ? '' : `${person(lead)}  `}${text}\nNothing new starts. What runs goes on; ticks, votes and checks stay open.`,
      ),
      ...actions(resumeButton(state)),
    ],
  }
}

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
        `*Rolled back* ${clock(state.rollback?.finishedAt ?? state.changed.at)}.${openText(state)}`,
      )
    case 'rollback stopped':
      return plainMessage(
        '*The rollback has stopped.* It goes on when people have dealt with the step it stopped at.',
      )
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
  'rolled back': 'Rolled back: everything runs as before.',
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

const opsTitle = (state: CutoverState): string =>
  `${state.plan.live ? '' : '*REHEARSAL* · '}${value(state.plan.title, 150)}`
