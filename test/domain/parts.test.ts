import { describe, expect, test } from 'vitest'
import { workOf } from '../../src/app/attempt-work.ts'
import { forecast } from '../../src/domain/forecast.ts'
import { estimateOf, leftOf, partEstimates, sumOf } from '../../src/domain/parts.ts'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, HOUR, MINUTE, T0 } from '../support/plans.ts'

const range = (low: number, high: number) => ({ lowMs: low * MINUTE, highMs: high * MINUTE })
const estimates = { orders: range(2, 3), split: range(10, 15), index: range(15, 20) }

const planOf = (partEstimates?: typeof estimates) =>
  aPlan()
    .phase('work', at(0))
    .run('migrate', { undo: 'run', ...(partEstimates !== undefined && { partEstimates }) })
    .run('load', { undo: 'run', estimate: range(5, 5) })
    .build()

const rehearsed = (c: Cutover, parts: { readonly [name: string]: number }): void => {
  const rehearsal = {
    cutover: 'r1',
    hash: 'a'.repeat(64),
    finishedAt: T0 - HOUR,
    rolledBack: false,
    openIssues: 0,
    durations: {},
    parts: { migrate: parts },
  }
  c.leader({ type: 'report rehearsal', rehearsal })
}

describe('the estimate of a migration', () => {
  test('is found by its name, with or without the number in front', () => {
    expect(estimateOf('20251204000100_orders', estimates)).toEqual(range(2, 3))
    expect(estimateOf('0001-orders', estimates)).toEqual(range(2, 3))
    expect(estimateOf('orders', estimates)).toEqual(range(2, 3))
    expect(estimateOf('shop.0001_orders', estimates)).toBeUndefined()
  })

  test('is what the runbook says, else what the last rehearsal measured', () => {
    const c = atStart(planOf(estimates))
    rehearsed(c, { '0001_orders': 9 * MINUTE, '0004_late': 4 * MINUTE })
    expect(partEstimates(c.state, 'migrate')).toEqual({ ...estimates, '0004_late': range(4, 4) })
    const attempt = dispatched(c)
    expect(workOf(c.state, attempt).estimates).toEqual(partEstimates(c.state, 'migrate'))
  })

  test('adds up to that of the step', () => {
    expect(sumOf(estimates)).toEqual(range(27, 38))
    expect(sumOf({})).toBeUndefined()
  })
})

function dispatched(c: Cutover): string {
  c.by(ANA, { type: 'run', step: 'migrate' })
  return c.attempt('migrate')
}

describe('what is left', () => {
  test('is what is not done, less what the one under way has used up', () => {
    const current = { name: 'split', forMs: 12 * MINUTE }
    expect(leftOf(['split', 'index'], estimates, current)).toEqual({ ...range(15, 23), unknown: 0 })
    expect(leftOf(['split'], estimates, { name: 'split', forMs: 20 * MINUTE })).toEqual({
      ...range(0, 0),
      unknown: 0,
    })
  })

  test('counts what nobody has estimated, and is nothing where nobody has estimated anything', () => {
    expect(leftOf(['orders', 'other'], estimates)).toEqual({ ...range(2, 3), unknown: 1 })
    expect(leftOf(['other'], estimates)).toBeNull()
    expect(leftOf([], estimates)).toBeNull()
  })
})

describe('the forecast', () => {
  test('adds the parts up where the step says nothing of itself, also as they were rehearsed', () => {
    const c = atStart(planOf())
    expect(forecast(c.state, c.now).withoutEstimate).toEqual(['migrate'])
    rehearsed(c, { '0001_orders': 9 * MINUTE, '0002_split': 3 * MINUTE })
    const { done, withoutEstimate } = forecast(c.state, c.now)
    expect(withoutEstimate).toEqual([])
    expect(done.high - c.now).toBe(17 * MINUTE)
  })

  test('takes what an attempt under way says is left of it', () => {
    const c = atStart(planOf(estimates))
    const attempt = dispatched(c)
    c.begin('migrate')
    c.wait(30 * MINUTE)
    // By the clock alone 8 of the 38 minutes would be left.
    expect(forecast(c.state, c.now).done.high - c.now).toBe(13 * MINUTE)
    const told = forecast(c.state, c.now, (one) => (one === attempt ? range(15, 20) : undefined))
    expect(told.done.low - c.now).toBe(20 * MINUTE)
    expect(told.done.high - c.now).toBe(25 * MINUTE)
  })
})
