// Slack's mrkdwn as a tree of tokens. Nothing here touches the document, so that it can be tested alone.
import { EMOJI } from './emoji.js'

/**
 * @typedef {{ type: 'text', text: string }
 *   | { type: 'break' }
 *   | { type: 'bold' | 'italic' | 'strike' | 'quote', children: Token[] }
 *   | { type: 'code' | 'pre', text: string }
 *   | { type: 'emoji', name: string }
 *   | { type: 'link', url: string, text: string }
 *   | { type: 'user' | 'channel' | 'group', id: string, label: string | undefined }
 *   | { type: 'broadcast', name: string }
 *   | { type: 'date', timestamp: number, format: string, link: string | undefined, fallback: string }} Token
 */

/** @type {Record<string, 'bold' | 'italic' | 'strike'>} */
const STYLES = { '*': 'bold', _: 'italic', '~': 'strike' }
const WORD = /[\p{L}\p{N}]/u
const QUOTE = /^(?:&gt;|>) ?/
const EMOJI_NAME = /:([a-z0-9_+'-]+):(?!\d)/y
const BARE_URL = /https?:\/\/(?:(?!&[lg]t;)[^\s<>|"`])+/iy
const ENTITY = /<([^<>\n]+)>/y

/** @param {string} text @returns {Token[]} */
export function parseMrkdwn(text) {
  // The line breaks around a code block belong to the block.
  return text.split(/\n?```\n?([\s\S]*?)\n?```\n?/).flatMap((part, index) => {
    if (index % 2 === 1) return [{ type: 'pre', text: unescapeEntities(stripAngles(part)) }]
    return part === '' ? [] : parseLines(part)
  })
}

/** Emoji names in text that knows no other formatting. @param {string} text @returns {Token[]} */
export function parsePlain(text) {
  /** @type {Token[]} */
  const tokens = []
  let at = 0
  while (at < text.length) {
    const emoji = emojiAt(text, at)
    if (emoji) tokens.push(emoji.token)
    else appendText(tokens, text[at] ?? '')
    at = emoji ? emoji.end : at + 1
  }
  return tokens
}

/** The address if it may become a link: http and https alone. @param {unknown} address @returns {string | undefined} */
export function safeUrl(address) {
  if (typeof address !== 'string' || !/^https?:\/\//i.test(address)) return undefined
  return URL.canParse(address) ? address : undefined
}

/** @param {string} text */
export function unescapeEntities(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** @param {string} text @returns {Token[]} */
function parseLines(text) {
  /** @type {Token[]} */
  const tokens = []
  for (const [index, line] of text.split('\n').entries()) {
    const last = tokens.at(-1)
    if (QUOTE.test(line)) {
      const content = parseInline(line.replace(QUOTE, ''))
      if (last?.type === 'quote') last.children.push({ type: 'break' }, ...content)
      else tokens.push({ type: 'quote', children: content })
      continue
    }
    if (index > 0 && last?.type !== 'quote') tokens.push({ type: 'break' })
    tokens.push(...parseInline(line))
  }
  return tokens
}

/** @param {string} text @returns {Token[]} */
function parseInline(text) {
  /** @type {Token[]} */
  const tokens = []
  /** @type {Set<string>} */
  const unclosed = new Set()
  let at = 0
  while (at < text.length) {
    const found =
      codeAt(text, at) ??
      entityAt(text, at) ??
      styleAt(text, at, unclosed) ??
      emojiAt(text, at) ??
      urlAt(text, at)
    if (found) tokens.push(found.token)
    else appendText(tokens, text[at] ?? '')
    at = found ? found.end : at + 1
  }
  for (const token of tokens) if (token.type === 'text') token.text = unescapeEntities(token.text)
  return tokens
}

/** @typedef {{ token: Token, end: number } | undefined} Found */

/** @param {string} text @param {number} at @returns {Found} */
function codeAt(text, at) {
  if (text[at] !== '`') return undefined
  const end = text.indexOf('`', at + 1)
  if (end <= at + 1) return undefined
  return {
    token: { type: 'code', text: unescapeEntities(stripAngles(text.slice(at + 1, end))) },
    end: end + 1,
  }
}

/**
 * `unclosed` remembers the marks that nothing later closes, so that a line of asterisks is not searched again for each.
 * @param {string} text @param {number} at @param {Set<string>} unclosed @returns {Found}
 */
function styleAt(text, at, unclosed) {
  const mark = text[at] ?? ''
  const type = STYLES[mark]
  if (!type || unclosed.has(mark) || WORD.test(text[at - 1] ?? ' ') || /[\s]/.test(text[at + 1] ?? ' '))
    return undefined
  for (let end = at + 1; end < text.length; end += 1) {
    const skipped = codeAt(text, end) ?? entityAt(text, end)
    if (skipped) end = skipped.end - 1
    if (skipped || text[end] !== mark || end === at + 1) continue
    if (/\s/.test(text[end - 1] ?? '') || WORD.test(text[end + 1] ?? ' ')) continue
    return { token: { type, children: parseInline(text.slice(at + 1, end)) }, end: end + 1 }
  }
  unclosed.add(mark)
  return undefined
}

/** @param {string} text @param {number} at @returns {Found} */
function emojiAt(text, at) {
  if (text[at] !== ':') return undefined
  const name = matchAt(EMOJI_NAME, text, at)?.[1]
  // "10:02:11" is a time, not an emoji between two numbers.
  if (!name || !Object.hasOwn(EMOJI, name) || /\d/.test(text[at - 1] ?? '')) return undefined
  return { token: { type: 'emoji', name }, end: at + name.length + 2 }
}

/** @param {string} text @param {number} at @returns {Found} */
function urlAt(text, at) {
  if (text[at] !== 'h' || WORD.test(text[at - 1] ?? ' ')) return undefined
  const raw = matchAt(BARE_URL, text, at)?.[0].replace(/[.,;:!?)\]'*_~]+$/, '')
  const url = safeUrl(raw && unescapeEntities(raw))
  return raw && url ? { token: { type: 'link', url, text: url }, end: at + raw.length } : undefined
}

/** @param {string} text @param {number} at @returns {Found} */
function entityAt(text, at) {
  if (text[at] !== '<') return undefined
  const match = matchAt(ENTITY, text, at)
  if (!match) return undefined
  const token = entity(match[1] ?? '')
  return token && { token, end: at + match[0].length }
}

/** @param {string} content @returns {Token | undefined} */
function entity(content) {
  const bar = content.indexOf('|')
  const target = bar < 0 ? content : content.slice(0, bar)
  const label = bar < 0 ? undefined : unescapeEntities(content.slice(bar + 1))
  if (/^@[UW][A-Z0-9]*$/.test(target)) return { type: 'user', id: target.slice(1), label }
  if (/^#[CG][A-Z0-9]*$/.test(target)) return { type: 'channel', id: target.slice(1), label }
  if (target.startsWith('!')) return command(target.slice(1), label)
  const url = safeUrl(unescapeEntities(target))
  if (url) return { type: 'link', url, text: label ?? url }
  // Text tokens are unescaped later, all at once, so this one takes its label as it was written.
  if (/^(mailto|tel):/i.test(target))
    return { type: 'text', text: content.slice(bar + 1).replace(/^\w+:/, '') }
  return undefined
}

/** @param {string} target @param {string | undefined} label @returns {Token | undefined} */
function command(target, label) {
  if (['channel', 'here', 'everyone'].includes(target)) return { type: 'broadcast', name: target }
  if (target.startsWith('subteam^'))
    return { type: 'group', id: target.slice(8), label: label?.replace(/^@/, '') }
  const [name, timestamp, format, link] = target.split('^')
  if (name !== 'date' || !timestamp || !format || !/^\d+$/.test(timestamp)) return undefined
  return {
    type: 'date',
    timestamp: Number(timestamp),
    format,
    link: safeUrl(link),
    fallback: label ?? format,
  }
}

/** Inside code, `<https://a|b>` shows its text, as the entity itself is markup. @param {string} text */
function stripAngles(text) {
  return text.replace(/<(https?:\/\/[^<>|\n]+)(?:\|([^<>\n]+))?>/gi, (_, url, label) => label ?? url)
}

/** @param {RegExp} pattern sticky @param {string} text @param {number} at */
function matchAt(pattern, text, at) {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** @param {Token[]} tokens @param {string} text */
function appendText(tokens, text) {
  const last = tokens.at(-1)
  if (last?.type === 'text') last.text += text
  else tokens.push({ type: 'text', text })
}
