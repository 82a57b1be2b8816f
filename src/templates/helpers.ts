import { bytesText, durationText, numberText, timeText, type TimeParts } from './format.ts'
import type { ValueKind } from './notice-context.ts'
import { escapeSlack, slackValue } from './slack-text.ts'

/** What a piece of text is written for. `text` is the plain part of a mail, and its subject. */
export type Medium = 'slack' | 'text' | 'html' | 'json'

export interface HelperSpec {
  readonly takes: ValueKind | 'number'
  /** Named arguments, each with the values it takes; `zone` takes any IANA name. */
  readonly options: { readonly [name: string]: readonly string[] | 'zone' }
  readonly example: string
}

/** The helpers that a notice may use; the same ones in every medium. */
export const HELPERS = {
  time: {
    takes: 'time',
    options: { show: ['full', 'date', 'time'], zone: 'zone' },
    example: '{{time planned.start}}',
  },
  duration: { takes: 'duration', options: {}, example: '{{duration window.length}}' },
  person: { takes: 'person', options: {}, example: '{{person lead}}' },
  link: { takes: 'link', options: {}, example: '{{#each links}}{{link this}}{{/each}}' },
  bytes: { takes: 'bytes', options: {}, example: '{{bytes size}}' },
  number: { takes: 'number', options: {}, example: '{{number count}}' },
} as const satisfies { readonly [name: string]: HelperSpec }
export type HelperName = keyof typeof HELPERS

export function isHelperName(name: string): name is HelperName {
  return Object.hasOwn(HELPERS, name)
}

export interface TimeStyle {
  readonly zone: string
  readonly show: TimeParts
}

/** What the helpers write; the results are finished text of their medium and are not escaped again. */
export interface Writer {
  readonly value: (value: string) => string
  readonly time: (at: number, style: TimeStyle) => string
  readonly person: (person: { readonly id: string; readonly name: string }) => string
  readonly link: (link: { readonly title: string; readonly url: string }) => string
}

/** Written the same in each medium, for none of these can hold a character that needs escaping. */
export const writeMeasure = { duration: durationText, bytes: bytesText, number: numberText } as const

// No zero-width joiner among these: scripts need it. Everything else that is invisible or turns the line round.
// oxlint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF]/g

/** A value stands inside a sentence: it has one line and nothing invisible. */
function oneLine(value: string): string {
  return value
    .replaceAll(/[\s\u2028\u2029]+/g, ' ')
    .replaceAll(INVISIBLE, '')
    .trim()
}

const SLACK_USER = /^[UW][A-Z0-9]{2,20}$/

const SLACK_DATE: { readonly [Show in TimeParts]: string } = {
  full: '{date_short_pretty} {time}',
  date: '{date_short_pretty}',
  time: '{time}',
}

const slack: Writer = {
  value: (value) => slackValue(oneLine(value)),
  time: (at, { show }) => `<!date^${Math.floor(at / 1000)}^${SLACK_DATE[show]}|${timeText(at, 'UTC', show)}>`,
  person: ({ id, name }) => (SLACK_USER.test(id) ? `<@${id}>` : slackValue(oneLine(name))),
  link: ({ title, url }) => {
    // `|` and `>` end the address of a Slack link, and a blank would end a bare one.
    const address = escapeSlack(oneLine(url)).replaceAll('|', '%7C').replaceAll(' ', '%20')
    return `<${address}|${slackValue(oneLine(title))}>`
  },
}

const text: Writer = {
  value: oneLine,
  time: (at, { zone, show }) => timeText(at, zone, show),
  person: ({ name }) => oneLine(name),
  link: ({ title, url }) => `${oneLine(title)}: ${oneLine(url)}`,
}

const HTML_ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
}

export function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"'`=]/g, (character) => HTML_ENTITIES[character] ?? character)
}

const html: Writer = {
  value: (value) => escapeHtml(oneLine(value)),
  time: (at, { zone, show }) => escapeHtml(timeText(at, zone, show)),
  person: ({ name }) => escapeHtml(oneLine(name)),
  link: ({ title, url }) => `<a href="${escapeHtml(oneLine(url))}">${escapeHtml(oneLine(title))}</a>`,
}

/** The inside of a JSON string: the template writes the quotes. */
function jsonInner(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

const json: Writer = {
  value: jsonInner,
  time: (at) => new Date(at).toISOString(),
  person: ({ name }) => jsonInner(name),
  link: ({ url }) => jsonInner(url),
}

export const WRITERS: { readonly [M in Medium]: Writer } = { slack, text, html, json }
