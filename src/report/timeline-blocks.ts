import type { KnownBlock } from '@slack/types'
import { anchorText } from '../app/anchor.ts'
import { durationText } from '../templates/format.ts'
import { WRITERS } from '../templates/helpers.ts'
import { cutForSlack } from '../templates/slack-text.ts'
import type { Timeline, TimelineStep } from './timeline.ts'
import {
  actualText,
  decisionText,
  durationsLine,
  headline,
  plannedText,
  remarkText,
  resultText,
  type Voice,
} from './wording.ts'

/** A message of Slack: `text` is what a notification shows. */
export interface TimelineMessage {
  readonly text: string
  readonly blocks: KnownBlock[]
}

const SECTION_MAX = 2_000
/** Slack refuses about 13,200 for a whole message. */
const MESSAGE_MAX = 12_000
const TABLE_ROWS_MAX = 80
const CELL_MAX = 80
const VALUE_MAX = 160
/** Slack counts something for every object around a text. */
const CELL_SHARE = 25

/**
 * The timeline as one message: the verdict, the steps planned against actual, decisions, deviations. What does
 * not fit Slack's limits is left out with its number; the files hold all of it.
 */
export function timelineBlocks(timeline: Timeline): TimelineMessage {
  const voice = slackVoice(timeline)
  const { cutover, log } = timeline
  const mark = cutover.live ? '' : '*REHEARSAL* · '
  const head = `${mark}*${headline(timeline, voice)}*`
  const durations = durationsLine(timeline, voice)
  const plain: Voice = { ...voice, person: (id) => plainName(timeline, id), time: plainTime(timeline) }
  const foot = [
    `runbook ${voice.value(cutover.runbook)} ${cutover.hash.slice(0, 6)}`,
    `${log.events} events`,
    // Whole, so that it is an anchor: `cutover verify --head` takes it as it stands here.
    ...(log.head === undefined ? [] : [`record \`${anchorText({ position: log.events, hash: log.head })}\``]),
    `times of the table in ${voice.value(cutover.zone)}`,
  ]
  const verdict = section(
    [`${head}\n${voice.value(cutover.title)} · ${voice.value(cutover.environment)}`, durations]
      .filter(Boolean)
      .join('\n'),
  )
  const below = [
    ...list(
      'Decisions',
      timeline.decisions.map((decision) => decisionText(decision, voice)),
    ),
    ...list(
      'Deviations',
      timeline.deviations.map((remark) => remarkText(remark, timeline, voice)),
    ),
    ...list(
      'What did not work',
      timeline.setbacks.map((remark) => remarkText(remark, timeline, voice)),
    ),
    contextOf(foot.join(' · ')),
  ]
  // The table gets what the rest leaves.
  const room = MESSAGE_MAX - JSON.stringify([verdict, ...below]).length
  return {
    text: `${cutover.live ? '' : 'REHEARSAL · '}${voice.value(cutover.title)}: ${headline(timeline, plain)}`,
    blocks: [verdict, ...stepTable(timeline, room), ...below],
  }
}

function slackVoice(timeline: Timeline): Voice {
  const writer = WRITERS.slack
  return {
    person: (id) => writer.person({ id, name: plainName(timeline, id) }),
    time: (at) => writer.time(at, { zone: timeline.cutover.zone, show: 'time' }),
    value: (text) => writer.value(clip(text, VALUE_MAX)),
  }
}

function plainName(timeline: Timeline, id: string): string {
  return id === 'cutover' ? 'Cutover' : (timeline.people.find((one) => one.id === id)?.name ?? id)
}

function plainTime(timeline: Timeline): Voice['time'] {
  return (at) => WRITERS.text.time(at, { zone: timeline.cutover.zone, show: 'time' })
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: cutForSlack(text, SECTION_MAX), verbatim: true } }
}

function contextOf(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] }
}

/** Lines until the section is full, and how many more there are. */
function list(title: string, lines: readonly string[]): KnownBlock[] {
  if (lines.length === 0) return []
  const shown: string[] = []
  let length = title.length
  for (const line of lines) {
    length += line.length + 3
    if (length > SECTION_MAX - 80) break
    shown.push(`• ${line}`)
  }
  if (shown.length < lines.length) shown.push(`… and ${lines.length - shown.length} more in timeline.md`)
  return [section(`*${title}*\n${shown.join('\n')}`)]
}

/** All steps, or those that matter most, or the first of them: what fits one table. */
function stepTable({ steps, cutover }: Timeline, room: number): KnownBlock[] {
  const rehearsed = steps.some((step) => step.rehearsedMs !== undefined)
  const heads = ['Step', 'Planned', ...(rehearsed ? ['Rehearsed'] : []), 'Actual', 'Result']
  const row = (step: TimelineStep) => [
    step.title,
    plannedText(step, cutover.zone),
    ...(rehearsed ? [step.rehearsedMs === undefined ? '' : durationText(step.rehearsedMs)] : []),
    actualText(step, cutover.zone),
    step.kind === 'run' || step.result === 'failed'
      ? `${resultText(step)}: ${step.detail}`
      : resultText(step),
  ]
  const all = steps.map((step) => ({ matters: mattersMost(step), cells: row(step).map(cellText) }))
  const chosen = size(all) <= room && all.length <= TABLE_ROWS_MAX ? all : all.filter((one) => one.matters)
  const fitting = chosen.filter((_, index) => {
    const upTo = chosen.slice(0, index + 1)
    return index < TABLE_ROWS_MAX && size(upTo) <= room
  })
  const missing = steps.length - fitting.length
  const note = [`… ${missing} more in timeline.md`, ...heads.slice(1).map(() => ' ')]
  const rows = [heads, ...fitting.map((one) => one.cells), ...(missing === 0 ? [] : [note])]
  return steps.length === 0
    ? []
    : [{ type: 'table', rows: rows.map((cells) => cells.map((text) => ({ type: 'raw_text', text }))) }]
}

function mattersMost(step: TimelineStep): boolean {
  return (
    step.kind === 'run' ||
    step.kind === 'watch' ||
    step.undone ||
    !['done', 'not applicable'].includes(step.result)
  )
}

function size(rows: readonly { readonly cells: readonly string[] }[]): number {
  return rows.reduce(
    (sum, { cells }) => sum + cells.reduce((all, cell) => all + cell.length + CELL_SHARE, CELL_SHARE),
    0,
  )
}

/** A cell has one line and is never empty; Slack refuses an empty one. */
function cellText(text: string): string {
  const line = WRITERS.text.value(text).replace(/: $/, '')
  return line === '' ? ' ' : clip(line, CELL_MAX)
}

function clip(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
