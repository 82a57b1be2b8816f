// When to draw: once with the next frame, however much changes until then, and never while something is pressed.
// A card that changes between press and release would swallow the click.

const LONGEST_PRESS_MS = 1000
const LONGEST_WAIT_MS = 100

/** @param {() => void} now draws @returns {() => void} asks for it to be drawn soon */
export function makeDrawing(now) {
  let asked = false
  let pressing = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  addEventListener('pointerdown', press, true)
  for (const name of ['pointerup', 'pointercancel', 'dragend']) addEventListener(name, release, true)
  return draw

  function draw() {
    if (asked || pressing) return
    asked = true
    requestAnimationFrame(frame)
    // A window behind others gets no frames, but its title should still say what is new.
    setTimeout(frame, LONGEST_WAIT_MS)
  }

  function frame() {
    if (!asked) return
    asked = false
    if (!pressing) now()
  }

  function press() {
    pressing = true
    clearTimeout(timer)
    // Some presses, on a select for one, never tell their end.
    timer = setTimeout(release, LONGEST_PRESS_MS)
  }

  function release() {
    clearTimeout(timer)
    // The click comes after the release; draw after both.
    setTimeout(() => {
      pressing = false
      draw()
    })
  }
}
