import { describe, expect, it } from 'vitest'
import type { Finding, Surface } from '../../src/workspace/block-limits.ts'
import {
  findingMessage,
  validateBlocks,
  validateMessageBlocks,
  validateView,
} from '../../src/workspace/block-limits.ts'

const long = (length: number) => 'x'.repeat(length)
const many = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, n) => make(n))
const plain = (text: string) => ({ type: 'plain_text', text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
const button = (id: string, more: object = {}) => ({
  type: 'button',
  action_id: id,
  text: plain('B'),
  ...more,
})
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const option = (n: number) => ({ text: plain(`o${n}`), value: `v${n}` })
const input = (element: object) => ({ type: 'input', label: plain('L'), element })
const table = (rows: number, columns: number) => ({
  type: 'table',
  rows: many(rows, () => many(columns, () => ({ type: 'raw_text', text: 'x' }))),
})
const card = { type: 'card', title: mrkdwn('t') }

interface Limit {
  what: string
  /** Just inside the limit. */
  fits: object
  /** Just past it. */
  breaks: object
  finding: Partial<Finding>
  surface?: Surface
}

const tooLong = (pointer: string, constraint: number) => ({
  code: 'too_long',
  message: `must be less than ${constraint + 1} characters`,
  pointer,
  constraint,
})
const tooMany = (pointer: string, constraint: number) => ({
  code: 'too_many',
  message: `no more than ${constraint} items allowed`,
  pointer,
  constraint,
})

const LIMITS: Limit[] = [
  {
    what: 'section text',
    fits: section(long(3_000)),
    breaks: section(long(3_001)),
    finding: tooLong('/0/text/text', 3_000),
  },
  {
    what: 'section field',
    fits: { type: 'section', fields: [mrkdwn(long(2_000))] },
    breaks: { type: 'section', fields: [mrkdwn(long(2_001))] },
    finding: tooLong('/0/fields/0/text', 2_000),
  },
  {
    what: 'section fields',
    fits: { type: 'section', fields: many(10, () => mrkdwn('x')) },
    breaks: { type: 'section', fields: many(11, () => mrkdwn('x')) },
    finding: tooMany('/0/fields', 10),
  },
  {
    what: 'header',
    fits: { type: 'header', text: plain(long(150)) },
    breaks: { type: 'header', text: plain(long(151)) },
    finding: tooLong('/0/text/text', 150),
  },
  {
    what: 'actions',
    fits: actions(...many(25, (n) => button(`b${n}`))),
    breaks: actions(...many(26, (n) => button(`b${n}`))),
    finding: tooMany('/0/elements', 25),
  },
  {
    what: 'context',
    fits: { type: 'context', elements: many(10, () => mrkdwn('x')) },
    breaks: { type: 'context', elements: many(11, () => mrkdwn('x')) },
    finding: tooMany('/0/elements', 10),
  },
  {
    what: 'context actions',
    fits: {
      type: 'context_actions',
      elements: many(5, (n) => ({
        type: 'icon_button',
        icon: 'trash',
        text: plain('x'),
        action_id: `a${n}`,
      })),
    },
    breaks: {
      type: 'context_actions',
      elements: many(6, (n) => ({
        type: 'icon_button',
        icon: 'trash',
        text: plain('x'),
        action_id: `a${n}`,
      })),
    },
    finding: tooMany('/0/elements', 5),
  },
  {
    what: 'button label',
    fits: actions(button('b', { text: plain(long(75)) })),
    breaks: actions(button('b', { text: plain(long(76)) })),
    finding: tooLong('/0/elements/0/text/text', 75),
  },
  {
    what: 'button value',
    fits: actions(button('b', { value: long(2_000) })),
    breaks: actions(button('b', { value: long(2_001) })),
    finding: tooLong('/0/elements/0/value', 2_000),
  },
  {
    what: 'action id',
    fits: actions(button(long(255))),
    breaks: actions(button(long(256))),
    finding: tooLong('/0/elements/0/action_id', 255),
  },
  {
    what: 'block id',
    fits: { type: 'divider', block_id: long(255) },
    breaks: { type: 'divider', block_id: long(256) },
    finding: tooLong('/0/block_id', 255),
  },
  {
    what: 'confirm text',
    fits: actions(button('b', { confirm: { text: mrkdwn(long(300)) } })),
    breaks: actions(button('b', { confirm: { text: mrkdwn(long(301)) } })),
    finding: tooLong('/0/elements/0/confirm/text/text', 300),
  },
  {
    what: 'confirm title',
    fits: actions(button('b', { confirm: { text: mrkdwn('x'), title: plain(long(100)) } })),
    breaks: actions(button('b', { confirm: { text: mrkdwn('x'), title: plain(long(101)) } })),
    finding: tooLong('/0/elements/0/confirm/title/text', 100),
  },
  {
    what: 'confirm button',
    fits: actions(button('b', { confirm: { text: mrkdwn('x'), confirm: plain(long(30)) } })),
    breaks: actions(button('b', { confirm: { text: mrkdwn('x'), confirm: plain(long(31)) } })),
    finding: tooLong('/0/elements/0/confirm/confirm/text', 30),
  },
  {
    what: 'options of a menu',
    fits: actions({ type: 'static_select', action_id: 's', options: many(100, option) }),
    breaks: actions({ type: 'static_select', action_id: 's', options: many(101, option) }),
    finding: tooMany('/0/elements/0/options', 100),
  },
  {
    what: 'value of an option',
    fits: actions({
      type: 'static_select',
      action_id: 's',
      options: [{ text: plain('o'), value: long(75) }],
    }),
    breaks: actions({
      type: 'static_select',
      action_id: 's',
      options: [{ text: plain('o'), value: long(76) }],
    }),
    finding: tooLong('/0/elements/0/options/0/value', 75),
  },
  {
    what: 'checkboxes',
    fits: actions({ type: 'checkboxes', action_id: 'c', options: many(10, option) }),
    breaks: actions({ type: 'checkboxes', action_id: 'c', options: many(11, option) }),
    finding: tooMany('/0/elements/0/options', 10),
  },
  {
    what: 'overflow',
    fits: actions({ type: 'overflow', action_id: 'o', options: many(5, option) }),
    breaks: actions({ type: 'overflow', action_id: 'o', options: many(6, option) }),
    finding: tooMany('/0/elements/0/options', 5),
  },
  {
    what: 'placeholder',
    fits: actions({ type: 'users_select', action_id: 'u', placeholder: plain(long(150)) }),
    breaks: actions({ type: 'users_select', action_id: 'u', placeholder: plain(long(151)) }),
    finding: tooLong('/0/elements/0/placeholder/text', 150),
  },
  {
    what: 'markdown',
    fits: { type: 'markdown', text: long(12_000) },
    breaks: { type: 'markdown', text: long(12_001) },
    finding: { code: 'msg_blocks_too_long' },
  },
  { what: 'table rows', fits: table(100, 1), breaks: table(101, 1), finding: tooMany('/0/rows', 100) },
  { what: 'table columns', fits: table(1, 20), breaks: table(1, 21), finding: tooMany('/0/rows/0', 20) },
  {
    what: 'image alt text',
    fits: { type: 'image', image_url: 'https://example.test/i.png', alt_text: long(2_000) },
    breaks: { type: 'image', image_url: 'https://example.test/i.png', alt_text: long(2_001) },
    finding: tooLong('/0/alt_text', 2_000),
  },
  {
    what: 'buttons of a card',
    fits: { ...card, actions: many(3, (n) => button(`b${n}`)) },
    breaks: { ...card, actions: many(4, (n) => button(`b${n}`)) },
    finding: tooMany('/0/actions', 3),
  },
  {
    what: 'cards of a carousel',
    fits: { type: 'carousel', elements: many(10, () => card) },
    breaks: { type: 'carousel', elements: many(11, () => card) },
    finding: tooMany('/0/elements', 10),
  },
  {
    what: 'blocks of a container',
    fits: { type: 'container', title: plain('t'), child_blocks: many(10, () => ({ type: 'divider' })) },
    breaks: { type: 'container', title: plain('t'), child_blocks: many(11, () => ({ type: 'divider' })) },
    finding: tooMany('/0/child_blocks', 10),
  },
  {
    what: 'alert',
    fits: { type: 'alert', text: plain(long(200)) },
    breaks: { type: 'alert', text: plain(long(201)) },
    finding: tooLong('/0/text/text', 200),
    surface: 'modal',
  },
  {
    what: 'input label',
    fits: { ...input({ type: 'plain_text_input' }), label: plain(long(2_000)) },
    breaks: { ...input({ type: 'plain_text_input' }), label: plain(long(2_001)) },
    finding: tooLong('/0/label/text', 2_000),
    surface: 'modal',
  },
  {
    what: 'length of a text input',
    fits: input({ type: 'plain_text_input', max_length: 3_000 }),
    breaks: input({ type: 'plain_text_input', max_length: 3_001 }),
    finding: { code: 'too_large', pointer: '/0/element/max_length', constraint: 3_000 },
    surface: 'modal',
  },
]

describe('limits of one block', () => {
  it.each(LIMITS)('$what', ({ fits, breaks, finding, surface = 'message' }) => {
    expect(validateBlocks(surface, [fits])).toEqual([])
    expect(validateBlocks(surface, [breaks])).toMatchObject([finding])
  })
})

describe('the shape of a block', () => {
  it.each<[string, object, Partial<Finding>]>([
    ['no type', { text: mrkdwn('x') }, { code: 'missing_field', field: 'type', pointer: '/0' }],
    ['an unknown type', { type: 'sektion' }, { message: 'unsupported type: sektion', pointer: '/0/type' }],
    ['no text', { type: 'header' }, { message: 'missing required field: text', pointer: '/0' }],
    [
      'neither text nor fields',
      { type: 'section' },
      { message: 'must define either `text` or `fields`', pointer: '/0' },
    ],
    ['empty text', section(''), { message: 'must be more than 0 characters', pointer: '/0/text/text' }],
    [
      'text of a wrong kind',
      { type: 'header', text: mrkdwn('x') },
      { code: 'invalid_value', pointer: '/0/text/type' },
    ],
    [
      'text as a string',
      { type: 'header', text: 'x' },
      { message: 'must provide an object', pointer: '/0/text' },
    ],
    [
      'an unknown field',
      { type: 'divider', colour: 'red' },
      { message: 'invalid additional property: colour' },
    ],
    ['an empty row', actions(), { message: 'no fewer than 1 items allowed', pointer: '/0/elements' }],
    [
      'an element that does not belong',
      actions({ type: 'image', alt_text: 'x', image_url: 'https://e.test/' }),
      {
        message: 'unsupported type: image',
        pointer: '/0/elements/0/type',
      },
    ],
    [
      'a style that is none',
      actions(button('b', { style: 'huge' })),
      { message: 'must be a valid enum value' },
    ],
    [
      'a menu without options',
      actions({ type: 'static_select', action_id: 's' }),
      {
        message: 'must define either `options` or `option_groups`',
      },
    ],
    ['a link that is none', actions(button('b', { url: 'nowhere' })), { message: 'invalid url' }],
    [
      'a date that is none',
      actions({ type: 'datepicker', initial_date: 'tomorrow' }),
      { code: 'invalid_value' },
    ],
    [
      'rich text without parts',
      { type: 'rich_text', elements: [] },
      { code: 'too_few', pointer: '/0/elements' },
    ],
    ['no block at all', 'x' as unknown as object, { message: 'must provide an object', pointer: '/0' }],
  ])('%s', (_what, block, finding) => {
    expect(validateBlocks('message', [block])).toMatchObject([finding])
  })

  it('all findings come at once', () => {
    const findings = validateBlocks('message', [section(long(3_001)), { type: 'header' }, actions()])

    expect(findings.map(({ pointer }) => pointer)).toEqual(['/0/text/text', '/1', '/2/elements'])
  })
})

describe('a whole message', () => {
  it('holds 50 blocks, a view 100', () => {
    const dividers = (count: number) => many(count, () => ({ type: 'divider' }))

    expect(validateBlocks('message', dividers(50))).toEqual([])
    expect(validateBlocks('message', dividers(51))).toMatchObject([tooMany('', 50)])
    expect(validateBlocks('modal', dividers(100))).toEqual([])
    expect(validateBlocks('home', dividers(101))).toMatchObject([tooMany('', 100)])
  })

  it('has each block id once, and each action id once in a block', () => {
    const twice = [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ]

    expect(validateBlocks('message', twice)).toMatchObject([{ code: 'duplicate', pointer: '/1/block_id' }])
    expect(validateBlocks('message', [actions(button('b'), button('b'))])).toMatchObject([
      { code: 'duplicate', pointer: '/0/elements/1/action_id', message: '`action_id` "b" already exists' },
    ])
    expect(validateBlocks('message', [actions(button('b')), actions(button('b'))])).toEqual([])
  })

  it('has one table', () => {
    expect(validateBlocks('message', [table(1, 1), table(1, 1)])).toMatchObject([
      { code: 'only_one_table_allowed', pointer: '/1' },
    ])
  })

  it('is too long when its texts are, even if each is short enough', () => {
    const sections = (count: number) => many(count, () => section(long(2_900)))

    expect(validateMessageBlocks(sections(4))).toEqual({ findings: [], isTooLong: false })
    expect(validateMessageBlocks(sections(5))).toEqual({ findings: [], isTooLong: true })
    expect(validateBlocks('message', sections(5))).toMatchObject([{ code: 'msg_blocks_too_long' }])
    expect(validateBlocks('modal', sections(5))).toEqual([])
  })

  it('shows on its surface only what belongs there', () => {
    const on = (surface: Surface, block: object) =>
      validateBlocks(surface, [block]).map(({ message }) => message)

    expect(on('modal', table(1, 1))).toEqual(['unsupported type: table'])
    expect(on('home', { type: 'markdown', text: 'x' })).toEqual(['unsupported type: markdown'])
    expect(on('message', { type: 'alert', text: plain('x') })).toEqual(['unsupported type: alert'])
    expect(on('message', input({ type: 'plain_text_input' }))).toEqual([])
  })
})

describe('a view', () => {
  const modal = (more: object = {}) => ({ type: 'modal', title: plain('T'), blocks: [], ...more })

  it.each<[string, object, Partial<Finding>]>([
    ['title', modal({ title: plain(long(25)) }), tooLong('/title/text', 24)],
    ['submit', modal({ submit: plain(long(25)) }), tooLong('/submit/text', 24)],
    ['private metadata', modal({ private_metadata: long(3_001) }), tooLong('/private_metadata', 3_000)],
    ['callback id', modal({ callback_id: long(256) }), tooLong('/callback_id', 255)],
    ['no title', { type: 'modal', blocks: [] }, { message: 'missing required field: title' }],
    [
      'an input without submit',
      modal({ blocks: [input({ type: 'plain_text_input' })] }),
      { field: 'submit' },
    ],
    ['blocks', modal({ blocks: [section('')] }), { pointer: '/blocks/0/text/text' }],
    [
      'an unknown field',
      modal({ submit_disabled: true }),
      { message: 'invalid additional property: submit_disabled' },
    ],
  ])('%s', (_what, view, finding) => {
    expect(validateView(view)).toMatchObject([finding])
  })

  it('that is right has no findings', () => {
    const blocks = [input({ type: 'plain_text_input', action_id: 'a' })]

    expect(validateView(modal({ submit: plain('Start'), blocks }))).toEqual([])
    expect(validateView({ type: 'home', blocks: [section('x')] })).toEqual([])
  })
})

it('a finding reads as Slack writes it', () => {
  const [finding] = validateBlocks('message', [section(long(3_001))])

  expect(findingMessage(finding!, '/blocks')).toBe(
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  )
})
