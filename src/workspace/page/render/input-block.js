// An input block: label, element, hint and what is wrong with the value, tied together for screen readers.
import { h } from '../dom.js'
import { elementNode } from './elements.js'
import { icon } from './icons.js'
import { textObject } from './mrkdwn.js'

/** @param {any} block @param {import('./elements.js').Spot} spot @returns {import('../dom.js').Child[]} */
export function inputBlock(block, spot) {
  const id = `input-${block.block_id}`
  const isGroup = ['checkboxes', 'radio_buttons'].includes(block.element?.type)
  const error = spot.surface.errors[spot.blockId]
  const describedBy =
    [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(' ') || undefined
  const labelled = isGroup
    ? { 'aria-labelledby': `${id}-label`, 'aria-describedby': describedBy }
    : {
        id,
        'aria-describedby': describedBy,
        'aria-invalid': error && 'true',
        'aria-required': block.optional ? undefined : 'true',
      }
  return [
    h(
      isGroup ? 'span' : 'label',
      { class: 'input-label', id: `${id}-label`, for: isGroup ? undefined : id },
      textObject(block.label, spot.context),
      block.optional && h('span', { class: 'optional' }, ' (optional)'),
    ),
    elementNode(block.element, { ...spot, dispatches: block.dispatch_action === true, labelled }),
    error && h('p', { class: 'error', id: `${id}-error`, role: 'alert' }, icon('warning'), error),
    block.hint && h('p', { class: 'hint', id: `${id}-hint` }, textObject(block.hint, spot.context)),
  ]
}
