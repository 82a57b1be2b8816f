// The messages of a channel or of a thread, by day, with where the new ones begin.
import { h } from '../dom.js'
import { dateOf, dayHeading } from './dates.js'
import { icon } from './icons.js'
import { messageNode } from './message.js'
import { keepScroll } from './scroll.js'

/**
 * @typedef {import('../api.js').Message} Message
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../dom.js').Child} Child
 *
 * @typedef {object} ListProps
 * @property {string} id changes with what is shown, so that scrolling starts afresh
 * @property {string} label
 * @property {Message[]} messages
 * @property {Record<string, Message[]>} replies
 * @property {Context} context
 * @property {boolean} inThread
 * @property {string[]} pins
 * @property {string | null} newSince
 * @property {number} unread
 * @property {Child} [start] what stands before the first message
 * @property {(ts: string) => import('../surface.js').Surface} surfaceOf
 * @property {ReturnType<typeof import('../dom.js').memory>} remember
 * @property {(ts: string) => void} openThread
 * @property {(event: Event, message: Message) => void} openActions
 * @property {() => void} reachedEnd
 */

const COMPACT_WITHIN_S = 300
/** @type {Message[]} */
const NO_REPLIES = []

/** @param {ListProps} props */
export function messageList(props) {
  return h(
    'div',
    { class: 'messages-frame', key: props.id },
    h(
      'div',
      {
        class: 'messages',
        role: 'region',
        'aria-label': props.label,
        'data-list': props.id,
        onkeydown: moveBetweenMessages,
        ref: (/** @type {HTMLElement} */ element) => keepScroll(element, props.reachedEnd),
      },
      h('div', { class: 'messages-inner' }, props.start, rows(props)),
    ),
    h(
      'button',
      { type: 'button', class: 'jump', onclick: jumpToEnd },
      icon('down'),
      props.unread > 0 ? `${props.unread} new` : 'To the end',
    ),
  )
}

/** @param {ListProps} props @returns {Child[]} */
function rows(props) {
  const { messages, context, newSince } = props
  /** @type {Child[]} */
  const nodes = []
  let day = ''
  let newShown = false
  for (const [index, message] of messages.entries()) {
    const previous = messages[index - 1]
    const date = dateOf(message.ts)
    const startsDay = date.toDateString() !== day
    /** @type {boolean} */
    const startsNew =
      !newShown &&
      newSince !== null &&
      Number(message.ts) > Number(newSince) &&
      message.user !== context.me.id
    if (startsDay && !props.inThread) nodes.push(dayLine(date, context))
    if (startsNew && index > 0)
      nodes.push(h('div', { class: 'new-line', key: 'new', role: 'separator' }, h('span', null, 'New')))
    newShown ||= startsNew
    const startsReplies = props.inThread && index === 1
    if (startsReplies) nodes.push(repliesLine(messages.length - 1))
    day = date.toDateString()
    nodes.push(row(props, message, !startsDay && !startsNew && !startsReplies && follows(previous, message)))
  }
  return nodes
}

/** @param {ListProps} props @param {Message} message @param {boolean} compact */
function row(props, message, compact) {
  const surface = props.surfaceOf(message.ts)
  const replies = props.replies[message.ts] ?? NO_REPLIES
  const pinned = props.pins.includes(message.ts)
  const { context, inThread, openThread, openActions } = props
  return props.remember(
    `${props.id} ${message.ts}`,
    [message, context, surface, surface.version, replies, pinned, compact],
    () =>
      messageNode({ message, context, surface, replies, compact, inThread, pinned, openThread, openActions }),
  )
}

/** @param {number} count */
function repliesLine(count) {
  const text = count === 1 ? '1 reply' : `${count} replies`
  return h('div', { class: 'day-line', key: 'replies', role: 'separator' }, h('span', null, text))
}

/** @param {Date} date @param {Context} context */
function dayLine(date, context) {
  const text = dayHeading(date, context.now)
  return h(
    'div',
    { class: 'day-line', key: `day ${date.toDateString()}`, role: 'separator' },
    h('span', null, text),
  )
}

/** @param {Message | undefined} previous @param {Message} message */
function follows(previous, message) {
  if (!previous || previous.user !== message.user || previous.ephemeral || message.ephemeral) return false
  // A card says by itself whose it is and since when.
  if (previous.blocks.length > 0 || message.blocks.length > 0) return false
  if (previous.subtype || message.subtype)
    return previous.subtype === message.subtype && previous.user === message.user
  return Number(message.ts) - Number(previous.ts) < COMPACT_WITHIN_S
}

/** @param {KeyboardEvent} event */
function moveBetweenMessages(event) {
  const current = /** @type {HTMLElement} */ (event.target)
  if (!current.classList.contains('message') || !['ArrowUp', 'ArrowDown'].includes(event.key)) return
  const all = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('.message')]
  const next = all[all.indexOf(current) + (event.key === 'ArrowUp' ? -1 : 1)]
  if (!(next instanceof HTMLElement)) return
  event.preventDefault()
  next.focus()
}

/** @param {any} event */
function jumpToEnd(event) {
  const list = event.currentTarget.previousElementSibling
  list.scrollTop = list.scrollHeight
}
