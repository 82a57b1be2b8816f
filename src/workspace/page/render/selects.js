// Menus to choose one or several things from, over the browser's own select: it knows keyboards and phones best.
import { h } from '../dom.js'
import { icon } from './icons.js'

/**
 * @typedef {import('./elements.js').Spot} Spot
 * @typedef {import('../dom.js').Child} Child
 * @typedef {{ value: string, label: string }} Option
 * @typedef {{ label: string | undefined, options: Option[] }} Group
 */

/** @param {any} element @param {Spot} spot @returns {Child} */
export function singleSelect(element, spot) {
  const value = String(spot.surface.valueOf(spot.blockId, element))
  const placeholder = element.placeholder?.text ?? 'Choose…'
  return selectBox(
    {
      ...spot.labelled,
      key: `${element.type} ${element.action_id}`,
      'data-block': spot.blockId,
      'data-action': element.action_id,
      'aria-label': spot.labelled?.['id'] ? undefined : placeholder,
      value,
      onchange: (/** @type {any} */ event) => enter(element, spot, event.target.value),
    },
    placeholder,
    groupsOf(element, spot),
    value,
  )
}

/** @param {any} element @param {Spot} spot @returns {Child} */
export function multiSelect(element, spot) {
  const chosen = spot.surface.listOf(spot.blockId, element)
  const groups = groupsOf(element, spot)
  const labels = new Map(
    groups.flatMap((group) => group.options).map((option) => [option.value, option.label]),
  )
  const full = chosen.length >= (element.max_selected_items ?? Number.POSITIVE_INFINITY)
  const open = groups.map((group) => ({
    label: group.label,
    options: full ? [] : group.options.filter((option) => !chosen.includes(option.value)),
  }))
  const placeholder = element.placeholder?.text ?? 'Choose…'
  return h(
    'div',
    { class: 'multi', key: `${element.type} ${element.action_id}` },
    chosen.length > 0 &&
      h(
        'ul',
        { class: 'chips' },
        chosen.map((item) => chip(item, labels.get(item) ?? item, () => toggle(element, spot, item))),
      ),
    selectBox(
      {
        ...spot.labelled,
        'data-block': spot.blockId,
        'data-action': element.action_id,
        'aria-label': spot.labelled?.['id'] ? undefined : placeholder,
        value: '',
        disabled: full,
        onchange: (/** @type {any} */ event) => toggle(element, spot, event.target.value),
      },
      full ? `${chosen.length} chosen, no more can be` : placeholder,
      open,
      '',
    ),
  )
}

/** @param {string} value @param {string} label @param {() => void} remove */
function chip(value, label, remove) {
  return h(
    'li',
    { class: 'chip', key: value },
    label,
    h('button', { type: 'button', 'aria-label': `Remove ${label}`, onclick: remove }, icon('close')),
  )
}

/** @param {Record<string, any>} props @param {string} placeholder @param {Group[]} groups @param {string} value */
function selectBox(props, placeholder, groups, value) {
  const { key, ...rest } = props
  return h(
    'span',
    { class: 'select', key },
    h(
      'select',
      { ...rest, class: value === '' ? 'unchosen' : undefined },
      h('option', { value: '', disabled: true, hidden: true }, placeholder),
      groups.map((group) => {
        const options = group.options.map((option) =>
          h('option', { value: option.value, key: option.value }, option.label),
        )
        return group.label ? h('optgroup', { label: group.label, key: group.label }, options) : options
      }),
    ),
    icon('chevron'),
  )
}

/** @param {any} element @param {Spot} spot @returns {Group[]} */
function groupsOf(element, spot) {
  const { users, channels } = spot.context
  if (/users_select$/.test(element.type)) {
    const people = [...users.values()].filter((user) => !user.isBot)
    return [
      {
        label: undefined,
        options: people.map((user) => ({ value: user.id, label: `${user.realName} (@${user.name})` })),
      },
    ]
  }
  if (/(channels|conversations)_select$/.test(element.type)) {
    const open = channels.filter((channel) => !channel.isArchived)
    return [
      {
        label: undefined,
        options: open.map((channel) => ({ value: channel.id, label: `#${channel.name}` })),
      },
    ]
  }
  if (!element.option_groups) return [{ label: undefined, options: (element.options ?? []).map(optionOf) }]
  return element.option_groups.map((/** @type {any} */ group) => ({
    label: group.label?.text,
    options: (group.options ?? []).map(optionOf),
  }))
}

/** @param {any} option @returns {Option} */
const optionOf = (option) => ({ value: option.value, label: option.text?.text ?? option.value })

/** Choose one more, or one less, of what is chosen at this moment. @param {any} element @param {Spot} spot @param {string} item */
function toggle(element, spot, item) {
  const chosen = spot.surface.listOf(spot.blockId, element)
  const others = chosen.filter((other) => other !== item)
  enter(element, spot, others.length < chosen.length ? others : [...chosen, item])
}

/** @param {any} element @param {Spot} spot @param {string | string[]} value */
function enter(element, spot, value) {
  spot.surface.enter(spot.blockId, element, value)
  if (!spot.isInput || spot.dispatches) void spot.surface.press(spot.blockId, element, value)
}
