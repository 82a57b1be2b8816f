import { anchorText } from '../app/anchor.ts'
import { clockText, durationText, rangeText, timeText } from '../templates/format.ts'
import { escapeMarkdown, listSection, markdownVoice, tableLines } from './markdown-voice.ts'
import type { Timeline, TimelineDecision, TimelineStep } from './timeline.ts'
import {
  actualText,
  countText,
  decisionText,
  durationsLine,
  headline,
  plannedText,
  remarkText,
  resultText,
  type Voice,
} from './wording.ts'

/** `timeline.md`: the whole record for people, times in the window's zone. */
export function timelineMarkdown(timeline: Timeline): string {
  const voice = markdownVoice(timeline)
  const sections = [
    headOf(timeline, voice),
    listSection('Verdict', verdictLines(timeline, voice)),
    stepsOf(timeline, voice),
    listSection(
      'Decisions',
      timeline.decisions.flatMap((decision) => decisionLines(decision, voice)),
    ),
    listSection('Deviations', linesOf(timeline.deviations, timeline, voice)),
    listSection('What did not work', linesOf(timeline.setbacks, timeline, voice)),
    noticesOf(timeline, voice),
    listSection('Notes and issues', linesOf(timeline.remarks, timeline, voice)),
    attemptsOf(timeline, voice),
    recordOf(timeline),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function headOf(timeline: Timeline, voice: Voice): string {
  const { cutover, times, people } = timeline
  const holders = people.filter(({ roles }) => roles.length > 0)
  const at = (moment: number | undefined) => (moment === undefined ? 'not' : timeText(moment, cutover.zone))
  const durations = durationsLine(timeline, voice)
  return [
    `# ${escapeMarkdown(cutover.title)}`,
    '',
    `**${headline(timeline, voice)}**`,
    '',
    `- ${cutover.live ? 'LIVE' : 'REHEARSAL'} on ${escapeMarkdown(cutover.environment)}, cutover \`${cutover.id}\``,
    `- planned for ${at(times.plannedAt)}, window ${durationText(cutover.windowMs)}; began ${at(times.beganAt ?? times.startedAt)}`,
    ...(durations === '' ? [] : [`- ${durations}`]),
    ...holders.map(({ id, roles }) => `- ${roles.map(escapeMarkdown).join(', ')}: ${voice.person(id)}`),
    `- all times in ${cutover.zone}`,
  ].join('\n')
}

/** What means failed first: whoever reads on knows whether it has happened. */
const verdictLines = ({ verdict }: Timeline, voice: Voice): string[] =>
  verdict.map(({ about, title, met, answer, overridden }) => {
    const word =
      about === 'failure'
        ? met
          ? 'has not happened'
          : '**HAS HAPPENED**'
        : met
          ? 'holds'
          : '**does not hold**'
    return `${voice.value(title)}: ${word} (${voice.value(answer)})${overridden ? ', overridden' : ''}`
  })

function stepsOf({ steps, cutover }: Timeline, voice: Voice): string {
  const rehearsed = steps.some((step) => step.rehearsedMs !== undefined)
  const heads = [
    'step',
    'planned',
    ...(rehearsed ? ['rehearsed'] : []),
    'actual',
    'result',
    'who',
    'what came out',
  ]
  const rows = steps.map((step) => [
    `${voice.value(step.title)}${step.place === 'plan' || step.place === 'built-in' ? '' : ' (rollback)'}`,
    plannedText(step, cutover.zone),
    ...(rehearsed ? [step.rehearsedMs === undefined ? '' : durationText(step.rehearsedMs)] : []),
    actualText(step, cutover.zone),
    resultText(step),
    [...step.by.map(voice.person), ...(step.where === undefined ? [] : [voice.value(step.where)])].join(', '),
    voice.value(step.detail),
  ])
  return listSection('Steps', tableLines(heads, rows))
}

function decisionLines(decision: TimelineDecision, voice: Voice): string[] {
  const evidence = decision.evidence.map(
    (one) =>
      `  - ${one.met ? 'met' : one.overridden ? 'overridden' : 'not met'}: ${voice.value(one.title)}: ${voice.value(one.answer)}`,
  )
  const votes = decision.votes.map((vote) => {
    const stale = vote.staleBecause === undefined ? '' : `, stale: ${voice.value(vote.staleBecause)}`
    const reason = vote.reason === undefined ? '' : `: "${voice.value(vote.reason)}"`
    const met = vote.evidence.filter((one) => one.met || one.overridden).length
    return `  - ${vote.vote === 'go' ? 'GO' : 'NO-GO'} ${voice.time(vote.at)} ${voice.person(vote.person)} as ${voice.value(vote.role)}${vote.alone ? ', alone' : ''} on ${met} of ${vote.evidence.length}${stale}${reason}`
  })
  return [`- ${decisionText(decision, voice)}`, ...votes, ...evidence]
}

function linesOf(remarks: Timeline['deviations'], timeline: Timeline, voice: Voice): string[] {
  return remarks.map((remark) => `- ${voice.time(remark.at)} ${remarkText(remark, timeline, voice)}`)
}

function noticesOf({ notices }: Timeline, voice: Voice): string {
  const lines = notices.flatMap((notice) => {
    const how =
      notice.failed !== undefined
        ? `not sent: ${voice.value(notice.failed)}`
        : notice.medium === 'report'
          ? 'kept for the report, sent to nobody'
          : `${notice.medium} to ${notice.to.map(voice.value).join(', ')}`
    const subject = notice.subject === undefined ? [] : [`  > ${voice.value(notice.subject)}`, '  >']
    const text = notice.text === '' ? [] : notice.text.split('\n').map((line) => `  > ${voice.value(line)}`)
    return [
      `- ${voice.time(notice.at)} ${voice.value(notice.title)}, ${voice.value(notice.audience)}: ${how}`,
      ...(text.length === 0 ? [] : ['', ...subject, ...text, '']),
    ]
  })
  return listSection('Notices', lines).trimEnd()
}

function attemptsOf({ steps, cutover }: Timeline, voice: Voice): string {
  const lines = steps.flatMap((step) =>
    step.kind === 'run' || step.attempts.some((attempt) => attempt.outcome !== 'succeeded')
      ? step.attempts.map((attempt) => attemptLine(step, attempt, cutover.zone, voice))
      : [],
  )
  return listSection('Attempts', lines)
}

function attemptLine(
  step: TimelineStep,
  attempt: TimelineStep['attempts'][number],
  zone: string,
  voice: Voice,
): string {
  const { n, outcome, startedAt, durationMs, host, exit, digest, requestedBy } = attempt
  const parts = [
    `${voice.value(step.title)} ${n}: ${outcome}`,
    startedAt === undefined ? '' : `began ${clockText(startedAt, zone, 'time')}`,
    durationMs === undefined ? '' : durationText(durationMs),
    host === undefined ? '' : `on ${voice.value(host)}`,
    exit === undefined || exit === null ? '' : `exit ${exit}`,
    `asked for by ${voice.person(requestedBy)}`,
    digest === undefined ? '' : `output \`${digest.slice(0, 12)}\``,
  ]
  return [`- ${parts.filter((part) => part !== '').join(', ')}`, ...partLines(attempt, zone, voice)].join(
    '\n',
  )
}

/** The migrations of an attempt, each with its begin and its length. */
function partLines(
  { parts = [] }: TimelineStep['attempts'][number],
  zone: string,
  voice: Voice,
): readonly string[] {
  return parts.map(({ name, outcome, startedAt, durationMs, estimate }) => {
    const told = [
      `${voice.value(name)}: ${outcome}`,
      startedAt === undefined ? '' : `began ${clockText(startedAt, zone, 'time')}`,
      durationMs === undefined ? '' : durationText(durationMs),
      estimate === undefined ? '' : `estimated ${rangeText(estimate)}`,
    ]
    return `  - ${told.filter((part) => part !== '').join(', ')}`
  })
}

function recordOf({ log, cutover }: Timeline): string {
  const head =
    log.head === undefined ? '' : `, record \`${anchorText({ position: log.events, hash: log.head })}\``
  return `Runbook ${escapeMarkdown(cutover.runbook)} \`${cutover.hash.slice(0, 12)}\` · ${countText(log.events, 'event')}, the last ${timeText(log.lastAt, cutover.zone)}${head}`
}
