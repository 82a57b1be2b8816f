import type { Progress } from '../actions/action.ts'
import type { Terminal } from './context.ts'

const EVERY_MS = 200
const PLAIN_EVERY_MS = 5000
const CELLS = 20

/** A bar that redraws itself on a terminal; now and then a plain line elsewhere. On standard error. */
export function progressLine(terminal: Terminal): { show: (progress: Progress) => void; end: () => void } {
  let shownAt = -Infinity
  let drawn = false

  return {
    show(progress) {
      const now = performance.now()
      if (now - shownAt < (terminal.isTty ? EVERY_MS : PLAIN_EVERY_MS)) return
      shownAt = now
      if (terminal.isTty) terminal.draw(`\r\u001b[2K${progressText(progress)}`)
      else terminal.err(progressText(progress))
      drawn = terminal.isTty
    },
    end() {
      if (drawn) terminal.draw('\r\u001b[2K')
      drawn = false
    },
  }
}

/** `▓▓▓▓░░░░ 42 %  1,260,000 of 3,000,000 rows · orders`. */
export function progressText({ done, total, unit, label }: Progress): string {
  const counted = `${done.toLocaleString('en')}${total === undefined ? '' : ` of ${total.toLocaleString('en')}`} ${unit}`
  const what = label === undefined ? '' : ` \u00b7 ${label}`
  if (total === undefined || total <= 0) return `${counted}${what}`
  const share = Math.min(done / total, 1)
  const full = Math.floor(share * CELLS)
  return `${'\u2593'.repeat(full)}${'\u2591'.repeat(CELLS - full)} ${String(Math.floor(share * 100)).padStart(3)} %  ${counted}${what}`
}
