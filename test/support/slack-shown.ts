import type { Office } from './product.ts'

/** What the local workspace shows to people, as they read it: texts, buttons by their labels, forms by their fields. */

type Json = Readonly<Record<string, unknown>>

export interface ShownButton {
  readonly label: string
  readonly isPrimary: boolean
  /** Asks back before it does anything. */
  readonly confirms: boolean
  /** Stands at the right of a line, which is what it is about. */
  readonly beside: string | undefined
  /** What has to be sent to press it. */
  readonly where: Json
}

export interface ShownMessage {
  readonly ts: string
  /** As a person reads it. */
  readonly plain: string
  /** User ids that it begins by mentioning. */
  readonly asks: readonly string[]
  /** With mentions as ids. */
  readonly raw: string
  readonly isPinned: boolean
  readonly buttons: readonly ShownButton[]
  readonly files: readonly string[]
}

export interface ShownInput {
  readonly block: string
  readonly type: string
  readonly label: string
  readonly hint: string
  readonly isOptional: boolean
  readonly isFilled: boolean
  /** Values that may be chosen, with their labels. */
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

export interface ShownForm {
  readonly id: string
  readonly title: string
  readonly plain: string
  readonly canBeSent: boolean
  /** block_id → what was wrong with the answer that was sent last. */
  readonly errors: Readonly<Record<string, string>>
  readonly inputs: readonly ShownInput[]
}

export interface Eyes {
  /** Of a channel with its threads, oldest first. */
  readonly messages: (channel: string) => Promise<readonly ShownMessage[]>
  /** The uppermost form that this person has open. */
  readonly form: (user: string) => Promise<ShownForm | undefined>
  /** What only this person was told so far. */
  readonly whispers: (user: string) => Promise<readonly string[]>
}

export function eyesIn({ control }: Pick<Office, 'control'>): Eyes {
  return {
    messages: async (channel) =>
      list((await control(`/control/channels/${channel}/messages`))['messages'])
        .flatMap((message) => [message, ...list(message['replies'])])
        .map(shownMessage),
    form: async (user) => {
      const view = list((await control(`/control/users/${user}/views`))['views']).at(-1)
      return view && shownForm(view)
    },
    whispers: async (user) =>
      list((await control(`/control/users/${user}/ephemeral`))['messages']).map(({ plain }) => String(plain)),
  }
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : [])
const text = (value: unknown): string => {
  const found = (value as { readonly text?: unknown } | null | undefined)?.text
  return typeof found === 'string' ? found : ''
}

function shownMessage(message: Json): ShownMessage {
  const blocks = list(message['blocks'])
  const fallback = String(message['text'] ?? '')
  const mentioned = /^(?:<@\w+>\s*)+/.exec(fallback)?.[0] ?? ''
  return {
    ts: String(message['ts']),
    plain: String(message['plain'] ?? ''),
    asks: [...mentioned.matchAll(/<@(\w+)>/g)].map(([, id = '']) => id),
    raw: [fallback, ...blocks.map((block) => text(block['text']))].join('\n'),
    isPinned: message['pinned'] === true,
    buttons: blocks.flatMap(buttonsOf),
    files: list(message['files']).map(({ name }) => String(name)),
  }
}

function buttonsOf(block: Json): readonly ShownButton[] {
  const accessory = block['accessory'] === undefined ? [] : [block['accessory'] as Json]
  const shown = (element: Json, beside: string | undefined): ShownButton => ({
    label: text(element['text']),
    isPrimary: element['style'] === 'primary',
    confirms: element['confirm'] !== undefined,
    beside,
    where: { action_id: element['action_id'], block_id: block['block_id'], value: element['value'] },
  })
  const isButton = (element: Json): boolean => element['type'] === 'button'
  return [
    ...list(block['elements'])
      .filter(isButton)
      .map((element) => shown(element, undefined)),
    ...accessory.filter(isButton).map((element) => shown(element, text(block['text']))),
  ]
}

function shownForm(view: Json): ShownForm {
  return {
    id: String(view['id']),
    title: text(view['title']),
    plain: String(view['plain'] ?? ''),
    canBeSent: text(view['submit']) !== '',
    errors: (view['errors'] ?? {}) as Readonly<Record<string, string>>,
    inputs: list(view['blocks'])
      .filter(({ type }) => type === 'input')
      .map((block): ShownInput => {
        const element = block['element'] as Json
        return {
          block: String(block['block_id']),
          type: String(element['type']),
          label: text(block['label']),
          hint: text(block['hint']),
          isOptional: block['optional'] === true,
          isFilled: Object.keys(element).some((key) => key.startsWith('initial_')),
          options: list(element['options']).map((option) => ({
            value: String(option['value']),
            label: text(option['text']),
          })),
        }
      }),
  }
}
