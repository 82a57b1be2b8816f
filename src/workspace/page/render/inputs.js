// Inputs in which something is typed: text, numbers, dates and times.
import { h } from '../dom.js'

/**
 * @typedef {import('./elements.js').Spot} Spot
 * @typedef {import('../dom.js').Child} Child
 */

const TEXT_TYPES = /** @type {Record<string, string>} */ ({
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
})

/** @param {any} element @param {Spot} spot @returns {Child} */
export function textInput(element, spot) {
  const props = {
    ...common(element, spot),
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    oninput: (/** @type {any} */ event) => spot.surface.enter(spot.blockId, element, event.target.value),
    onkeydown: (/** @type {any} */ event) => dispatchOnEnter(event, element, spot),
  }
  if (element.multiline) return h('textarea', { ...props, rows: '4' })
  const type = TEXT_TYPES[element.type] ?? 'text'
  if (type !== 'number') return h('input', { ...props, type })
  const limits = {
    min: element.min_value,
    max: element.max_value,
    step: element.is_decimal_allowed ? 'any' : '1',
  }
  return h('input', {
    ...props,
    ...limits,
    type,
    inputmode: element.is_decimal_allowed ? 'decimal' : 'numeric',
  })
}

/** @param {any} element @param {Spot} spot @returns {Child} */
export function dateInput(element, spot) {
  const type = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' }[
    String(element.type)
  ]
  const isMoment = element.type === 'datetimepicker'
  const props = common(element, spot)
  return h('input', {
    ...props,
    type,
    value: isMoment ? localFromUnix(String(props['value'])) : props['value'],
    'aria-label': props['aria-label'] ?? element.placeholder?.text,
    // What is half typed is the empty string, and must not be told as an empty choice.
    onchange: (/** @type {any} */ event) => {
      const entered = isMoment ? unixFromLocal(event.target.value) : event.target.value
      spot.surface.enter(spot.blockId, element, entered)
      if (entered !== '' && (!spot.isInput || spot.dispatches))
        void spot.surface.press(spot.blockId, element, entered)
    },
  })
}

/** @param {any} element @param {Spot} spot @returns {Record<string, any>} */
function common(element, spot) {
  return {
    key: `${element.type} ${element.action_id}`,
    class: 'field',
    'data-block': spot.blockId,
    'data-action': element.action_id,
    value: spot.surface.valueOf(spot.blockId, element),
    ...spot.labelled,
  }
}

/** @param {any} event @param {any} element @param {Spot} spot */
function dispatchOnEnter(event, element, spot) {
  const asked = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed']
  if (event.key !== 'Enter' || element.multiline || !spot.dispatches || !asked.includes('on_enter_pressed'))
    return
  event.preventDefault()
  void spot.surface.press(spot.blockId, element, event.target.value)
}

/** Seconds since 1970 as the reader's wall clock, in the form a datetime-local input takes. @param {string} seconds */
function localFromUnix(seconds) {
  if (seconds === '') return ''
  const date = new Date(Number(seconds) * 1000)
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

/** @param {string} local */
const unixFromLocal = (local) => (local === '' ? '' : String(Math.floor(new Date(local).getTime() / 1000)))
