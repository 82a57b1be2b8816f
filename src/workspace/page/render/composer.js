// Where one writes: messages, and commands by a slash.
import { h } from '../dom.js'
import { commandOf, suggestionsFor } from '../suggestions.js'
import { icon } from './icons.js'

/**
 * What stands in a composer. `active` is the suggestion the arrows are on; `dismissed` hides the suggestions.
 * @typedef {{ text: string, caret: number, active: number, dismissed: boolean, problem: string }} Draft
 *
 * @typedef {object} ComposerProps
 * @property {string} id
 * @property {string} label
 * @property {boolean} inThread
 * @property {Draft} draft
 * @property {import('../api.js').Command[]} commands
 * @property {import('../store.js').Context} context
 * @property {(change: Partial<Draft>) => void} change
 * @property {(text: string) => void} send
 */

/** @type {Draft} */
export const EMPTY_DRAFT = { text: '', caret: 0, active: 0, dismissed: false, problem: '' }

/** @param {ComposerProps} props */
export function composer(props) {
  const { id, label, draft, commands, inThread } = props
  const { suggestions, active } = suggested(props, draft)
  const listId = `suggestions-${id}`
  return h(
    'form',
    {
      class: 'composer',
      key: `composer ${id}`,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        send(props, event.currentTarget)
      },
    },
    suggestions.length > 0 && suggestionList(props, suggestions, active, listId),
    draft.problem && h('p', { class: 'composer-problem', role: 'alert' }, icon('warning'), draft.problem),
    h(
      'div',
      { class: 'composer-box' },
      h('textarea', {
        rows: '1',
        'aria-label': label,
        placeholder: label,
        role: 'combobox',
        'aria-autocomplete': 'list',
        'aria-expanded': String(suggestions.length > 0),
        'aria-controls': listId,
        'aria-activedescendant': suggestions.length > 0 ? `${listId}-${active}` : undefined,
        'data-composer': inThread ? 'thread' : 'channel',
        value: draft.text,
        oninput: (/** @type {any} */ event) => typed(props, event.target),
        onkeydown: (/** @type {any} */ event) => keys(props, event),
        ref: fit,
      }),
      h(
        'button',
        { type: 'submit', class: 'send', 'aria-label': 'Send', disabled: draft.text.trim() === '' },
        icon('send'),
      ),
    ),
    h('p', { class: 'composer-hint' }, hint(draft.text, commands, inThread)),
  )
}

/** @param {ComposerProps} props @param {import('../suggestions.js').Suggestion[]} suggestions @param {number} active @param {string} listId */
function suggestionList(props, suggestions, active, listId) {
  return h(
    'ul',
    { class: 'suggestions', role: 'listbox', id: listId, 'aria-label': 'Suggestions' },
    suggestions.map((suggestion, index) =>
      h(
        'li',
        {
          key: suggestion.label,
          id: `${listId}-${index}`,
          role: 'option',
          'aria-selected': String(index === active),
          // The press must not take the focus out of the text.
          onpointerdown: (/** @type {any} */ event) => {
            event.preventDefault()
            accept(props, suggestion, event.currentTarget.closest('form').querySelector('textarea'))
          },
        },
        h('span', { class: 'suggestion-label' }, suggestion.label),
        h('span', { class: 'suggestion-detail' }, suggestion.detail),
      ),
    ),
  )
}

/** @param {string} text @param {import('../api.js').Command[]} commands @param {boolean} inThread */
function hint(text, commands, inThread) {
  if (text.startsWith('/') && inThread)
    return 'Commands do not work in threads; this would be sent as a message.'
  const command = commandOf(text, commands)
  if (command) return `${command.command} ${command.hint}`
  return text === '' ? '' : 'Enter sends, Shift + Enter makes a new line'
}

/** @param {ComposerProps} props @param {any} textarea */
function typed(props, textarea) {
  fit(textarea)
  props.change({
    text: textarea.value,
    caret: textarea.selectionStart,
    active: 0,
    dismissed: false,
    problem: '',
  })
}

/** @param {ComposerProps} props @param {Draft} draft */
function suggested(props, draft) {
  const suggestions = draft.dismissed ? [] : suggestionsFor(draft, props)
  return { suggestions, active: Math.min(draft.active, suggestions.length - 1) }
}

/** What stands in the field now: a key may come before the letter before it was drawn. @param {ComposerProps} props @param {any} textarea @returns {Draft} */
function current({ draft }, textarea) {
  if (textarea.value === draft.text) return draft
  return { ...EMPTY_DRAFT, text: textarea.value, caret: textarea.selectionStart }
}

/** @param {ComposerProps} props @param {any} event */
function keys(props, event) {
  if (event.isComposing) return
  const draft = current(props, event.target)
  const { suggestions, active } = suggested(props, draft)
  const chosen = suggestions[active]
  const moves = { ArrowDown: 1, ArrowUp: -1 }[String(event.key)]
  if (chosen && moves) {
    event.preventDefault()
    return props.change({ active: (active + moves + suggestions.length) % suggestions.length })
  }
  if (chosen && event.key === 'Escape') return props.change({ dismissed: true })
  const isWritten = chosen && draft.text.slice(chosen.from, draft.caret) === chosen.insert
  const accepts = event.key === 'Tab' || (event.key === 'Enter' && !isWritten)
  if (chosen && accepts && !event.shiftKey) {
    event.preventDefault()
    return accept(props, chosen, event.target)
  }
  if (event.key !== 'Enter' || event.shiftKey) return
  event.preventDefault()
  send(props, event.target.form)
}

/** @param {ComposerProps} props @param {import('../suggestions.js').Suggestion} suggestion @param {any} textarea */
function accept(props, { insert, from }, textarea) {
  const { text, caret } = current(props, textarea)
  const start = `${text.slice(0, from)}${insert} `
  textarea.value = start + text.slice(caret).replace(/^ /, '')
  textarea.setSelectionRange(start.length, start.length)
  typed(props, textarea)
}

/** @param {ComposerProps} props @param {any} form */
function send(props, form) {
  const textarea = form.querySelector('textarea')
  const text = textarea.value.trim()
  if (text === '') return
  textarea.value = ''
  fit(textarea)
  props.send(text)
}

/** As high as its text. @param {HTMLTextAreaElement} textarea */
function fit(textarea) {
  textarea.style.height = 'auto'
  textarea.style.height = `${textarea.scrollHeight}px`
}
