// What lies over the page: the open modal, the question before an act, the open menu and a warning.
import * as actions from './actions.js'
import { confirmation, modal } from './render/dialogs.js'
import { menuLayer } from './render/menu.js'
import { notice } from './render/notice.js'

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Menu} Menu
 * @typedef {import('./store.js').Confirm} Confirm
 */

const NOTICE_MS = 6000

export class Overlays {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noticeTimer

  /** The button whose menu is open. @type {HTMLElement | null} */
  #opener = null

  /** @param {(part: Partial<Store>) => void} change */
  constructor(change) {
    this.change = change
  }

  /** @param {Confirm} question @returns {Promise<boolean>} */
  ask = (question) =>
    new Promise((resolve) => {
      const answer = (/** @type {boolean} */ yes) => {
        this.change({ confirm: null })
        resolve(yes)
      }
      this.change({ confirm: { question, answer } })
    })

  /** @param {Event} event @param {Menu} menu */
  openMenu = (event, menu) => {
    const opener = /** @type {HTMLElement} */ (event.currentTarget)
    this.#opener = opener
    opener.setAttribute('aria-expanded', 'true')
    this.change({ menu: { ...menu, opener, box: opener.getBoundingClientRect() } })
  }

  /** Say for a while what went wrong, if anything did. @param {string | undefined} problem */
  warn = (problem) => {
    if (!problem) return
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => this.change({ notice: '' }), NOTICE_MS)
    this.change({ notice: problem })
  }

  /** Which dialog has the person's attention, or ''. @param {Store} store */
  dialog(store) {
    return store.confirm ? 'confirm' : (store.views.at(-1)?.id ?? '')
  }

  /** @param {Store} store @param {import('./render/app.js').Handlers['surface']} surface @returns {import('./dom.js').Child[]} */
  nodes(store, surface) {
    const { context, confirm, menu } = store
    if (!context) return []
    if (!menu) this.#opener?.removeAttribute('aria-expanded')
    const view = store.views.at(-1)
    return [
      view && this.#modal(view, store, context, surface),
      confirm && confirmation({ question: confirm.question, context, answer: confirm.answer }),
      menu && menuLayer({ menu, close: () => this.#closeMenu(menu.opener) }),
      store.notice && notice(store.notice, () => this.change({ notice: '' })),
    ]
  }

  /** @param {import('./api.js').View} view @param {Store} store @param {import('./store.js').Context} context @param {import('./render/app.js').Handlers['surface']} surface */
  #modal(view, store, context, surface) {
    const entered = surface(`view ${view.id}`, { viewId: view.id })
    entered.adopt(view.errors)
    return modal({
      view,
      depth: store.views.length,
      context,
      surface: entered,
      submit: () => void actions.submit(store, view, entered).then(focusFirstError),
      close: () => void actions.close(store, view.id).then(this.warn),
    })
  }

  /** @param {HTMLElement} opener */
  #closeMenu(opener) {
    this.change({ menu: null })
    opener.focus()
  }
}

/** What is wrong is where one goes on. */
function focusFirstError() {
  requestAnimationFrame(() => {
    const first = document.querySelector('.dialog [aria-invalid="true"]')
    if (first instanceof HTMLElement) first.focus()
  })
}
