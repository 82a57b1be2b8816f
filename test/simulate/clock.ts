import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Scheduler } from './scheduler.ts'

/**
 * Puts the scheduler behind every clock and timer that the product reads by itself, and its ids behind a counter, so
 * that a run knows no other time and no other chance than its own. Returns what puts everything back.
 */
export function takeOverClocks(scheduler: Scheduler): () => void {
  const { setTimeout, clearTimeout } = globalThis
  const dateNow = Date.now
  const { randomUUID } = crypto
  const began = scheduler.now
  let ids = 0

  const later = (happens: () => void, ms = 0) => {
    const planned = scheduler.plan(ms, scheduler.current, happens)
    const timer = { planned, unref: () => timer, ref: () => timer, hasRef: () => false }
    return timer
  }
  // What the product asks of a timer is `unref` and being cleared; the rest of Node's own is not there.
  globalThis.setTimeout = later as unknown as typeof setTimeout
  globalThis.clearTimeout = ((timer: ReturnType<typeof later> | undefined) =>
    timer?.planned.cancel()) as typeof clearTimeout
  Date.now = () => scheduler.now
  Object.defineProperty(performance, 'now', { configurable: true, value: () => scheduler.now - began })
  crypto.randomUUID = () => {
    ids += 1
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`
  }
  syncBuiltinESMExports()

  return () => {
    globalThis.setTimeout = setTimeout
    globalThis.clearTimeout = clearTimeout
    Date.now = dateNow
    Reflect.deleteProperty(performance, 'now')
    crypto.randomUUID = randomUUID
    syncBuiltinESMExports()
  }
}
