// Checkboxes and radio buttons.
import { h } from '../dom.js'
import { textObject } from './mrkdwn.js'

/** @param {any} element @param {import('./elements.js').Spot} spot @returns {import('../dom.js').Child} */
export function choiceList(element, spot) {
  const many = element.type === 'checkboxes'
  const name = `${spot.blockId}/${element.action_id}`
  const chosen = spot.surface.listOf(spot.blockId, element)
  return h(
    'div',
    {
      key: `${element.type} ${element.action_id}`,
      class: 'choices',
      role: many ? 'group' : 'radiogroup',
      'data-block': spot.blockId,
      'data-action': element.action_id,
      'aria-labelledby': spot.labelled?.['aria-labelledby'],
      'aria-describedby': spot.labelled?.['aria-describedby'],
    },
    (element.options ?? []).map((/** @type {any} */ option) => choice(option)),
  )

  /** @param {any} option */
  function choice(option) {
    return h(
      'label',
      { class: 'choice', key: option.value },
      h('input', {
        type: many ? 'checkbox' : 'radio',
        name,
        'data-block': spot.blockId,
        'data-action': element.action_id,
        'data-value': option.value,
        checked: chosen.includes(option.value),
        onchange: (/** @type {any} */ event) => choose(option.value, event.target.checked),
      }),
      h(
        'span',
        null,
        textObject(option.text, spot.context),
        option.description &&
          h('span', { class: 'choice-more' }, textObject(option.description, spot.context)),
      ),
    )
  }

  /** @param {string} value @param {boolean} checked */
  function choose(value, checked) {
    // Drawing may be behind: what is chosen at this moment counts.
    const others = spot.surface.listOf(spot.blockId, element).filter((other) => other !== value)
    const next = many ? (checked ? [...others, value] : others) : value
    spot.surface.enter(spot.blockId, element, next)
    if (!spot.isInput || spot.dispatches) void spot.surface.press(spot.blockId, element, next)
  }
}
