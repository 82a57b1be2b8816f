import { h } from '../dom.js'
import { icon } from './icons.js'

/** A short warning at the foot of the page. @param {string} text @param {() => void} dismiss */
export function notice(text, dismiss) {
  return h(
    'div',
    { class: 'notice', role: 'alert', key: 'notice' },
    icon('warning'),
    h('span', null, text),
    h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: dismiss }, icon('close')),
  )
}
