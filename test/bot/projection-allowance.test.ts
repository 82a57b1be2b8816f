import { describe, expect, test } from 'vitest'
import { makeAllowance } from '../../src/bot/projection/allowance.ts'

const update = (priority: 'decision' | 'card' | 'board' | 'progress', channel = 'C1') =>
  ({ method: 'chat.update', channel, priority }) as const

function atHand(untilRefused = false) {
  let now = 0
  const allowance = makeAllowance({ untilRefused, clock: () => now })
  return { allowance, pass: (ms: number) => (now += ms) }
}

function spend(
  allowance: ReturnType<typeof makeAllowance>,
  priority: 'decision' | 'card' | 'board' | 'progress',
) {
  let spent = 0
  while (spent < 1_000 && allowance.take(update(priority)) === 0) spent += 1
  return spent
}

describe('the allowance of a workspace', () => {
  test('is fifty updates a minute, of which each priority leaves some to the more urgent ones', () => {
    const { allowance } = atHand()

    expect(spend(allowance, 'progress')).toBe(25)
    expect(spend(allowance, 'board')).toBe(10)
    expect(spend(allowance, 'card')).toBe(10)
    expect(spend(allowance, 'decision')).toBe(5)
  })

  test('comes back with time, and says how long to wait', () => {
    const { allowance, pass } = atHand()
    spend(allowance, 'decision')

    expect(allowance.take(update('decision'))).toBe(1_200)
    pass(1_200)
    expect(allowance.take(update('decision'))).toBe(0)
    expect(allowance.take(update('progress'))).toBe(26 * 1_200)
  })

  test('waits out a 429 for everything but decisions, which try for themselves', () => {
    const { allowance, pass } = atHand(true)
    allowance.refused(update('board'), 5_000)

    expect(allowance.take(update('board'))).toBe(5_000)
    expect(allowance.take(update('card'))).toBe(5_000)
    expect(allowance.take({ method: 'chat.postMessage', channel: 'C1', priority: 'card' })).toBe(0)
    pass(1_200)
    expect(allowance.take(update('decision'))).toBe(0)
  })

  test('of posts counts for one channel only', () => {
    const { allowance } = atHand()
    allowance.refused({ method: 'chat.postMessage', channel: 'C1', priority: 'card' }, 1_000)

    expect(allowance.take({ method: 'chat.postMessage', channel: 'C1', priority: 'card' })).toBe(1_000)
    expect(allowance.take({ method: 'chat.postMessage', channel: 'C2', priority: 'card' })).toBe(0)
  })

  test('is not kept where there are no limits, until Slack says that there are', () => {
    const { allowance, pass } = atHand(true)
    expect(spend(allowance, 'progress')).toBe(1_000)

    allowance.refused(update('progress'), 1_000)
    pass(60_000)
    expect(spend(allowance, 'progress')).toBe(25)
  })
})
