import { durationText, timeText } from '../templates/format.ts'
import { escapeMarkdown, listSection, markdownVoice, tableLines } from './markdown-voice.ts'
import type { Timeline, TimelineStep } from './timeline.ts'
import {
  actualText,
  countText,
  decisionText,
  durationsLine,
  headline,
  remarkText,
  resultText,
} from './wording.ts'
import type { Voice } from './wording.ts'

/** The most that a comment on a pull request takes, with room for what a person adds. */
const MOST_CHARACTERS = 20_000

/** `pull-request.md`: the record short enough for a pull request or a ticket: times, operators, commands, results. */
export function pullRequestMarkdown(timeline: Timeline): string {
  const voice = markdownVoice(timeline)
  const { cutover, times, steps, deviations, setbacks, decisions, log } = timeline
  const machine = steps.filter(({ kind, attempts }) => kind === 'run' && attempts.length > 0)
  const durations = durationsLine(timeline, voice)
  const sections = [
    [
      `### ${escapeMarkdown(cutover.title)}: ${headline(timeline, voice)}`,
      '',
      `${cutover.live ? 'Live' : 'Rehearsal'} on ${escapeMarkdown(cutover.environment)}, begun ${timeText(times.beganAt ?? times.startedAt ?? times.openedAt, cutover.zone)}.${durations === '' ? '' : ` ${durations}.`}`,
    ].join('\n'),
    tableLines(
      ['step', 'command', 'began · took', 'result', 'who, where', 'what came out'],
      machine.map((step) => rowOf(step, timeline, voice)),
    ).join('\n'),
    listSection(
      'Decisions',
      decisions.map((decision) => `- ${decisionText(decision, voice)}`),
    ),
    listSection(
      'Otherwise than planned',
      [...setbacks, ...deviations].map(
        (remark) => `- ${voice.time(remark.at)} ${remarkText(remark, timeline, voice)}`,
      ),
    ),
    `Cutover \`${cutover.id}\`, runbook \`${cutover.hash.slice(0, 12)}\`, ${countText(log.events, 'event')}${log.head === undefined ? '' : `, head \`${log.head}\``}`,
  ].filter((section) => section !== '')
  return cut(`${sections.join('\n\n').replaceAll(/^## /gm, '#### ')}\n`)
}

function rowOf(step: TimelineStep, { cutover }: Timeline, voice: Voice): readonly string[] {
  const last = step.attempts.at(-1)
  const parts = last?.parts ?? []
  return [
    voice.value(step.title),
    step.work === undefined ? '' : `\`${step.work.replaceAll('`', "'").replaceAll('|', '\\|')}\``,
    actualText(step, cutover.zone),
    resultText(step),
    [...step.by.map(voice.person), ...(step.where === undefined ? [] : [voice.value(step.where)])].join(', '),
    [
      voice.value(step.detail),
      ...parts.map(
        ({ name, outcome, durationMs }) =>
          `${voice.value(name)} ${outcome}${durationMs === undefined ? '' : ` ${durationText(durationMs)}`}`,
      ),
    ].join('<br>'),
  ]
}

/** Cut at a line, and says so. */
function cut(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text
  const kept = text.slice(0, MOST_CHARACTERS)
  return `${kept.slice(0, kept.lastIndexOf('\n'))}\n\nCut here; the whole record is in timeline.md.\n`
}
