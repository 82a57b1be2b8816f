// The one menu that is open, if any: beside its button, above everything else.
import { h } from '../dom.js'
import { icon } from './icons.js'

const GAP_PX = 6
const EDGE_PX = 8

/** @param {{ menu: NonNullable<import('../store.js').Store['menu']>, close: () => void }} props */
export function menuLayer({ menu, close }) {
  const isMenu = menu.kind !== 'list'
  return h(
    'div',
    { class: 'menu-layer', key: 'menu', onpointerdown: closeOutside },
    h(
      'div',
      {
        class: 'menu',
        role: isMenu ? 'menu' : 'dialog',
        'aria-label': menu.label,
        tabindex: '-1',
        onkeydown: move,
        ref: (/** @type {HTMLElement} */ element) => {
          place(element, menu.box)
          const first = element.querySelector('[aria-checked="true"], button, a') ?? element
          if (first instanceof HTMLElement) first.focus()
        },
      },
      menu.heading && h('p', { class: 'menu-heading' }, menu.heading),
      menu.items.map((item) => (isMenu ? menuItem(item) : h('div', { class: 'menu-row' }, words(item)))),
    ),
  )

  /** @param {import('../store.js').MenuItem} item */
  function menuItem(item) {
    const props = {
      class: 'menu-item',
      role: item.selected === undefined ? 'menuitem' : 'menuitemradio',
      'aria-checked': item.selected === undefined ? undefined : String(item.selected),
      tabindex: '-1',
      onclick: () => {
        close()
        item.choose?.()
      },
    }
    const label = [words(item), item.selected && icon('check')]
    if (item.href)
      return h('a', { ...props, href: item.href, target: '_blank', rel: 'noopener noreferrer' }, label)
    return h('button', { ...props, type: 'button' }, label)
  }

  /** @param {any} event */
  function move(event) {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      event.stopPropagation()
      return close()
    }
    const items = [...event.currentTarget.querySelectorAll('.menu-item')]
    const at = items.indexOf(document.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[String(event.key)]
    if (next === undefined || items.length === 0) return
    event.preventDefault()
    items.at(next % items.length).focus()
  }

  /** @param {any} event */
  function closeOutside(event) {
    if (event.target === event.currentTarget) close()
  }
}

/** @param {import('../store.js').MenuItem} item */
function words(item) {
  return h(
    'span',
    { class: 'menu-words' },
    h('span', null, item.label),
    item.description && h('span', { class: 'menu-more' }, item.description),
  )
}

/** Below the button, or above where there is no room; never over the edge. @param {HTMLElement} element @param {DOMRect} box */
function place(element, box) {
  const { width, height } = element.getBoundingClientRect()
  const below = box.bottom + GAP_PX
  const top = below + height > innerHeight - EDGE_PX ? Math.max(EDGE_PX, box.top - GAP_PX - height) : below
  const preferred = box.left + width > innerWidth - EDGE_PX ? box.right - width : box.left
  element.style.top = `${top}px`
  element.style.left = `${Math.max(EDGE_PX, Math.min(preferred, innerWidth - width - EDGE_PX))}px`
}
