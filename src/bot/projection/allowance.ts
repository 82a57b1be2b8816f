import type { Priority } from './kinds.ts'

/**
 * Slack's allowance for the whole workspace. Updates share one budget, in which each priority leaves something over
 * for the more urgent ones; a 429 is waited out per method and channel, and decisions wait only for their own.
 */
export interface Allowance {
  /** 0: go. Otherwise how many milliseconds to wait; nothing was taken. */
  take(call: Call): number
  /** Slack said 429. */
  refused(call: Call, retryAfterMs: number): void
}

export interface Call {
  readonly method: 'chat.update' | 'chat.postMessage' | 'other'
  readonly channel: string
  readonly priority: Priority
}

const MINUTE_MS = 60_000
const UPDATES_PER_MINUTE = 50
/** Updates that are left alone, so that what matters more finds some. */
const RESERVE: { readonly [P in Priority]: number } = { decision: 0, card: 5, board: 15, progress: 25 }

export function makeAllowance(options: {
  /** A workspace without limits: the budget is kept only from its first 429 on. */
  readonly untilRefused: boolean
  readonly clock: () => number
}): Allowance {
  const { clock } = options
  const pausedUntil = new Map<string, number>()
  let isLimited = !options.untilRefused
  let left = UPDATES_PER_MINUTE
  let countedAt = clock()

  function refill(now: number): void {
    left = Math.min(UPDATES_PER_MINUTE, left + ((now - countedAt) * UPDATES_PER_MINUTE) / MINUTE_MS)
    countedAt = now
  }

  function takeUpdate(priority: Priority, now: number): number {
    if (!isLimited) return 0
    refill(now)
    const missing = RESERVE[priority] + 1 - left
    if (missing > 0) return Math.ceil((missing * MINUTE_MS) / UPDATES_PER_MINUTE)
    left -= 1
    return 0
  }

  return {
    take(call) {
      const now = clock()
      const paused = (pausedUntil.get(laneOf(call)) ?? 0) - now
      if (paused > 0) return paused
      return call.method === 'chat.update' ? takeUpdate(call.priority, now) : 0
    },
    refused(call, retryAfterMs) {
      const now = clock()
      if (call.method === 'chat.update') {
        refill(now)
        isLimited = true
        left = Math.min(left, 0)
      }
      pausedUntil.set(laneOf(call), now + retryAfterMs)
    },
  }
}

const laneOf = ({ method, channel, priority }: Call): string =>
  `${method === 'chat.postMessage' ? `${method} ${channel}` : method}${priority === 'decision' ? ' decision' : ''}`
