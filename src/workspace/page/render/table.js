// The table block. Its first row is the heading.
import { h } from '../dom.js'
import { plainText } from './mrkdwn.js'
import { richText } from './rich-text.js'

/** @param {any} block @param {import('../store.js').Context} context @returns {import('../dom.js').Child} */
export function table(block, context) {
  const settings = block.column_settings ?? []
  const [heading = [], ...rows] = block.rows ?? []
  return h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heading.map((/** @type {any} */ one, /** @type {number} */ at) => cell('th', one, at)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((/** @type {any[]} */ row) =>
          h(
            'tr',
            null,
            row.map((one, at) => cell('td', one, at)),
          ),
        ),
      ),
    ),
  )

  /** @param {'th' | 'td'} tag @param {any} content @param {number} column */
  function cell(tag, content, column) {
    const setting = settings[column]
    const align = setting?.align ?? (content?.type === 'raw_number' ? 'right' : undefined)
    const classes = [align && `align-${align}`, setting?.is_wrapped && 'wrapped'].filter(Boolean).join(' ')
    return h(
      tag,
      { class: classes || undefined, scope: tag === 'th' ? 'col' : undefined },
      cellContent(content),
    )
  }

  /** @param {any} content */
  function cellContent(content) {
    if (content?.type === 'rich_text') return richText(content, context)
    return plainText(String(content?.text ?? content?.value ?? content?.number ?? ''), context)
  }
}
