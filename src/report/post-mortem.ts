import { durationText, timeText } from '../templates/format.ts'
import { escapeMarkdown, listSection, markdownVoice, tableLines } from './markdown-voice.ts'
import type { Timeline, TimelineIssue } from './timeline.ts'
import {
  actualText,
  countText,
  decisionText,
  durationsLine,
  headline,
  plannedText,
  remarkText,
  resultText,
} from './wording.ts'
import type { Voice } from './wording.ts'

/**
 * `post-mortem.md`: a document for the meeting, prefilled from the record. What only people can say is marked with
 * `_…_` and left to them.
 */
export function postMortemMarkdown(timeline: Timeline): string {
  const voice = markdownVoice(timeline)
  const { debrief } = timeline
  const sections = [
    `# Post-mortem: ${escapeMarkdown(timeline.cutover.title)}`,
    summaryOf(timeline, voice),
    listSection('Timeline', timelineRows(timeline, voice)),
    listSection('Issues and how they were resolved', issueLines(timeline, voice)),
    listSection('Metrics', metricRows(timeline)),
    listSection('What went well', saidOr(debrief.wentWell, voice, 'Nobody has written anything yet.')),
    listSection('What to improve', saidOr(debrief.improve, voice, 'Nobody has written anything yet.')),
    listSection('Root cause', ['_To be written by people who were there._']),
    listSection('Action items', actionRows(timeline, voice)),
    recordLine(timeline),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function summaryOf(timeline: Timeline, voice: Voice): string {
  const { cutover, times, deviations, setbacks, issues, verdict } = timeline
  const began = times.beganAt ?? times.startedAt ?? times.openedAt
  const open = issues.filter(({ closedAt }) => closedAt === undefined)
  const missed = verdict.filter(({ met, overridden }) => !met && !overridden)
  const durations = durationsLine(timeline, voice)
  return listSection('Executive summary', [
    `${cutover.live ? 'The cutover' : 'The rehearsal'} on ${escapeMarkdown(cutover.environment)} began ${timeText(began, cutover.zone)}. **${headline(timeline, voice)}.**`,
    '',
    ...(durations === '' ? [] : [`- Durations: ${durations}`]),
    `- Rolled back: ${times.rollbackAt === undefined ? 'no' : `yes, begun ${voice.time(times.rollbackAt)}`}`,
    `- ${countText(issues.length, 'issue')}, ${open.length === 0 ? 'none of them open' : `${open.length} of them open`}`,
    `- ${countText(setbacks.length, 'setback')}, ${countText(deviations.length, 'deviation')} from the plan`,
    ...reportLine(timeline),
    ...(verdict.length === 0
      ? []
      : [
          missed.length === 0
            ? `- Every criterion of success holds (${verdict.length} of ${verdict.length})`
            : `- Does not hold: ${missed.map(({ title, answer }) => `${voice.value(title)} (${voice.value(answer)})`).join('; ')}`,
        ]),
    ...deviations.map(
      (remark) => `- Deviation ${voice.time(remark.at)}: ${remarkText(remark, timeline, voice)}`,
    ),
  ])
}

function reportLine({ userReports }: Timeline): string[] {
  const count = userReports.reduce((sum, hour) => sum + hour.count, 0)
  return count === 0 ? [] : [`- ${countText(count, 'report')} from users`]
}

/** Steps that were begun, planned against actual, with decisions and checkpoints between them. */
function timelineRows(timeline: Timeline, voice: Voice): readonly string[] {
  const { cutover, steps, decisions, checkpoints } = timeline
  const begun = steps.filter(
    ({ result, actual }) => result !== 'not reached' && actual.startedAt !== undefined,
  )
  const rows = [
    ...begun.map((step) => ({
      at: step.actual.startedAt ?? 0,
      cells: [
        voice.value(step.title),
        plannedText(step, cutover.zone),
        actualText(step, cutover.zone),
        resultText(step),
      ],
    })),
    ...decisions.map((decision) => ({
      at: decision.at ?? decision.openedAt,
      cells: [
        decisionText(decision, voice),
        '',
        voice.time(decision.at ?? decision.openedAt),
        decision.outcome,
      ],
    })),
    ...checkpoints.map(({ phase, result, at, durationMs }) => ({
      at,
      cells: [
        `Checkpoint: ${voice.value(phase)}`,
        '',
        `${voice.time(at)} · ${durationText(durationMs)}`,
        result === 'passed' ? 'PASS' : 'FAIL',
      ],
    })),
  ].toSorted((one, other) => one.at - other.at)
  return rows.length === 0
    ? ['Nothing was begun.']
    : tableLines(
        ['what', 'planned', 'actual', 'result'],
        rows.map(({ cells }) => cells),
      )
}

function issueLines(timeline: Timeline, voice: Voice): readonly string[] {
  const { issues, setbacks } = timeline
  const lines = issues.flatMap((issue) => issueOf(issue, timeline, voice))
  const others = setbacks.map((remark) => `- ${voice.time(remark.at)} ${remarkText(remark, timeline, voice)}`)
  return lines.length + others.length === 0 ? ['None.'] : [...lines, ...others]
}

function issueOf(issue: TimelineIssue, { cutover }: Timeline, voice: Voice): string[] {
  const { id, text, severity, kind, by, at, step, output, owner, closedAt, resolution } = issue
  const end =
    closedAt === undefined
      ? '**open**'
      : `closed ${voice.time(closedAt)} after ${durationText(closedAt - at)}${resolution === undefined ? '' : `: ${voice.value(resolution)}`}`
  return [
    `- **${escapeMarkdown(id)}** ${voice.value(text)} (${severity}, ${kind}), opened ${timeText(at, cutover.zone)} by ${voice.person(by)}${owner === undefined ? '' : `, owned by ${voice.value(owner)}`}; ${end}`,
    ...(step === undefined ? [] : [`  - step: ${voice.value(step)}`]),
    ...(output === undefined ? [] : [`  - output: ${voice.value(output)}`]),
  ]
}

function metricRows({ metrics }: Timeline): readonly string[] {
  const value = (number: number | null, unit: string | undefined) =>
    number === null ? 'not measured' : `${number}${unit === undefined ? '' : ` ${escapeMarkdown(unit)}`}`
  if (metrics.length === 0) return []
  return tableLines(
    ['metric', 'before', 'after', 'change'],
    metrics.map(({ name, unit, before, after, changePercent, isBetter }) => [
      escapeMarkdown(name),
      value(before, unit),
      value(after, unit),
      changePercent === null
        ? ''
        : `${changePercent > 0 ? '+' : ''}${changePercent} %${isBetter === null ? '' : isBetter ? ', better' : ', worse'}`,
    ]),
  )
}

const saidOr = (
  said: readonly { readonly by: string; readonly text: string }[],
  voice: Voice,
  nothing: string,
): readonly string[] =>
  said.length === 0
    ? [`_${nothing}_`]
    : said.map(({ by, text }) => `- ${voice.value(text)} (${voice.person(by)})`)

function actionRows({ followUps, cutover }: Timeline, voice: Voice): readonly string[] {
  if (followUps.length === 0) return ['_None yet. Each needs an owner and a date._']
  return tableLines(
    ['what', 'owner', 'due', 'state'],
    followUps.map(({ title, owner, dueAt, closedAt, waived, said }) => [
      voice.value(title),
      voice.value(owner),
      timeText(dueAt, cutover.zone, 'date'),
      `${closedAt === undefined ? 'open' : waived ? 'waived' : 'done'}${said === undefined ? '' : `: ${voice.value(said)}`}`,
    ]),
  )
}

function recordLine({ cutover, log }: Timeline): string {
  const head = log.head === undefined ? '' : `, head \`${log.head.slice(0, 16)}\``
  return `From the record of cutover \`${cutover.id}\`: ${countText(log.events, 'event')}${head}. The whole of it is in timeline.md.`
}
