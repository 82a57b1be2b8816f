import type { JsonObject } from './json.ts'
import { objectAt, objectsAt, textAt } from './json.ts'

/** A value that the element cannot take; the message says why, for whoever drives the workspace. */
export class ImpossibleChoice extends Error {}

/** Turns names of people and channels into ids. */
export interface Directory {
  userId(idOrName: string): string | undefined
  channelId(idOrName: string): string | undefined
}

interface ElementKind {
  /** The field of the state and of the action that carries the value. */
  field: string
  /** The field of the element that holds the value at the beginning. */
  initial: string
  empty: unknown
  read(element: JsonObject, given: unknown, directory: Directory): unknown
}

const typed = (read: ElementKind['read']): ElementKind => ({
  field: 'value',
  initial: 'initial_value',
  empty: null,
  read,
})

const one = (field: string, initial: string, read: ElementKind['read']): ElementKind => ({
  field,
  initial,
  empty: null,
  read: (element, given, directory) =>
    given === null || given === '' ? null : read(element, given, directory),
})

const many = (field: string, initial: string, read: ElementKind['read']): ElementKind => ({
  field,
  initial,
  empty: [],
  read: (element, given, directory) => listOf(given).map((item) => read(element, item, directory)),
})

const user: ElementKind['read'] = (_element, given, directory) => known('user', given, directory.userId)
const channel: ElementKind['read'] = (_element, given, directory) =>
  known('channel', given, directory.channelId)
const text: ElementKind['read'] = (_element, given) => asText(given)
const option: ElementKind['read'] = (element, given) => optionOf(element, asText(given))

const KINDS: Readonly<Record<string, ElementKind>> = {
  plain_text_input: typed(text),
  email_text_input: typed(text),
  url_text_input: typed(text),
  number_input: typed((_element, given) => asNumberText(given)),
  rich_text_input: one('rich_text_value', 'initial_value', (_element, given) => richText(asText(given))),
  static_select: one('selected_option', 'initial_option', option),
  external_select: one('selected_option', 'initial_option', option),
  radio_buttons: one('selected_option', 'initial_option', option),
  overflow: one('selected_option', '', option),
  checkboxes: many('selected_options', 'initial_options', option),
  multi_static_select: many('selected_options', 'initial_options', option),
  multi_external_select: many('selected_options', 'initial_options', option),
  users_select: one('selected_user', 'initial_user', user),
  multi_users_select: many('selected_users', 'initial_users', user),
  conversations_select: one('selected_conversation', 'initial_conversation', channel),
  multi_conversations_select: many('selected_conversations', 'initial_conversations', channel),
  channels_select: one('selected_channel', 'initial_channel', channel),
  multi_channels_select: many('selected_channels', 'initial_channels', channel),
  datepicker: one('selected_date', 'initial_date', (_element, given) =>
    matching(given, /^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD'),
  ),
  timepicker: one('selected_time', 'initial_time', (_element, given) =>
    matching(given, /^([01]\d|2[0-3]):[0-5]\d$/, 'HH:mm'),
  ),
  datetimepicker: one('selected_date_time', 'initial_date_time', (_element, given) => asSeconds(given)),
}

/** Elements that fire but keep nothing. */
const STATELESS = new Set(['overflow'])

export function isStateful(element: JsonObject): boolean {
  const type = textAt(element, 'type') ?? ''
  return KINDS[type] !== undefined && !STATELESS.has(type)
}

/** What the element holds: the value given, or the one it starts with. */
export function elementState(element: JsonObject, given?: unknown, directory?: Directory): JsonObject {
  const type = textAt(element, 'type') ?? ''
  const kind = KINDS[type]
  if (kind === undefined) throw new ImpossibleChoice(`An element of type "${type}" holds no value.`)
  const value =
    given === undefined || directory === undefined
      ? (element[kind.initial] ?? kind.empty)
      : kind.read(element, given, directory)
  return { type, [kind.field]: value }
}

/** The value of a state, whatever field it stands in. */
export function heldValue(state: JsonObject): unknown {
  const kind = KINDS[textAt(state, 'type') ?? '']
  return kind === undefined ? undefined : state[kind.field]
}

/** The part of an action that says what was pressed or chosen. */
export function actionDetails(element: JsonObject, given: unknown, directory: Directory): JsonObject {
  const type = textAt(element, 'type') ?? ''
  if (type === 'button' || type === 'icon_button' || type === 'workflow_button') {
    const { text, value, style, url, icon, confirm } = element
    return dropMissing({ type, text, value, style, url, icon, confirm })
  }
  if (type === 'feedback_buttons') return { type, ...pressedFeedback(element, asText(given)) }
  if (given === undefined) {
    throw new ImpossibleChoice(`An element of type "${type}" needs a "value": what the person chose.`)
  }
  return elementState(element, given, directory)
}

function pressedFeedback(element: JsonObject, given: string): JsonObject {
  const buttons = [objectAt(element, 'positive_button'), objectAt(element, 'negative_button')]
  const pressed = buttons.find((button) => button['value'] === given)
  if (pressed === undefined) throw new ImpossibleChoice(`No feedback button has the value "${given}".`)
  return dropMissing({ text: pressed['text'], value: pressed['value'] })
}

/** The option with this value, or else with this label. */
function optionOf(element: JsonObject, given: string): JsonObject {
  const groups = objectsAt(element, 'option_groups').flatMap((group) => objectsAt(group, 'options'))
  const options = [...objectsAt(element, 'options'), ...groups]
  const found =
    options.find((candidate) => candidate['value'] === given) ??
    options.find((candidate) => textAt(objectAt(candidate, 'text'), 'text') === given)
  if (found !== undefined) return dropMissing({ text: found['text'], value: found['value'] })
  const offered = options.map((candidate) => textAt(candidate, 'value') ?? '').join(', ')
  throw new ImpossibleChoice(`"${given}" is not offered. The options are: ${offered || 'none'}.`)
}

function known(noun: string, given: unknown, find: (idOrName: string) => string | undefined): string {
  const id = find(asText(given))
  if (id === undefined) throw new ImpossibleChoice(`There is no ${noun} "${asText(given)}".`)
  return id
}

function matching(given: unknown, form: RegExp, shown: string): string {
  const value = asText(given)
  if (!form.test(value)) throw new ImpossibleChoice(`"${value}" does not have the form ${shown}.`)
  return value
}

function asSeconds(given: unknown): number {
  const seconds = typeof given === 'string' ? Number(given) : given
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0) return seconds
  throw new ImpossibleChoice('A date and time is given as whole seconds since 1970.')
}

function asNumberText(given: unknown): string | null {
  const value = asText(given)
  return value === '' ? null : value
}

function asText(given: unknown): string {
  if (typeof given === 'string') return given
  if (typeof given === 'number' || typeof given === 'boolean') return String(given)
  if (given === null || given === undefined) return ''
  throw new ImpossibleChoice('The value must be a text.')
}

function listOf(given: unknown): unknown[] {
  if (given === null) return []
  return Array.isArray(given) ? given : [given]
}

function richText(value: string): JsonObject {
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text: value }] }
  return { type: 'rich_text', elements: [section] }
}

function dropMissing(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
