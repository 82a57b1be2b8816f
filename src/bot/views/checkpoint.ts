import type { Phase } from '../../domain/plan.ts'
import { leadOf } from '../../domain/people.ts'
import { phaseSummary } from '../../domain/team/checkpoints.ts'
import type { Checkpoint } from '../../domain/team/state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { actions, button, message, section, type Content } from '../blocks.ts'
import { ACTIONS } from '../ids.ts'
import { cutoverValue, isOffered, rollbackButton } from './buttons.ts'
import { actor, clock, count, dotted, person, value } from './words.ts'

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
        ...(isOffered(state, 'hold')
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
