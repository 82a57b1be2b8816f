import { anchorText, type Anchor } from '../app/anchor.ts'
import { WRITERS } from '../templates/helpers.ts'
import type { EndedTimeline } from './timeline-at-end.ts'
import type { Timeline } from './timeline.ts'
import { headline, type Voice } from './wording.ts'

/**
 * The last mail about a cutover: how it ended, and the end's place in the record, so that somebody outside of Slack
 * holds it, too. Plain text.
 */
export function timelineMail({ timeline, end }: EndedTimeline): {
  readonly subject: string
  readonly text: string
} {
  const { cutover, outcome } = timeline
  const { value } = WRITERS.text
  const mark = cutover.live ? '' : '[REHEARSAL] '
  const rehearsal = cutover.live
    ? ''
    : `REHEARSAL on ${value(cutover.environment)}: nothing here is live.\n\n`
  return {
    subject: `${mark}${value(cutover.title)}: ${outcome}`,
    text: `${rehearsal}${value(cutover.title)} on ${value(cutover.environment)}: ${headline(timeline, textVoice(timeline))}. What was done, when and by whom stands in its timeline, in #${value(cutover.channel)}.\n\n${proofText(cutover.id, end)}\n`,
  }
}

function proofText(cutover: string, end: Anchor): string {
  return `The record of it has ${end.position} events until then. This is the hash of the last one:\n\n${anchorText(end)}\n\nKeep this message. Whether the record is still the same is told by\n\ncutover verify ${cutover} --head ${anchorText(end)}`
}

function textVoice(timeline: Timeline): Voice {
  const names = new Map(timeline.people.map(({ id, name }) => [id, name]))
  return {
    person: (id) => names.get(id) ?? id,
    time: (at) => WRITERS.text.time(at, { zone: timeline.cutover.zone, show: 'time' }),
    value: (text) => WRITERS.text.value(text),
  }
}
