// Functions that run inside the browser, where `document` is. They see nothing of this file but themselves.

/** Texts whose colour stands out less than 4.5 to 1 from what is behind them. @returns {string[]} */
export function faintTexts() {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour)
      .slice(0, 3)
      .map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element) => {
    if (element === null) return 'white'
    const colour = getComputedStyle(element).backgroundColor
    return channels(colour)[3] === 255 ? colour : behind(element.parentElement)
  }
  const faint = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent.trim()
    // Initials on an avatar are decoration: the name stands beside it.
    if (text === '' || element.closest('.avatar, .hidden, option, :disabled')) continue
    if (element.getClientRects().length === 0 || getComputedStyle(element).opacity === '0') continue
    const one = luminance(getComputedStyle(element).color)
    const other = luminance(behind(element))
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (contrast < 4.5) faint.add(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`)
  }
  return [...faint]
}

/** What can be used and has no name. @returns {string[]} */
export function namelessControls() {
  const all = [...document.querySelectorAll('button, a[href], input, select, textarea')]
  const nameless = all.filter((control) => {
    const labels = [...(control.labels ?? [])].map((label) => label.textContent)
    const words = [control.textContent, control.getAttribute('aria-label'), ...labels]
    return words.every((word) => (word ?? '').trim() === '')
  })
  return nameless.map((control) => control.outerHTML.slice(0, 120))
}

/** How far to the right anything reaches that does not scroll by itself. @returns {number} */
export function rightmost() {
  const shown = [...document.querySelectorAll('body *')].filter((element) => {
    const scroller = element.parentElement.closest('.table-scroll, .bookmarks, .sidebar')
    return scroller === null && !element.matches('.hidden, .sidebar') && element.getClientRects().length > 0
  })
  return Math.max(...shown.map((element) => element.getBoundingClientRect().right))
}
