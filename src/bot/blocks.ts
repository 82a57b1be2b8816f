import type {
  ActionsBlock,
  Button,
  ContextBlock,
  InputBlock,
  KnownBlock,
  PlainTextElement,
  PlainTextOption,
  SectionBlock,
} from '@slack/types'
import { cutForSlack } from '../templates/slack-text.ts'
import { encodeValue, type ActionId, type ButtonValue } from './ids.ts'

/**
 * Block Kit with Slack's limits kept: what is too long is cut here and says so, never refused by Slack. Texts are
 * mrkdwn that is escaped already; labels of buttons, headings and inputs are plain.
 */

/** What a message shows; `text` is the whole of it for notifications and screen readers. */
export interface Content {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

const SECTION_MAX = 2_900
const BUTTON_MAX = 75
const CONFIRM_TITLE_MAX = 100
const CONFIRM_TEXT_MAX = 300
const CONFIRM_LABEL_MAX = 30
const MODAL_TITLE_MAX = 24
export const OPTION_MAX = 75
const LABEL_MAX = 2_000
const ELEMENTS_MAX = 25

/** Cut to `most` UTF-16 units with an ellipsis, never inside a character. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text
  const end = most - 1
  const last = text.charCodeAt(end - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return `${text.slice(0, isHalf ? end - 1 : end)}…`
}

/** Slack refuses an empty text. */
const filled = (text: string): string => (text.trim() === '' ? '–' : text)

export const plain = (text: string, most = LABEL_MAX): PlainTextElement => ({
  type: 'plain_text',
  text: clip(filled(text), most),
  emoji: false,
})

export const section = (text: string, accessory?: Button, most = SECTION_MAX): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: cutForSlack(filled(text), most), verbatim: true },
  ...(accessory === undefined ? {} : { accessory }),
})

export const context = (text: string): ContextBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: cutForSlack(filled(text), SECTION_MAX), verbatim: true }],
})

export const message = (text: string, blocks: readonly KnownBlock[]): Content => ({ text, blocks })

/** One line that stays of what was asked. */
export const settledLine = (text: string): Content => message(text, [context(text)])

/** A row of buttons, or nothing at all when there are none. */
export function actions(buttons: readonly Button[]): ActionsBlock[] {
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons.slice(0, ELEMENTS_MAX) }]
}

export interface ButtonSpec {
  readonly action: ActionId
  readonly label: string
  readonly value: ButtonValue
  readonly style?: 'primary' | 'danger'
  /** Said aloud where several buttons have the same label. */
  readonly about?: string
  readonly confirm?: { readonly title: string; readonly text: string; readonly yes: string }
}

export function button({ action, label, value, style, about, confirm }: ButtonSpec): Button {
  return {
    type: 'button',
    action_id: action,
    text: plain(label, BUTTON_MAX),
    value: encodeValue(value),
    ...(style === undefined ? {} : { style }),
    ...(about === undefined ? {} : { accessibility_label: clip(`${label}: ${about}`, BUTTON_MAX) }),
    ...(confirm === undefined ? {} : { confirm: confirmation(confirm, style) }),
  }
}

function confirmation(
  { title, text, yes }: NonNullable<ButtonSpec['confirm']>,
  style: ButtonSpec['style'],
): NonNullable<Button['confirm']> {
  return {
    title: plain(title, CONFIRM_TITLE_MAX),
    text: plain(text, CONFIRM_TEXT_MAX),
    confirm: plain(yes, CONFIRM_LABEL_MAX),
    deny: plain('Not now', CONFIRM_LABEL_MAX),
    ...(style === undefined ? {} : { style }),
  }
}

/** A menu entry; `value` must be at most 75 characters and is never cut: a cut one would mean something else. */
export function option(label: string, value: string, description?: string): PlainTextOption {
  if (value.length > OPTION_MAX)
    throw new Error(`The option “${clip(value, 40)}” is longer than Slack takes.`)
  return {
    text: plain(label, OPTION_MAX),
    value,
    ...(description === undefined ? {} : { description: plain(description, OPTION_MAX) }),
  }
}

export interface InputSpec {
  readonly id: string
  readonly label: string
  readonly element: InputBlock['element']
  readonly hint?: string
  readonly optional?: boolean
  /** The app hears at once when it is chosen. */
  readonly tells?: boolean
}

export function input({ id, label, element, hint, optional, tells }: InputSpec): InputBlock {
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element,
    ...(hint === undefined ? {} : { hint: plain(hint) }),
    ...(optional === true ? { optional: true } : {}),
    ...(tells === true ? { dispatch_action: true } : {}),
  }
}

export const modalTitle = (text: string): PlainTextElement => plain(text, MODAL_TITLE_MAX)
