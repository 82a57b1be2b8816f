// Lists of messages stay where the reader left them while messages come, grow and go: at the end if they were at
// the end, and otherwise with the message that was on top still on top.

const NEAR_END_PX = 48

/** @typedef {{ element: HTMLElement, atEnd: boolean, reachedEnd: () => void }} Kept */
/** @type {Set<Kept>} */
const kept = new Set()

/** Begin at the first new message, or at the end. @param {HTMLElement} element @param {() => void} reachedEnd */
export function keepScroll(element, reachedEnd) {
  const list = { element, atEnd: true, reachedEnd }
  kept.add(list)
  const firstNew = element.querySelector('.new-line')
  if (firstNew) firstNew.scrollIntoView({ block: 'start' })
  else toEnd(element)
  list.atEnd = isAtEnd(element)
  showWhere(list)
  element.addEventListener('scroll', () => {
    list.atEnd = isAtEnd(element)
    showWhere(list)
    if (list.atEnd) reachedEnd()
  })
  // Whatever makes the list or its frame another size (a file, a font, a phone's keyboard) must not move the end away.
  const observer = new ResizeObserver(() => {
    if (list.atEnd) toEnd(element)
  })
  observer.observe(element)
  if (element.firstElementChild) observer.observe(element.firstElementChild)
}

/** Note where the lists stand; call the answer after they have been drawn. @returns {() => void} */
export function holdScroll() {
  for (const list of kept) if (!list.element.isConnected) kept.delete(list)
  const holds = [...kept].map((list) => (list.atEnd ? () => toEnd(list.element) : holdTopmost(list.element)))
  return () => {
    for (const hold of holds) hold()
    for (const list of kept) showWhere(list)
  }
}

/** Whether the reader sees the last message of this list. @param {string} id */
export const seesEnd = (id) => [...kept].some((list) => list.element.dataset['list'] === id && list.atEnd)

/** @param {HTMLElement} element */
function holdTopmost(element) {
  const top = element.getBoundingClientRect().top
  const first = [...element.querySelectorAll('[data-ts]')].find(
    (row) => row.getBoundingClientRect().bottom > top,
  )
  const offset = first?.getBoundingClientRect().top ?? 0
  return () => {
    if (first?.isConnected) element.scrollTop += first.getBoundingClientRect().top - offset
  }
}

/** @param {HTMLElement} element */
const isAtEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX

/** @param {HTMLElement} element */
function toEnd(element) {
  element.scrollTop = element.scrollHeight
}

/** @param {Kept} list */
function showWhere(list) {
  list.element.parentElement?.toggleAttribute('data-away', !list.atEnd)
}
