import type { KnownBlock, ModalView } from '@slack/types'
import { planStep } from '../../domain/lookup.ts'
import type { Plan, Step, Target } from '../../domain/plan.ts'
import { poolNews } from '../../domain/pools.ts'
import { plannedAt } from '../../domain/time.ts'
import type { CutoverState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { context, section } from '../blocks.ts'
import { FORMS } from '../ids.ts'
import { modal } from './modal.ts'
import { clock, dotted, statusText, value } from './words.ts'

const LINES_MAX = 20
/** Slack takes 250 KB a view and 100 blocks. */
const BLOCKS_MAX = 90

/** The whole runbook of a cutover to read: phases, steps, who, when, how long. */
export function planView(state: CutoverState): ModalView {
  const { plan } = state
  const rollback = [
    ...plan.rollback.before,
    ...Object.keys(plan.steps).filter((id) => plan.steps[id]?.place === 'undo'),
    ...plan.rollback.options.flatMap(({ steps = [] }) => steps),
    ...plan.rollback.after,
  ]
  const blocks = [
    section([headText(plan), ...poolNews(state).map((news) => `*Hosts*  ${value(news, 400)}`)].join('\n')),
    ...plan.phases.flatMap((phase) =>
      stepsBlocks(
        `*${value(phase.title)}*`,
        phase.steps.map((id) => stepLine(state, id)),
      ),
    ),
    ...stepsBlocks(
      '*If it is rolled back*',
      rollback.map((id) => stepLine(state, id)),
    ),
  ]
  const left = blocks.length - BLOCKS_MAX
  return modal({
    id: FORMS.plan,
    title: 'Plan',
    blocks:
      left > 0
        ? [...blocks.slice(0, BLOCKS_MAX), context('The rest: `cutover plan` in a terminal.')]
        : blocks,
  })
}

export function headText(plan: Plan): string {
  const targets = Object.values(plan.targets).map((target) => `${target.name} (${identityText(target)})`)
  return [
    `*${value(plan.title)}* · ${value(plan.environment)} · ${plan.live ? '*LIVE*' : 'REHEARSAL'}`,
    dotted([
      `${plan.phases.reduce((sum, phase) => sum + phase.steps.length, 0)} steps in ${plan.phases.length} phases`,
      `window ${windowText(plan)}`,
      `zone ${value(plan.window.zone)}`,
      `runbook ${value(plan.runbook)} ${plan.hash.slice(0, 6)}`,
    ]),
    ...(targets.length === 0 ? [] : [`Databases: ${value(targets.join(', '))}`]),
  ].join('\n')
}

/** What a target is, and how it is recognised before each step that changes it. */
function identityText({ kind, identity = {} }: Target): string {
  const { database, host, path, systemIdentifier, marker } = identity
  const words = [
    database,
    host !== undefined && `on ${host}`,
    path,
    systemIdentifier !== undefined && `system ${systemIdentifier}`,
    marker !== undefined && `marked ${marker.value}`,
  ].filter((word) => typeof word === 'string')
  return words.length === 0 ? kind : `${kind}, ${words.join(' ')}`
}

export function windowText({ window }: Plan): string {
  const { lengthMs, expectedMs, bufferMs } = window
  const expected = expectedMs === undefined ? '' : `, expected to take ${durationText(expectedMs)}`
  const buffer = bufferMs === undefined ? '' : `, ${durationText(bufferMs)} kept free after it`
  return `${durationText(lengthMs)}${expected}${buffer}`
}

/** Steps under a heading, cut into sections that Slack takes. */
function stepsBlocks(heading: string, lines: readonly string[]): KnownBlock[] {
  if (lines.length === 0) return []
  const pages = Array.from({ length: Math.ceil(lines.length / LINES_MAX) }, (_, page) =>
    lines.slice(page * LINES_MAX, (page + 1) * LINES_MAX),
  )
  return pages.map((page, index) => section([...(index === 0 ? [heading] : []), ...page].join('\n')))
}

function stepLine(state: CutoverState, id: string): string {
  const step = planStep(state, id)
  const at = step.place === 'plan' ? plannedAt(state, id) : null
  return `${statusText(step, state.steps[id]?.status ?? 'pending')} ${value(step.title, 80)} — ${dotted([
    KINDS[step.kind],
    step.by === undefined ? 'anybody' : value(step.by, 40),
    at !== null && clock(at),
    step.estimate !== undefined && `up to ${durationText(step.estimate.highMs)}`,
    step.critical && 'two people',
    step.branch !== undefined &&
      `only if ${value(step.branch.choice, 40)} is ${value(step.branch.option, 40)}`,
  ])}`
}

const KINDS: { readonly [Kind in Step['kind']]: string } = {
  do: 'by hand',
  check: 'check',
  run: 'machine',
  decide: 'decision',
  tell: 'notice',
  watch: 'watch',
}
