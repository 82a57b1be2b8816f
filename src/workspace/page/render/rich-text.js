// Rich text blocks: sections, lists, preformatted text and quotes.
import { h } from '../dom.js'
import { channelMention, dateText, emoji, link, userMention } from './mrkdwn.js'
import { safeUrl } from './mrkdwn-parse.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../dom.js').Child} Child
 */

/** @param {any} block @param {Context} context @returns {Child[]} */
export const richText = (block, context) =>
  (block.elements ?? []).map((/** @type {any} */ part) => partNode(part, context))

/** @param {any} part @param {Context} context @returns {Child} */
function partNode(part, context) {
  const content = () =>
    (part.elements ?? []).map((/** @type {any} */ element) => inlineNode(element, context))
  switch (part.type) {
    case 'rich_text_section':
      return h('div', { class: 'text' }, content())
    case 'rich_text_quote':
      return h('blockquote', null, content())
    case 'rich_text_preformatted':
      return h('pre', { tabindex: '0' }, content())
    case 'rich_text_list':
      return list(part, context)
    default:
      return undefined
  }
}

/** @param {any} part @param {Context} context @returns {Child} */
function list(part, context) {
  const items = (part.elements ?? []).map((/** @type {any} */ item) =>
    h(
      'li',
      null,
      (item.elements ?? []).map((/** @type {any} */ element) => inlineNode(element, context)),
    ),
  )
  const props = { class: 'rich-list', 'data-indent': part.indent ?? 0 }
  return part.style === 'ordered'
    ? h('ol', { ...props, start: (part.offset ?? 0) + 1 }, items)
    : h('ul', props, items)
}

/** @param {any} element @param {Context} context @returns {Child} */
function inlineNode(element, context) {
  switch (element.type) {
    case 'text':
      return styled(lines(element.text ?? ''), element.style)
    case 'link': {
      const url = safeUrl(element.url)
      const text = element.text || element.url || ''
      return styled([url ? link(url, text) : text], element.style)
    }
    case 'emoji':
      return emoji(element.name ?? '')
    case 'user':
      return userMention(element.user_id, context)
    case 'channel':
      return channelMention(element.channel_id, context)
    case 'usergroup':
      return h(
        'span',
        { class: 'mention' },
        `@${context.groups.get(element.usergroup_id) ?? element.usergroup_id}`,
      )
    case 'broadcast':
      return h('span', { class: 'mention broadcast' }, `@${element.range}`)
    case 'date':
      return dateText(
        {
          timestamp: element.timestamp,
          format: element.format ?? '{date} {time}',
          fallback: element.fallback ?? '',
        },
        context,
      )
    case 'color':
      return h('code', null, element.value ?? '')
    default:
      return undefined
  }
}

/** @param {Child[]} content @param {any} style @returns {Child} */
function styled(content, style) {
  /** @type {[string, string][]} */
  const tags = [
    ['code', 'code'],
    ['bold', 'strong'],
    ['italic', 'em'],
    ['strike', 's'],
    ['underline', 'u'],
  ]
  return tags.reduce((inner, [name, tag]) => (style?.[name] ? [h(tag, null, inner)] : inner), content)
}

/** @param {string} text @returns {Child[]} */
const lines = (text) =>
  text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [h('br', null), line]))
