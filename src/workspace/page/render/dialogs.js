// Modals, and the question that a button asks before it acts.
import { h } from '../dom.js'
import { blockNodes } from './blocks.js'
import { icon } from './icons.js'
import { plainText, textObject } from './mrkdwn.js'

/**
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../api.js').View} View
 * @typedef {import('../surface.js').Surface} Surface
 */

const FOCUSABLE = 'button, a[href], input, select, textarea, [tabindex="0"]'

/** @param {{ view: View, depth: number, context: Context, surface: Surface, submit: () => void, close: () => void }} props */
export function modal({ view, depth, context, surface, submit, close }) {
  const busy = surface.pending.has('submit')
  const closeLabel = view.close?.text ?? 'Cancel'
  return overlay(
    `view ${view.id}`,
    h(
      'form',
      {
        class: 'dialog modal',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-labelledby': 'modal-title',
        'data-view': view.callback_id,
        novalidate: true,
        tabindex: '-1',
        onkeydown: (/** @type {KeyboardEvent} */ event) => dialogKeys(event, close),
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault()
          if (!busy) submit()
        },
        ref: focusFirstField,
      },
      h(
        'header',
        { class: 'dialog-header' },
        h('h2', { id: 'modal-title' }, plainText(view.title?.text ?? 'Dialog', context)),
        depth > 1 && h('span', { class: 'badge' }, `${depth} OPEN`),
        h('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: close }, icon('close')),
      ),
      h('div', { class: 'dialog-body' }, blockNodes(view.blocks, { context, surface })),
      surface.problem && h('p', { class: 'dialog-problem', role: 'alert' }, icon('warning'), surface.problem),
      h(
        'footer',
        { class: 'dialog-footer' },
        h('button', { type: 'button', class: 'button', 'data-dialog': 'close', onclick: close }, closeLabel),
        view.submit &&
          h(
            'button',
            {
              type: 'submit',
              class: busy ? 'button primary pending' : 'button primary',
              'data-dialog': 'submit',
              'aria-busy': busy && 'true',
            },
            plainText(view.submit.text ?? 'Submit', context),
          ),
      ),
    ),
  )
}

/** @param {{ question: import('../store.js').Confirm, context: Context, answer: (yes: boolean) => void }} props */
export function confirmation({ question, context, answer }) {
  return overlay(
    'confirm',
    h(
      'div',
      {
        class: 'dialog confirm',
        role: 'alertdialog',
        'aria-modal': 'true',
        'aria-labelledby': 'confirm-title',
        'aria-describedby': 'confirm-text',
        tabindex: '-1',
        onkeydown: (/** @type {KeyboardEvent} */ event) => dialogKeys(event, () => answer(false)),
        ref: (/** @type {HTMLElement} */ element) =>
          /** @type {HTMLElement | null} */ (element.querySelector('[data-dialog="deny"]'))?.focus(),
      },
      h(
        'header',
        { class: 'dialog-header' },
        h('h2', { id: 'confirm-title' }, textObject(question.title, context)),
      ),
      h('div', { class: 'dialog-body text', id: 'confirm-text' }, textObject(question.text, context)),
      h(
        'footer',
        { class: 'dialog-footer' },
        h(
          'button',
          { type: 'button', class: 'button', 'data-dialog': 'deny', onclick: () => answer(false) },
          question.deny?.text ?? 'Cancel',
        ),
        h(
          'button',
          {
            type: 'button',
            class: `button ${question.style ?? 'primary'}`,
            'data-dialog': 'confirm',
            onclick: () => answer(true),
          },
          question.confirm?.text ?? 'Yes',
        ),
      ),
    ),
  )
}

/** @param {string} key @param {import('../dom.js').VElement} dialog */
const overlay = (key, dialog) => h('div', { class: 'overlay', key }, dialog)

/** @param {HTMLElement} dialog */
function focusFirstField(dialog) {
  const first = dialog.querySelector('.dialog-body :is(input, select, textarea, button)') ?? dialog
  if (first instanceof HTMLElement) first.focus()
}

/** Escape closes; Tab stays inside. @param {KeyboardEvent} event @param {() => void} close */
function dialogKeys(event, close) {
  if (event.key === 'Escape') {
    event.preventDefault()
    return close()
  }
  if (event.key !== 'Tab') return
  const dialog = /** @type {HTMLElement} */ (event.currentTarget)
  const stops = [...dialog.querySelectorAll(FOCUSABLE)].filter((stop) => !stop.hasAttribute('disabled'))
  const [first, last] = [stops[0], stops.at(-1)]
  const leaving = event.shiftKey ? [first, dialog] : [last]
  if (!leaving.includes(/** @type {Element} */ (document.activeElement))) return
  event.preventDefault()
  const next = event.shiftKey ? last : first
  if (next instanceof HTMLElement) next.focus()
}
