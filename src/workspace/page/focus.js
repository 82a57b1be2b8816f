// Where the keyboard is while the page changes under it: in the same place of the same message if that is drawn
// anew, inside a dialog while it is open, and back where it was when the dialog closes.

/** @typedef {{ element: Element, row: string | undefined, action: DOMStringMap }} Spot */

/** Which dialogs are open, each with the spot the keyboard was in before. @type {{ key: string, before: Spot | null }[]} */
const dialogs = []
let current = ''

/** Note where the keyboard is; call the answer after drawing. @param {string} dialog which dialog is open now, or '' */
export function holdFocus(dialog) {
  const spot = spotOf(document.activeElement)
  return () => {
    if (dialog !== current) return changeDialog(dialog, spot)
    // Only where drawing took the focus away; what took it on purpose keeps it.
    const lost = document.activeElement === null || document.activeElement === document.body
    if (spot && lost) restore(spot)
  }
}

/** @param {string} dialog @param {Spot | null} spot */
function changeDialog(dialog, spot) {
  current = dialog
  const known = dialogs.findIndex(({ key }) => key === dialog)
  if (dialog !== '' && known < 0) return void dialogs.push({ key: dialog, before: spot })
  const [closed] = dialogs.splice(known + 1)
  if (closed?.before && restore(closed.before)) return
  const composer = document.querySelector('[data-composer="channel"]')
  if (composer instanceof HTMLElement) composer.focus()
}

/** @param {Element | null} element @returns {Spot | null} */
function spotOf(element) {
  if (!(element instanceof HTMLElement) || element === document.body) return null
  return { element, row: rowOf(element)?.dataset['ts'], action: { ...element.dataset } }
}

/** @param {Spot} spot @returns {boolean} whether the keyboard is somewhere sensible again */
function restore({ element, row, action }) {
  const target = element.isConnected ? element : successor(row, action)
  if (target instanceof HTMLElement) target.focus({ preventScroll: true })
  return target !== null
}

/**
 * The element that took this one's place: the same action with the same value, or the only one of that action.
 * Where neither is sure, the message itself, so that Enter never presses something else.
 * @param {string | undefined} row @param {DOMStringMap} action
 */
function successor(row, action) {
  const place =
    row === undefined
      ? document.querySelector('.dialog, .home')
      : document.querySelector(`[data-ts="${CSS.escape(row)}"]`)
  if (!place || action['action'] === undefined) return place
  const same = [...place.querySelectorAll(`[data-action="${CSS.escape(action['action'])}"]`)]
  const exact = same.filter((one) => one instanceof HTMLElement && one.dataset['value'] === action['value'])
  if (exact.length === 1) return exact[0] ?? place
  return same.length === 1 ? (same[0] ?? place) : place
}

/** @param {HTMLElement} element @returns {HTMLElement | null} */
const rowOf = (element) => element.closest('[data-ts]')
