import { labelOf } from './elements.ts'
import type { JsonObject } from './json.ts'
import { isObject, objectAt, objectsAt, textAt } from './json.ts'
import type { State } from './state.ts'

/**
 * The blocks as a person would read them out: one line for each piece of text, elements as `[Label](action_id)`,
 * references by name.
 */
export function plainText(state: State, blocks: readonly JsonObject[]): string {
  return blocks
    .flatMap(linesOf)
    .filter((line) => line !== '')
    .map((line) => readable(state, line))
    .join('\n')
}

/** Slack's markup with references replaced by names and entities by characters. */
export function readable(state: State, text: string): string {
  return text
    .replaceAll(/<([@#!]?)([^>|]*)(?:\|([^>]*))?>/g, (_whole, sign: string, target: string, label?: string) =>
      reference(state, sign, target, label ?? target),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function reference(state: State, sign: string, target: string, label: string): string {
  if (sign === '@') return `@${state.users.get(target)?.name ?? label}`
  if (sign === '#') return `#${state.channels.get(target)?.name ?? label}`
  return sign === '!' ? special(state, target, label) : label
}

function special(state: State, target: string, label: string): string {
  if (target.startsWith('subteam^'))
    return `@${state.groups.get(target.slice('subteam^'.length))?.handle ?? label}`
  return target.startsWith('date^') ? label : `@${target}`
}

const LINES: Readonly<Record<string, (block: JsonObject) => string[]>> = {
  section: (block) => [
    textOf(objectAt(block, 'text')),
    ...objectsAt(block, 'fields').map(textOf),
    ...shown([block['accessory']]),
  ],
  input: (block) => [
    textOf(objectAt(block, 'label')),
    textOf(objectAt(block, 'hint')),
    ...shown([block['element']]),
  ],
  context: (block) => [objectsAt(block, 'elements').map(textOf).join(' ')],
  actions: (block) => [shown(objectsAt(block, 'elements')).join(' ')],
  context_actions: (block) => [shown(objectsAt(block, 'elements')).join(' ')],
  rich_text: (block) => objectsAt(block, 'elements').map(richTextLine),
  table: (block) => rowLines(block),
  data_table: (block) => [textAt(block, 'caption') ?? '', ...rowLines(block)],
  plan: (block) => [textAt(block, 'title') ?? '', ...objectsAt(block, 'tasks').flatMap(linesOf)],
  task_card: (block) => [
    `${textAt(block, 'title') ?? ''} (${textAt(block, 'status') ?? ''})`,
    ...detailLines(block),
  ],
  container: (block) => [
    textOf(objectAt(block, 'title')),
    ...objectsAt(block, 'child_blocks').flatMap(linesOf),
  ],
  carousel: (block) => objectsAt(block, 'elements').flatMap(linesOf),
  card: (block) => [
    ...['title', 'subtitle', 'body'].map((field) => textOf(objectAt(block, field))),
    ...shown(objectsAt(block, 'actions')),
  ],
  image: (block) => [textAt(block, 'alt_text') ?? ''],
  video: (block) => [textAt(block, 'alt_text') ?? ''],
}

function linesOf(block: JsonObject): string[] {
  const read = LINES[textAt(block, 'type') ?? '']
  return read === undefined ? [textAt(block, 'text') ?? textOf(objectAt(block, 'text'))] : read(block)
}

function textOf(object: JsonObject): string {
  return textAt(object, 'text') ?? textAt(object, 'alt_text') ?? ''
}

function shown(elements: readonly unknown[]): string[] {
  return elements.filter(isObject).map((element) => {
    const actionId = textAt(element, 'action_id')
    return actionId === undefined ? textOf(element) : `[${labelOf(element)}](${actionId})`
  })
}

function rowLines(block: JsonObject): string[] {
  const rows = Array.isArray(block['rows']) ? block['rows'] : []
  return rows.map((row) => (Array.isArray(row) ? row.filter(isObject).map(cellText).join(' | ') : ''))
}

function cellText(cell: JsonObject): string {
  return cell['type'] === 'rich_text' ? objectsAt(cell, 'elements').map(richTextLine).join(' ') : textOf(cell)
}

function detailLines(block: JsonObject): string[] {
  return ['details', 'output'].flatMap((field) =>
    objectsAt(objectAt(block, field), 'elements').map(richTextLine),
  )
}

function richTextLine(part: JsonObject): string {
  const inner = objectsAt(part, 'elements')
  if (part['type'] === 'rich_text_list') return inner.map((item) => `• ${richTextLine(item)}`).join('\n')
  return inner.map(inlineText).join('')
}

const INLINE: Readonly<Record<string, (piece: JsonObject) => string>> = {
  user: (piece) => `<@${textAt(piece, 'user_id') ?? ''}>`,
  channel: (piece) => `<#${textAt(piece, 'channel_id') ?? ''}>`,
  usergroup: (piece) => `<!subteam^${textAt(piece, 'usergroup_id') ?? ''}>`,
  broadcast: (piece) => `<!${textAt(piece, 'range') ?? ''}>`,
  emoji: (piece) => `:${textAt(piece, 'name') ?? ''}:`,
  date: (piece) => textAt(piece, 'fallback') ?? '',
  link: (piece) => textAt(piece, 'text') ?? textAt(piece, 'url') ?? '',
}

function inlineText(piece: JsonObject): string {
  const read = INLINE[textAt(piece, 'type') ?? '']
  return read === undefined ? (textAt(piece, 'text') ?? '') : read(piece)
}
