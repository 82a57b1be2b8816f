// Block Kit: one function per type of block.
import { h } from '../dom.js'
import { elementNode } from './elements.js'
import { inputBlock } from './input-block.js'
import { icon } from './icons.js'
import { markdown } from './markdown.js'
import { mrkdwn, textObject } from './mrkdwn.js'
import { safeUrl } from './mrkdwn-parse.js'
import { richText } from './rich-text.js'
import { table } from './table.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../surface.js').Surface} Surface
 * @typedef {import('../dom.js').Child} Child
 * @typedef {import('./elements.js').Spot} Spot
 */

/** @type {Record<string, (block: any, spot: Spot) => Child>} */
const BLOCKS = {
  header: (block, { context }) => h('h3', { class: 'block-header' }, textObject(block.text, context)),
  divider: () => h('hr', null),
  section,
  context: contextBlock,
  actions,
  context_actions: actions,
  input: inputBlock,
  image,
  rich_text: (block, { context }) => richText(block, context),
  table: (block, { context }) => table(block, context),
  markdown: (block, { context }) => h('div', { class: 'markdown' }, markdown(block.text ?? '', context)),
  alert: (block, { context }) =>
    h('div', { class: `alert ${block.level ?? 'default'}` }, textObject(block.text, context)),
}

/**
 * The blocks of a message or a view. Blocks are kept apart by their ids: where the app gives a block a new one,
 * it is a new block, with nothing typed into it.
 * @param {any[]} blocks @param {{ context: Context, surface: Surface }} around @returns {Child[]}
 */
export function blockNodes(blocks, { context, surface }) {
  return blocks.map((block, index) => {
    const spot = {
      context,
      surface,
      blockId: block.block_id ?? String(index),
      isInput: block.type === 'input',
    }
    const failure = surface.failures.get(spot.blockId)
    return h(
      'div',
      { class: `block block-${block.type}`, key: `${block.type} ${spot.blockId}` },
      (BLOCKS[block.type] ?? unsupported)(block, spot),
      failure && h('p', { class: 'failure', role: 'alert' }, icon('warning'), failure),
    )
  })
}

/** @param {any} block @param {Spot} spot @returns {Child[]} */
function section(block, spot) {
  const { context } = spot
  const fields = block.fields ?? []
  return [
    h(
      'div',
      { class: 'section-main' },
      block.text && h('div', { class: 'text' }, textObject(block.text, context)),
      fields.length > 0 &&
        h(
          'div',
          { class: 'section-fields' },
          fields.map((/** @type {any} */ field) => h('div', { class: 'text' }, textObject(field, context))),
        ),
    ),
    block.accessory && h('div', { class: 'section-accessory' }, elementNode(block.accessory, spot)),
  ]
}

/** @param {any} block @param {Spot} spot @returns {Child[]} */
function contextBlock(block, spot) {
  return (block.elements ?? []).map((/** @type {any} */ element) =>
    element.type === 'image'
      ? elementNode(element, spot)
      : h(
          'span',
          { class: 'text' },
          element.type === 'mrkdwn'
            ? mrkdwn(element.text ?? '', spot.context)
            : textObject(element, spot.context),
        ),
  )
}

/** @param {any} block @param {Spot} spot @returns {Child[]} */
function actions(block, spot) {
  return (block.elements ?? []).map((/** @type {any} */ element) => elementNode(element, spot))
}

/** Pictures are named, not fetched: the workspace shows nothing that comes from elsewhere. @param {any} block @param {Spot} spot @returns {Child} */
function image(block, spot) {
  const url = safeUrl(block.image_url)
  const alt = block.alt_text ?? 'Picture'
  return h(
    'figure',
    { class: 'image' },
    block.title && h('figcaption', null, textObject(block.title, spot.context)),
    h(
      'div',
      { class: 'image-box', role: 'img', 'aria-label': alt },
      icon('image'),
      h('span', null, alt),
      url && h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, 'Open'),
    ),
  )
}

/** @param {any} block @returns {Child} */
const unsupported = (block) =>
  h('p', { class: 'unsupported' }, `A block of type “${block.type}” is not shown here.`)
