import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { trackParts } from '../../src/actions/migrations/parts.ts'
import { aContext } from '../support/attempt.ts'
import { MINUTE } from '../support/plans.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const range = (low: number, high: number) => ({ lowMs: low * MINUTE, highMs: high * MINUTE })

it('each migration takes its estimate off what is left', () => {
  const estimates = { orders: range(1, 2), split: range(10, 15), index: range(3, 4) }
  const context = aContext('unused', { estimates })
  const track = trackParts(['0001_orders', '0002_split', '0003_index', '0004_more'], context)
  const left = () => context.seen.at(-1)?.left

  track.begin('0001_orders')
  expect(left()).toEqual({ ...range(14, 21), unknown: 1 })
  vi.advanceTimersByTime(MINUTE)
  expect(left()).toEqual({ ...range(13, 20), unknown: 1 })
  track.done()
  expect(left()).toEqual({ ...range(13, 19), unknown: 1 })
  track.begin('0002_split')
  vi.advanceTimersByTime(20 * MINUTE)
  // It overran: nothing of it is reckoned with any more.
  expect(left()).toEqual({ ...range(3, 4), unknown: 1 })
  track.stop()

  expect(context.lines).toEqual(['No estimate of 1 migration: 0004_more'])
})

it('nothing is said of what is left where nothing is estimated', () => {
  const context = aContext('unused')
  const track = trackParts(['0001_orders'], context)
  track.begin('0001_orders')
  track.stop()

  expect(context.seen.at(-1)).not.toHaveProperty('left')
  expect(context.lines).toEqual([])
})
