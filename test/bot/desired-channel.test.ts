import { expect, test } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { Cutover } from '../support/cutover.ts'
import { aPlan, at, HOUR, T0 } from '../support/plans.ts'

/** Its channel is planned for an hour before T-0; the only step of a person falls due so many `hours` before T-0. */
function early(hours: number): Cutover {
  const plan = aPlan()
    .phase('early', at(-60 * hours))
    .do('book-window')
    .build()
  const channel = { ...plan.channel, at: at(-60) }
  return new Cutover({ ...plan, channel }, { now: T0 - 5 * HOUR })
}

const keys = (c: Cutover): readonly string[] =>
  desired(c.state, { now: c.now, progress: new Map(), posted: new Set(), anchors: [] }).map(({ key }) => key)

test('the channel is made before its time when somebody is asked for something', () => {
  const c = early(4)
  expect(keys(c)).toEqual([])

  c.now = T0 - 4 * HOUR
  c.advance()
  expect(keys(c)).toContain('channel')
  expect(keys(c)).toContain('need/book-window/0')
})

test('the channel is made at its time where nobody is asked before', () => {
  const c = early(0)
  c.now = T0 - 2 * HOUR
  c.advance()
  expect(keys(c)).toEqual([])

  c.now = T0 - HOUR
  expect(keys(c)).toContain('channel')
})
