import { isSatisfied } from '../../domain/lookup.ts'
import { nameOf } from '../../domain/refusals.ts'
import type { Actor } from '../../domain/events.ts'
import type { PersonId, Step } from '../../domain/plan.ts'
import type { CutoverState, StepStatus } from '../../domain/state.ts'
import { durationText } from '../../templates/format.ts'
import { WRITERS } from '../../templates/helpers.ts'
import { clip } from '../blocks.ts'

/** How messages say things. Everything here is finished mrkdwn unless it says `plain`. */

const MINUTE_MS = 60_000
const VALUE_MAX = 300

/** Text from outside, on one line: it cannot mention, link or format. */
export const value = (text: string, most = VALUE_MAX): string => WRITERS.slack.value(clip(text, most))

/** The same inside a code block, lines kept. */
export function output(text: string, most: number): string {
  const shown = text.length <= most ? text : `…${text.slice(text.length - most)}`
  const escaped = shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `\`\`\`\n${escaped.replaceAll('```', '\u02CB\u02CB\u02CB').replaceAll('\0', '\u2400')}\n\`\`\``
}

export const person = (id: PersonId): string =>
  id === 'rehearsal' ? 'the rehearsal' : WRITERS.slack.person({ id, name: id })

/** People's names in messages are mentions; the domain writes them the same way. */
export const actor = (by: Actor): string => (by.kind === 'person' ? person(by.person) : value(nameOf(by)))

const seconds = (at: number): number => Math.floor(at / 1_000)
const utcClock = (at: number): string => new Date(at).toISOString().slice(11, 16)
// Made once: a card has dozens of times.
const UTC_DAY = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})

/** `02:31`, in each reader's zone. */
export const clock = (at: number): string => `<!date^${seconds(at)}^{time}|${utcClock(at)} UTC>`

/** The same with its day. */
export const moment = (at: number): string =>
  `<!date^${seconds(at)}^{date_short_pretty} {time}|${UTC_DAY.format(at)} ${utcClock(at)} UTC>`

/** Rounded to the minute, so that what shows an age changes once a minute and not with each look. */
export function minutes(ms: number): string {
  const rounded = Math.floor(Math.max(0, ms) / MINUTE_MS) * MINUTE_MS
  return rounded === 0 ? 'under a minute' : durationText(rounded)
}

export const ago = (at: number, now: number): string =>
  now - at < MINUTE_MS ? 'just now' : `${minutes(now - at)} ago`

export const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

export const dotted = (parts: readonly (string | false | null | undefined)[]): string =>
  parts.filter((part) => part !== false && part !== null && part !== undefined && part !== '').join(' · ')

const STATUS: { readonly [Status in StepStatus]: string } = {
  pending: '· to come',
  due: '→ due',
  active: '▸ under way',
  done: '✓ done',
  failed: '✗ FAILED',
  unknown: '? UNKNOWN',
  skipped: '– skipped',
  overridden: '! gone on from red',
  'not applicable': '– not applicable',
}

/** A sign and a word: neither colour nor the sign alone says it. */
export function statusText(step: Step, status: StepStatus): string {
  if (status === 'done' && step.kind === 'check') return '✓ green'
  if (status === 'failed' && step.kind === 'check') return '✗ RED'
  if (status === 'failed' && step.kind === 'decide') return '✗ no GO'
  if (status === 'done' && step.kind === 'decide') return '✓ GO'
  if (status === 'done' && step.kind === 'tell') return '✓ sent'
  return STATUS[status]
}

/** Who is asked about a step: the holder of its role, or everybody who holds one. */
export function owners(state: CutoverState, role: string | undefined): readonly PersonId[] {
  const holder = role === undefined ? undefined : state.holders[role]?.person
  if (holder !== undefined) return [holder]
  return [...new Set(Object.values(state.holders).map((one) => one.person))]
}

export const mentions = (people: readonly PersonId[]): string => people.map(person).join(' ')

/** `a rehearsal` is said everywhere, so that nobody is frightened or careless. */
export const kindOfCutover = (state: CutoverState): string => (state.plan.live ? 'LIVE' : 'REHEARSAL')

export function doneIn(state: CutoverState, steps: readonly string[]): number {
  return steps.filter((id) => isSatisfied(state.steps[id]?.status ?? 'pending')).length
}

/** `1 step`, `3 steps`. */
export const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? '' : 's'}`

export const unestimated = (steps: readonly string[]): string =>
  `${count(steps.length, 'step')} without an estimate`
