import type {
  KnownBlock,
  ModalView,
  PlainTextInput,
  RadioButtons,
  StaticSelect,
  UsersSelect,
} from '@slack/types'
import { modalTitle, option, plain } from '../blocks.ts'
import { ANSWER } from './forms.ts'

/** Slack takes 100 blocks in a modal. */
const BLOCKS_MAX = 98
const TYPED_MAX = 3_000

export interface ModalSpec {
  readonly id: string
  readonly title: string
  /** Absent: a view to read, without anything to submit. */
  readonly submit?: string
  readonly blocks: readonly KnownBlock[]
  readonly memory?: string
}

export function modal({ id, title, submit, blocks, memory }: ModalSpec): ModalView {
  return {
    type: 'modal',
    callback_id: id,
    title: modalTitle(title),
    close: modalTitle(submit === undefined ? 'Close' : 'Never mind'),
    ...(submit === undefined ? {} : { submit: modalTitle(submit) }),
    blocks: blocks.slice(0, BLOCKS_MAX),
    ...(memory === undefined ? {} : { private_metadata: memory }),
  }
}

export const typed = (
  more: { long?: boolean; initial?: string; placeholder?: string } = {},
): PlainTextInput => ({
  type: 'plain_text_input',
  action_id: ANSWER,
  max_length: TYPED_MAX,
  ...(more.long === true ? { multiline: true } : {}),
  ...(more.initial === undefined || more.initial === ''
    ? {}
    : { initial_value: more.initial.slice(0, TYPED_MAX) }),
  ...(more.placeholder === undefined ? {} : { placeholder: plain(more.placeholder, 150) }),
})

export interface Choice {
  readonly label: string
  readonly value: string
  readonly description?: string
}

const MENU_MAX = 100

export function menu(
  choices: readonly Choice[],
  more: { initial?: string; action?: string; placeholder?: string } = {},
): StaticSelect {
  const options = choices.slice(0, MENU_MAX).map((one) => option(one.label, one.value, one.description))
  const chosen = options.find((one) => one.value === more.initial)
  return {
    type: 'static_select',
    action_id: more.action ?? ANSWER,
    options,
    ...(chosen === undefined ? {} : { initial_option: chosen }),
    ...(more.placeholder === undefined ? {} : { placeholder: plain(more.placeholder, 150) }),
  }
}

export function radio(choices: readonly Choice[], initial?: string): RadioButtons {
  const options = choices.map((one) => option(one.label, one.value, one.description))
  const chosen = options.find((one) => one.value === initial)
  return {
    type: 'radio_buttons',
    action_id: ANSWER,
    options,
    ...(chosen === undefined ? {} : { initial_option: chosen }),
  }
}

export const someone = (initial?: string): UsersSelect => ({
  type: 'users_select',
  action_id: ANSWER,
  ...(initial === undefined ? {} : { initial_user: initial }),
})
