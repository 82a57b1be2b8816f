// The interactive elements of Block Kit that stand in actions, accessories and inputs alike.
import { h } from '../dom.js'
import { icon } from './icons.js'
import { choiceList } from './choices.js'
import { dateInput, textInput } from './inputs.js'
import { multiSelect, singleSelect } from './selects.js'
import { safeUrl } from './mrkdwn-parse.js'
import { plainText } from './mrkdwn.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../dom.js').Child} Child
 *
 * Where an element stands and how it reports what a person does with it.
 * @typedef {object} Spot
 * @property {Context} context
 * @property {import('../surface.js').Surface} surface
 * @property {string} blockId
 * @property {boolean} isInput in an input block: entered now, sent with the form
 * @property {boolean} [dispatches] an input whose change is also told at once
 * @property {Record<string, string | boolean | undefined>} [labelled] the attributes that tie it to its label
 */

/** @type {Record<string, (element: any, spot: Spot) => Child>} */
const ELEMENTS = {
  button,
  overflow,
  static_select: singleSelect,
  users_select: singleSelect,
  channels_select: singleSelect,
  conversations_select: singleSelect,
  multi_static_select: multiSelect,
  multi_users_select: multiSelect,
  multi_channels_select: multiSelect,
  multi_conversations_select: multiSelect,
  checkboxes: choiceList,
  radio_buttons: choiceList,
  datepicker: dateInput,
  timepicker: dateInput,
  datetimepicker: dateInput,
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  image: imageElement,
}

/** @param {any} element @param {Spot} spot @returns {Child} */
export function elementNode(element, spot) {
  const render = ELEMENTS[element?.type]
  if (!render) return h('span', { class: 'unsupported' }, `Not shown here: ${element?.type ?? 'element'}`)
  return render(element, spot)
}

/** @param {any} element @param {Spot} spot @returns {Child} */
function button(element, spot) {
  const value = element.value ?? ''
  const url = safeUrl(element.url)
  const pending = spot.surface.isPending(spot.blockId, element, value)
  const props = {
    key: `${element.action_id} ${value}`,
    class: ['button', element.style, pending && 'pending'].filter(Boolean).join(' '),
    'data-block': spot.blockId,
    'data-action': element.action_id,
    'data-value': value,
    'aria-label': element.accessibility_label,
    'aria-busy': pending && 'true',
    onclick: () => void spot.surface.press(spot.blockId, element, value),
  }
  const label = plainText(element.text?.text ?? '', spot.context)
  if (!url) return h('button', { ...props, type: 'button' }, label)
  return h(
    'a',
    { ...props, href: url, target: '_blank', rel: 'noopener noreferrer' },
    label,
    icon('external'),
  )
}

/** @param {any} element @param {Spot} spot @returns {Child} */
function overflow(element, spot) {
  const items = (element.options ?? []).map((/** @type {any} */ option) => ({
    label: option.text?.text ?? '',
    description: option.description?.text,
    href: safeUrl(option.url),
    choose: () => void spot.surface.press(spot.blockId, element, option.value),
  }))
  return h(
    'button',
    {
      key: `overflow ${element.action_id}`,
      type: 'button',
      class: 'button overflow',
      'aria-label': 'More choices',
      'aria-haspopup': 'menu',
      'data-block': spot.blockId,
      'data-action': element.action_id,
      onclick: (/** @type {Event} */ event) => spot.context.openMenu(event, { label: 'More choices', items }),
    },
    icon('more'),
  )
}

/** @param {any} element @returns {Child} */
function imageElement(element) {
  return h(
    'span',
    { class: 'image-small', role: 'img', 'aria-label': element.alt_text, title: element.alt_text },
    icon('image'),
  )
}
