import { lastEnded } from '../../domain/criteria.ts'
import { lastAttempt, planStep, stepState } from '../../domain/lookup.ts'
import { poolObstacle } from '../../domain/pools.ts'
import { rehearsedMs } from '../../domain/rehearsed.ts'
import { plannedAt } from '../../domain/time.ts'
import type { Phase } from '../../domain/plan.ts'
import type { CutoverState, StepState } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { section, type Content } from '../blocks.ts'
import { waitingText } from './asked.ts'
import { lineButton } from './buttons.ts'
import { pages } from './phases.ts'
import { phaseLine } from './checkpoint.ts'
import { reportsText } from './team-words.ts'
import { actor, clock, doneIn, dotted, person, statusText, value } from './words.ts'

/** Fifteen of these, with their buttons, stay below what Slack takes for a message. */
const LINE_MAX = 420
const TITLE_MAX = 150
const DETAIL_MAX = 140
/** What a machine found; its thread and the timeline keep it whole. */
const SUMMARY_MAX = 80

/** One page of a phase: a line for each step with what it is at and what may be done. */
export function phaseCard(state: CutoverState, phase: Phase, page: number): Content {
  const number = state.plan.phases.indexOf(phase) + 1
  const heading = `Phase ${number} of ${state.plan.phases.length}: ${phase.title}`
  const remark = dotted([phaseLine(state, phase), checkpointWord(state, phase)])
  return stepsCard(state, { heading, steps: phase.steps, page, ...(remark === '' ? {} : { remark }) })
}

function checkpointWord(state: CutoverState, { id, checkpoint }: Phase): string {
  if (checkpoint === undefined) return ''
  const judged = state.checkpoints[id]
  if (judged === undefined) return ''
  if (judged.accepted !== undefined) return 'checkpoint *FAIL*, gone on from'
  return `checkpoint ${judged.result === 'passed' ? 'PASS' : '*FAIL*'}`
}

/** The rollback under way, like a phase. */
export function rollbackCard(state: CutoverState, page: number): Content {
  const { rollback } = state
  if (rollback === undefined) return { text: 'There is no rollback.', blocks: [] }
  const trigger = state.plan.rollback.triggers.find((one) => one.id === rollback.trigger)
  const stopped = state.status === 'rollback stopped' ? 'STOPPED: it waits for people' : undefined
  const finished = rollback.finishedAt === undefined ? undefined : `finished ${clock(rollback.finishedAt)}`
  const remark = dotted([
    `by ${actor(rollback.by)} ${clock(rollback.startedAt)}: ${value(rollback.reason)}`,
    trigger !== undefined && `trigger: ${value(trigger.text, 120)}`,
    ...wayText(state),
    stopped,
    finished,
  ])
  return stepsCard(state, { heading: 'Rollback', remark, steps: rollback.order, page })
}

/** Which of several ways back it goes, and which it gave up. */
function wayText({ plan, rollback }: CutoverState): readonly string[] {
  const titleOf = (id: string): string =>
    value(plan.rollback.options.find((one) => one.id === id)?.title ?? id, 80)
  if (rollback?.option === undefined) return []
  const given = rollback.tried.map((id) => `given up: ${titleOf(id)}`)
  return [`way back: ${titleOf(rollback.option)}`, ...given]
}

interface Card {
  readonly heading: string
  readonly remark?: string
  readonly steps: readonly string[]
  readonly page: number
}

function stepsCard(state: CutoverState, { heading, remark, steps, page }: Card): Content {
  const cut = pages(steps)
  const shown = cut[page] ?? []
  const part = cut.length > 1 ? ` (${page + 1} of ${cut.length})` : ''
  const done = `${doneIn(state, steps)} of ${steps.length} done`
  return {
    text: `${value(heading)}${part}: ${done}. ${shown.map((id) => plainLine(state, id)).join('; ')}`.slice(
      0,
      3_000,
    ),
    blocks: [
      section(`*${value(heading)}*${part} · ${done}${remark === undefined ? '' : `\n${remark}`}`),
      ...shown.map((id) => section(stepLine(state, id), lineButton(state, id), LINE_MAX)),
    ],
  }
}

function plainLine(state: CutoverState, id: string): string {
  const step = planStep(state, id)
  return `${value(step.title, 60)} ${statusText(step, stepState(state, id).status)}`
}

export function stepLine(state: CutoverState, id: string): string {
  const step = planStep(state, id)
  const own = stepState(state, id)
  const undone = own.undone ? ' (undone)' : ''
  const head = `${statusText(step, own.status)}${undone}  *${value(step.title, TITLE_MAX)}*`
  const detail = detailText(state, id, own)
  return detail === '' ? head : `${head}\n${detail}`
}

function detailText(state: CutoverState, id: string, own: StepState): string {
  switch (own.status) {
    case 'pending':
      return dotted([
        ...plannedText(state, id),
        own.movedTo !== undefined && `moved to ${clock(own.movedTo)}`,
      ])
    case 'due':
      return dotted([
        ...plannedText(state, id),
        own.lateMs !== undefined && `*late by ${durationText(Math.floor(own.lateMs / 60_000) * 60_000)}*`,
        poolObstacle(state, planStep(state, id)) !== null && '*its host does not know this runbook*',
        itemsText(state, id),
      ])
    case 'active':
      return activeText(state, id, own)
    case 'unknown':
      return value(lastAttempt(state, id)?.why ?? own.reason ?? 'Nobody knows how it ended.', DETAIL_MAX)
    default:
      return settledText(state, id, own)
  }
}

function plannedText(state: CutoverState, id: string): readonly string[] {
  const step = planStep(state, id)
  const planned = step.place === 'plan' ? plannedAt(state, id) : null
  const holder = step.by === undefined ? undefined : state.holders[step.by]?.person
  const rehearsed = rehearsedMs(state, id)
  return [
    planned === null ? '' : `planned ${clock(planned)}`,
    step.estimate === undefined ? '' : `up to ${durationText(step.estimate.highMs)}`,
    rehearsed === undefined ? '' : `rehearsed ${durationText(rehearsed)}`,
    holder === undefined ? value(step.by ?? '', 40) : person(holder),
  ].filter((part) => part !== '')
}

function itemsText(state: CutoverState, id: string): string {
  const step = planStep(state, id)
  if (step.kind !== 'do' || step.items.length === 0) return ''
  return `${Object.keys(stepState(state, id).items).length} of ${step.items.length} items`
}

function activeText(state: CutoverState, id: string, own: StepState): string {
  const step = planStep(state, id)
  if (step.kind === 'decide') return 'open: see its card below'
  const attempt = lastAttempt(state, id)
  const since = attempt?.spawningAt ?? own.startedAt
  const waits = waitingText(attempt)
  return dotted([
    since === undefined ? 'starting' : `since ${clock(since)}`,
    waits !== undefined && `*waits for input:* ${waits}`,
    step.kind === 'watch' && reportsText(state),
    step.estimate !== undefined && `estimated up to ${durationText(step.estimate.highMs)}`,
    own.overranMs !== undefined && '*longer than estimated*',
    attempt?.cancelRequested !== undefined && `being stopped for ${actor(attempt.cancelRequested.by)}`,
    attempt?.host !== undefined && value(attempt.host, 60),
  ])
}

/** Who or what settled it, when, how long it took and what came out. */
function settledText(state: CutoverState, id: string, own: StepState): string {
  const attempt = lastEnded(state, id)
  const isDone = own.status === 'done'
  const said = isDone ? own.tick?.note : (own.reason ?? own.tick?.note)
  const found = isDone ? attempt?.summary : undefined
  return dotted([
    whoAndWhen(own, attempt?.endedAt),
    !isSetAside(own) && attempt?.durationMs !== undefined && durationText(attempt.durationMs),
    said === undefined ? found !== undefined && value(found, SUMMARY_MAX) : value(said, DETAIL_MAX),
    ...Object.entries(own.fields).map(([name, text]) => `${value(name, 30)}: ${value(text, 60)}`),
  ])
}

const isSetAside = ({ status }: StepState): boolean => status === 'skipped' || status === 'overridden'

function whoAndWhen(own: StepState, endedAt: number | undefined): string {
  const by = own.tick?.by ?? (isSetAside(own) ? own.changed?.by : undefined)
  const at = own.finishedAt ?? endedAt ?? own.changed?.at
  return [by === undefined ? '' : `by ${actor(by)}`, at === undefined ? '' : clock(at)]
    .filter((part) => part !== '')
    .join(' ')
}
