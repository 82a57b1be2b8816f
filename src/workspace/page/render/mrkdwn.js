// Slack text as nodes: mrkdwn, plain text and the pieces that rich text shares with them.
import { h } from '../dom.js'
import { formatDateToken, fullTime } from './dates.js'
import { EMOJI } from './emoji.js'
import { parseMrkdwn, parsePlain } from './mrkdwn-parse.js'

/**
 * What rendering needs to know of its surroundings.
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('./mrkdwn-parse.js').Token} Token
 * @typedef {import('../dom.js').Child} Child
 */

/** @param {string} text @param {Context} context @returns {Child[]} */
export const mrkdwn = (text, context) => parseMrkdwn(text).map((token) => tokenNode(token, context))

/** @param {string} text @param {Context} context @returns {Child[]} */
export const plainText = (text, context) => parsePlain(text).map((token) => tokenNode(token, context))

/**
 * A Block Kit text object.
 * @param {any} object @param {Context} context @returns {Child[]}
 */
export function textObject(object, context) {
  if (typeof object?.text !== 'string') return []
  if (object.type === 'mrkdwn') return mrkdwn(object.text, context)
  return object.emoji === false ? [object.text] : plainText(object.text, context)
}

/** @param {Token} token @param {Context} context @returns {Child} */
export function tokenNode(token, context) {
  switch (token.type) {
    case 'text':
      return token.text
    case 'break':
      return h('br', null)
    case 'bold':
      return h('strong', null, inner(token.children, context))
    case 'italic':
      return h('em', null, inner(token.children, context))
    case 'strike':
      return h('s', null, inner(token.children, context))
    case 'quote':
      return h('blockquote', null, inner(token.children, context))
    case 'code':
      return h('code', null, token.text)
    case 'pre':
      return h('pre', { tabindex: '0' }, token.text)
    case 'emoji':
      return emoji(token.name)
    case 'link':
      return link(token.url, token.text)
    default:
      return mention(token, context)
  }
}

/** @param {Token[]} tokens @param {Context} context @returns {Child[]} */
const inner = (tokens, context) => tokens.map((token) => tokenNode(token, context))

/** @param {Extract<Token, { type: 'user' | 'channel' | 'group' | 'broadcast' | 'date' }>} token @param {Context} context @returns {Child} */
function mention(token, context) {
  switch (token.type) {
    case 'user':
      return userMention(token.id, context, token.label)
    case 'channel':
      return channelMention(token.id, context, token.label)
    case 'group':
      return h('span', { class: 'mention' }, `@${context.groups.get(token.id) ?? token.label ?? token.id}`)
    case 'broadcast':
      return h('span', { class: 'mention broadcast' }, `@${token.name}`)
    case 'date':
      return dateText(token, context)
  }
}

/** @param {string} name @returns {Child} */
export function emoji(name) {
  const character = EMOJI[name]
  return character
    ? h(
        'span',
        { class: 'emoji', role: 'img', 'aria-label': name.replaceAll('_', ' '), title: `:${name}:` },
        character,
      )
    : `:${name}:`
}

/** @param {string} url already known to be http or https @param {string} text @returns {Child} */
export const link = (url, text) => h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, text)

/** @param {string} id @param {Context} context @param {string} [label] @returns {Child} */
export function userMention(id, context, label) {
  const user = context.users.get(id)
  const me = id === context.me.id
  return h(
    'span',
    { class: me ? 'mention me' : 'mention', title: user?.realName },
    `@${user?.name ?? label ?? id}`,
  )
}

/** @param {string} id @param {Context} context @param {string} [label] @returns {Child} */
export function channelMention(id, context, label) {
  const channel = context.channels.find((known) => known.id === id)
  if (!channel) return h('span', { class: 'mention' }, `#${label ?? 'private-channel'}`)
  return h('a', { class: 'mention', href: context.hrefTo(channel) }, `#${channel.name}`)
}

/**
 * @param {{ timestamp: number, format: string, link?: string | undefined, fallback: string }} token
 * @param {Context} context @returns {Child}
 */
export function dateText(token, context) {
  const text = formatDateToken(token, context.now)
  const date = new Date(token.timestamp * 1000)
  const title = Number.isNaN(date.getTime()) ? undefined : fullTime(date)
  const shown = token.link ? link(token.link, text) : text
  return h('time', { datetime: title && date.toISOString(), title }, shown)
}
