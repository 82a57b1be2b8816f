import { clockText, durationText } from '../templates/format.ts'
import type { Timeline, TimelineDecision, TimelineRemark, TimelineStep } from './timeline.ts'

/** How the two shown forms of a timeline say the same thing; `person` and `time` differ between them. */
export interface Voice {
  readonly person: (id: string) => string
  /** A moment of the record. */
  readonly time: (at: number) => string
  /** Text that came from outside. */
  readonly value: (text: string) => string
}

const OUTCOMES: { readonly [Outcome in Timeline['outcome']]: string } = {
  completed: 'Completed',
  'rolled back': 'Rolled back',
  abandoned: 'Abandoned',
  postponed: 'Postponed',
  'under way': 'Under way',
}

/** `Completed 03:09 · 39 min of 60 min · down for 38 min · 2 deviations`. */
export function headline(timeline: Timeline, voice: Voice): string {
  const { durations, times, cutover, deviations, setbacks } = timeline
  const at = times.rolledBackAt ?? times.changedAt ?? times.endedAt
  const parts = [
    `${OUTCOMES[timeline.outcome]}${at === undefined || timeline.outcome === 'under way' ? '' : ` ${voice.time(at)}`}`,
  ]
  if (durations.totalMs !== undefined) {
    parts.push(`${durationText(durations.totalMs)} of ${durationText(cutover.windowMs)}`)
  }
  if (durations.downtimeMs > 0) parts.push(`down for ${durationText(durations.downtimeMs)}`)
  parts.push(countText(deviations.length, 'deviation'))
  if (setbacks.length > 0) parts.push(countText(setbacks.length, 'setback'))
  return parts.join(' · ')
}

export function countText(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}

/** `backup 1 min 52 s · migrate 2 min 20 s · verify 44 s`, or nothing. */
export function durationsLine({ durations, openStates }: Timeline, voice: Voice): string {
  const named: readonly (readonly [string, number | undefined])[] = [
    ['backup', durations.backupMs],
    ['migrate', durations.migrateMs],
    ['verify', durations.verifyMs],
    ['rollback', durations.rollbackMs],
  ]
  const work = named.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${durationText(ms)}`]))
  const states = openStates.map(
    ({ name, lengthMs, closedAt }) =>
      `${voice.value(name)} ${durationText(lengthMs)}${closedAt === undefined ? ' (still open)' : ''}`,
  )
  return [...work, ...states].join(' · ')
}

/** `02:35 · 10 min`, the upper estimate. */
export function plannedText({ planned }: TimelineStep, zone: string): string {
  const time = planned.at === undefined ? '' : clockText(planned.at, zone, 'time')
  const length = planned.highMs === undefined ? '' : durationText(planned.highMs)
  return [time, length].filter((part) => part !== '').join(' · ')
}

/** `02:35 · 2 min 20 s`: when it began and how long it took, else when it was done. */
export function actualText({ actual }: TimelineStep, zone: string): string {
  const at = actual.durationMs === undefined ? (actual.endedAt ?? actual.startedAt) : actual.startedAt
  const time = at === undefined ? '' : clockText(at, zone, 'time')
  const length = actual.durationMs === undefined ? '' : durationText(actual.durationMs)
  return [time, length].filter((part) => part !== '').join(' · ')
}

/** `done, undone`, `failed`, and the like. */
export function resultText({ result, undone }: TimelineStep): string {
  return undone ? `${result}, undone` : result
}

/** `GO 02:28 by @observer and @lead on 5 of 5 criteria`. */
export function decisionText(decision: TimelineDecision, voice: Voice): string {
  const { outcome, at, votes, evidence, took, reason, round } = decision
  const title = `${voice.value(decision.title)}${round === 1 ? '' : ` (round ${round})`}`
  if (outcome === 'open') return `${title} open`
  if (outcome === 'closed')
    return `${title} closed without a decision: ${WHY_CLOSED[took ?? ''] ?? 'no reason recorded'}`
  const word = outcome === 'go' ? 'GO' : 'NO-GO'
  const counted = votes.filter((vote) => vote.vote === outcome && vote.staleBecause === undefined)
  const people = joined([...new Set(counted.map((vote) => voice.person(vote.person)))])
  const met = evidence.filter((one) => one.met || one.overridden).length
  return [
    `${title}${colonAfter(title)} ${word}${at === undefined ? '' : ` ${voice.time(at)}`}`,
    people === '' ? '' : `by ${people}`,
    evidence.length === 0 ? '' : `on ${met} of ${evidence.length} criteria`,
    reason === undefined ? '' : `(${voice.value(reason)})`,
    outcome === 'no-go' && took !== undefined ? `→ ${took}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** `Snapshot Redis: skipped by @observer: "no Redis here"`. */
export function remarkText(remark: TimelineRemark, timeline: Timeline, voice: Voice): string {
  const step = timeline.steps.find((one) => one.id === remark.step)?.title ?? remark.step
  const by = remark.by.length === 0 ? '' : ` by ${joined(remark.by.map(voice.person))}`
  const whom = remark.whom.length === 0 ? '' : ` ${joined(remark.whom.map(voice.person))}`
  const why = remark.reason === undefined ? '' : `: "${voice.value(remark.reason)}"`
  const about = step === undefined ? '' : `${voice.value(step)}${colonAfter(step)} `
  if (SAYINGS.has(remark.kind)) {
    return `${about}${joined(remark.by.map(voice.person))}: ${voice.value(remark.text)}`
  }
  return `${about}${voice.value(remark.text)}${whom}${by}${why}`
}

/** Remarks that are somebody's words rather than something that happened. */
const SAYINGS: ReadonlySet<string> = new Set([
  'note added',
  'issue opened',
  'issue changed',
  'issue closed',
  'debrief given',
  'user report filed',
])

const WHY_CLOSED: { readonly [why: string]: string } = {
  deadline: 'the deadline passed',
  rollback: 'the cutover was rolled back',
  postponed: 'the cutover was postponed',
}

function colonAfter(title: string): string {
  return /[?!.:]$/.test(title) ? '' : ':'
}

export function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
