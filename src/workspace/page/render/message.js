// One message: who, when, what, and what can be done with it.
import { h } from '../dom.js'
import { isReply } from '../read-marks.js'
import { avatar } from './avatar.js'
import { blockNodes } from './blocks.js'
import { clockTime, dateOf, fullTime } from './dates.js'
import { icon } from './icons.js'
import { emoji, mrkdwn } from './mrkdwn.js'
import { safeUrl } from './mrkdwn-parse.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../api.js').Message} Message
 * @typedef {import('../dom.js').Child} Child
 *
 * @typedef {object} MessageProps
 * @property {Message} message
 * @property {Context} context
 * @property {import('../surface.js').Surface} surface
 * @property {Message[]} replies
 * @property {boolean} compact follows a message of the same person
 * @property {boolean} inThread
 * @property {boolean} pinned
 * @property {(ts: string) => void} openThread
 * @property {(event: Event, message: Message) => void} openActions
 */

/** @param {MessageProps} props */
export function messageNode(props) {
  const { message, context, compact } = props
  const user = context.users.get(message.user)
  const when = dateOf(message.ts)
  const time = h(
    'time',
    { class: 'time', datetime: when.toISOString(), title: fullTime(when) },
    clockTime(when),
  )
  if (message.subtype && message.blocks.length === 0 && !message.ephemeral && isSystem(message.subtype)) {
    return systemLine(props, time)
  }
  return h(
    'article',
    {
      key: message.ts,
      class: ['message', compact && 'compact', message.ephemeral && 'ephemeral'].filter(Boolean).join(' '),
      'data-ts': message.ts,
      tabindex: '-1',
      'aria-label': `${user?.realName ?? 'Somebody'}, ${clockTime(when)}`,
    },
    h('div', { class: 'gutter' }, compact ? time : avatar(user)),
    h(
      'div',
      { class: 'message-main' },
      message.ephemeral && h('p', { class: 'mark' }, icon('eye'), 'Only visible to you'),
      props.pinned && h('p', { class: 'mark' }, icon('pin'), 'Pinned'),
      isReply(message) && !props.inThread && h('p', { class: 'mark' }, icon('reply'), 'Replied to a thread'),
      !compact && heading(user, time),
      content(props),
      files(message),
      reactions(message, context),
      !props.inThread && replyCount(props),
    ),
    toolbar(props),
  )
}

/** @param {string} subtype */
const isSystem = (subtype) => /^(channel|group)_|^pinned_item$|^bot_(add|remove)$/.test(subtype)

/** @param {MessageProps} props @param {Child} time */
function systemLine({ message, context }, time) {
  return h(
    'article',
    { key: message.ts, class: 'message system', 'data-ts': message.ts, tabindex: '-1' },
    h('div', { class: 'gutter' }, time),
    h('div', { class: 'message-main text' }, mrkdwn(message.text, context)),
  )
}

/** @param {import('../api.js').User | undefined} user @param {Child} time */
function heading(user, time) {
  return h(
    'div',
    { class: 'heading' },
    h('span', { class: 'name', title: user && `@${user.name}` }, user?.realName ?? 'Somebody'),
    user?.isBot && h('span', { class: 'badge' }, 'APP'),
    time,
  )
}

/** @param {MessageProps} props @returns {Child} */
function content({ message, context, surface }) {
  const edited = message.edited && h('span', { class: 'edited' }, ' (edited)')
  if (message.blocks.length === 0)
    return message.text && h('div', { class: 'text' }, mrkdwn(message.text, context), edited)
  return h('div', { class: 'blocks' }, blockNodes(message.blocks, { context, surface }), edited)
}

/** @param {Message} message @returns {Child} */
function files(message) {
  return (message.files ?? []).map((file) => {
    const url = safeUrl(
      URL.canParse(file.url, location.href) ? new URL(file.url, location.href).href : undefined,
    )
    const label = [
      icon('file'),
      h('span', { class: 'file-name' }, file.name),
      h('span', { class: 'file-size' }, byteSize(file.size)),
    ]
    return url
      ? h(
          'a',
          { class: 'file', key: file.id, href: url, target: '_blank', rel: 'noopener noreferrer' },
          label,
        )
      : h('span', { class: 'file', key: file.id }, label)
  })
}

/** @param {number} bytes */
function byteSize(bytes) {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** @param {Message} message @param {Context} context @returns {Child} */
function reactions(message, context) {
  const given = message.reactions ?? []
  if (given.length === 0) return undefined
  return h(
    'ul',
    { class: 'reactions', 'aria-label': 'Reactions' },
    given.map((reaction) => {
      const names = reaction.users.map((id) => context.users.get(id)?.realName ?? id).join(', ')
      return h(
        'li',
        { class: 'reaction', key: reaction.name, title: names },
        emoji(reaction.name),
        ` ${reaction.users.length}`,
      )
    }),
  )
}

/** @param {MessageProps} props @returns {Child} */
function replyCount({ message, replies, context, openThread }) {
  const count = Math.max(message.replyCount, replies.length)
  if (count === 0 || isReply(message)) return undefined
  const people = [...new Set(replies.map((reply) => reply.user))].slice(0, 4)
  const last = replies.at(-1)
  return h(
    'button',
    { type: 'button', class: 'replies', 'data-replies': message.ts, onclick: () => openThread(message.ts) },
    people.map((id) => avatar(context.users.get(id), 'small')),
    h('span', { class: 'replies-count' }, count === 1 ? '1 reply' : `${count} replies`),
    last && h('span', { class: 'replies-last' }, `last at ${clockTime(dateOf(last.ts))}`),
  )
}

/** @param {MessageProps} props @returns {Child} */
function toolbar({ message, inThread, openThread, openActions }) {
  if (message.ephemeral) return undefined
  return h(
    'div',
    { class: 'toolbar' },
    !inThread &&
      !isReply(message) &&
      h(
        'button',
        {
          type: 'button',
          'aria-label': 'Reply in thread',
          title: 'Reply in thread',
          onclick: () => openThread(message.ts),
        },
        icon('reply'),
      ),
    h(
      'button',
      {
        type: 'button',
        'aria-label': 'More actions',
        title: 'More actions',
        'aria-haspopup': 'menu',
        'data-actions': message.ts,
        onclick: (/** @type {Event} */ event) => openActions(event, message),
      },
      icon('more'),
    ),
  )
}
