import { clockText } from '../templates/format.ts'
import { namesOf, plainText } from './plain-text.ts'
import type { Timeline } from './timeline.ts'
import type { Voice } from './wording.ts'

/** How Markdown says people, times and text from outside; times in the zone of the window. */
export function markdownVoice(timeline: Timeline): Voice {
  const nameOf = namesOf(timeline.people)
  return {
    person: (id) => escapeMarkdown(id === 'cutover' ? 'Cutover' : nameOf(id)),
    time: (at) => clockText(at, timeline.cutover.zone, 'time'),
    value: (text) => escapeMarkdown(plainText(text, nameOf)),
  }
}

/** Text from outside stays on its line and in its cell, and formats nothing. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_{}[\]<>|#~&]/g, (character) => `\\${character}`)
}

/** A section of lines, or nothing when there are none. */
export const listSection = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [`## ${title}`, '', ...lines].join('\n')

/** A table whose cells have been escaped. */
export const tableLines = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
