// The markdown block: the common part of Markdown, as nodes.
import { h } from '../dom.js'
import { link, plainText } from './mrkdwn.js'
import { safeUrl } from './mrkdwn-parse.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../dom.js').Child} Child
 */

const FENCE = /^\s*(```|~~~)/
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/
const QUOTE = /^\s*>\s?/
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/
const TASK = /^\[([ xX])\]\s+(.*)$/

// Deeper nesting than this is nobody's text, and each level costs the browser a level too.
const MAX_DEPTH = 8

/** @param {string} text @param {Context} context @param {number} [depth] @returns {Child[]} */
export function markdown(text, context, depth = 0) {
  if (depth > MAX_DEPTH) return [text]
  const lines = text.split('\n')
  /** @type {Child[]} */
  const nodes = []
  let at = 0
  while (at < lines.length) {
    const taken = takeBlock(lines, at, context, depth)
    nodes.push(taken.node)
    at = taken.end
  }
  return nodes
}

/** @typedef {{ node: Child, end: number }} Taken */

/** @param {string[]} lines @param {number} at @param {Context} context @param {number} depth @returns {Taken} */
function takeBlock(lines, at, context, depth) {
  const line = lines[at] ?? ''
  if (line.trim() === '') return { node: undefined, end: at + 1 }
  if (FENCE.test(line)) return takeFence(lines, at)
  if (RULE.test(line)) return { node: h('hr', null), end: at + 1 }
  const heading = HEADING.exec(line)
  if (heading) {
    const level = Math.min(6, (heading[1] ?? '').length + 2)
    return { node: h(`h${level}`, null, inline(heading[2] ?? '', context)), end: at + 1 }
  }
  if (QUOTE.test(line)) return takeQuote(lines, at, context, depth)
  if (ITEM.test(line)) return takeList(lines, at, context, depth)
  if (line.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '')) return takeTable(lines, at, context)
  return takeParagraph(lines, at, context)
}

/** @param {string[]} lines @param {number} at @returns {Taken} */
function takeFence(lines, at) {
  const close = lines.findIndex((line, index) => index > at && FENCE.test(line))
  const end = close < 0 ? lines.length : close
  return { node: h('pre', { tabindex: '0' }, lines.slice(at + 1, end).join('\n')), end: end + 1 }
}

/** @param {string[]} lines @param {number} at @param {Context} context @param {number} depth @returns {Taken} */
function takeQuote(lines, at, context, depth) {
  const end = firstOther(lines, at, (line) => QUOTE.test(line))
  const quoted = lines.slice(at, end).map((line) => line.replace(QUOTE, ''))
  return { node: h('blockquote', null, markdown(quoted.join('\n'), context, depth + 1)), end }
}

/** @param {string[]} lines @param {number} at @param {Context} context @param {number} depth @returns {Taken} */
function takeList(lines, at, context, depth) {
  const first = ITEM.exec(lines[at] ?? '')
  const indent = (first?.[1] ?? '').length
  /** @type {Child[]} */
  const items = []
  let end = at
  while (end < lines.length) {
    const item = ITEM.exec(lines[end] ?? '')
    if (!item || (item[1] ?? '').length < indent) break
    const next = firstOther(lines, end + 1, (line) => /^\s+\S/.test(line) && line.search(/\S/) > indent)
    const below = lines.slice(end + 1, next)
    items.push(
      h(
        'li',
        null,
        itemText(item[3] ?? '', context),
        below.length > 0 && markdown(below.join('\n'), context, depth + 1),
      ),
    )
    end = next
  }
  const marker = first?.[2] ?? '-'
  const ordered = /\d/.test(marker)
  return {
    node: h(ordered ? 'ol' : 'ul', { start: ordered ? Number.parseInt(marker, 10) : undefined }, items),
    end,
  }
}

/** @param {string} text @param {Context} context @returns {Child[]} */
function itemText(text, context) {
  const task = TASK.exec(text)
  if (!task) return inline(text, context)
  const done = task[1] !== ' '
  return [
    h('span', { class: 'task', role: 'img', 'aria-label': done ? 'done' : 'open' }, done ? '☑' : '☐'),
    ' ',
    ...inline(task[2] ?? '', context),
  ]
}

/** @param {string[]} lines @param {number} at @param {Context} context @returns {Taken} */
function takeTable(lines, at, context) {
  const end = firstOther(lines, at + 2, (line) => line.includes('|'))
  const [heading = [], ...rows] = [lines[at] ?? '', ...lines.slice(at + 2, end)].map(cells)
  const row = (/** @type {string} */ tag, /** @type {string[]} */ texts) =>
    h(
      'tr',
      null,
      texts.map((text) => h(tag, null, inline(text, context))),
    )
  const node = h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' },
    h(
      'table',
      null,
      h('thead', null, row('th', heading)),
      h(
        'tbody',
        null,
        rows.map((texts) => row('td', texts)),
      ),
    ),
  )
  return { node, end }
}

/** @param {string} line */
const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())

/** @param {string[]} lines @param {number} at @param {Context} context @returns {Taken} */
function takeParagraph(lines, at, context) {
  const starts = [FENCE, HEADING, QUOTE, ITEM, RULE]
  const end = firstOther(
    lines,
    at + 1,
    (line) => line.trim() !== '' && !starts.some((start) => start.test(line)),
  )
  const content = lines
    .slice(at, end)
    .flatMap((line, index) => [index > 0 && h('br', null), ...inline(line.trim(), context)])
  return { node: h('p', null, content), end }
}

/** @param {string[]} lines @param {number} from @param {(line: string) => boolean} belongs */
function firstOther(lines, from, belongs) {
  let end = from
  while (end < lines.length && belongs(lines[end] ?? '')) end += 1
  return end
}

const INLINE =
  /(?<code>`{1,3})(?<codeText>.+?)\k<code>(?!`)|\*\*(?<bold>\S(?:.*?\S)?)\*\*|__(?<bold2>\S(?:.*?\S)?)__(?!\w)|~~(?<strike>.+?)~~|\*(?<italic>[^\s*](?:[^*]*[^\s*])?)\*|(?<!\w)_(?<italic2>[^\s_](?:[^_]*[^\s_])?)_(?!\w)|!?\[(?<label>[^\]]*)\]\((?<url>[^()\s]+)\)|(?<bare>https?:\/\/[^\s<>)]+[^\s<>).,;:!?])|\\(?<escaped>[\\`*_~[\]#|>-])/

/** @param {string} text @param {Context} context @returns {Child[]} */
function inline(text, context) {
  /** @type {Child[]} */
  const nodes = []
  let rest = text
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    nodes.push(
      ...plainText(rest.slice(0, match.index), context),
      inlineNode(match.groups ?? {}, match[0], context),
    )
    rest = rest.slice(match.index + match[0].length)
  }
  return [...nodes, ...plainText(rest, context)]
}

/** @param {Record<string, string | undefined>} found @param {string} whole @param {Context} context @returns {Child} */
function inlineNode(found, whole, context) {
  const bold = found['bold'] ?? found['bold2']
  const italic = found['italic'] ?? found['italic2']
  if (found['codeText']) return h('code', null, found['codeText'])
  if (bold) return h('strong', null, inline(bold, context))
  if (italic) return h('em', null, inline(italic, context))
  if (found['strike']) return h('s', null, inline(found['strike'], context))
  if (found['escaped']) return found['escaped']
  const url = safeUrl(found['url'] ?? found['bare'])
  return url ? link(url, found['label'] || url) : whole
}
