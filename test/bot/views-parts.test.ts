import { describe, expect, test } from 'vitest'
import type { AttemptProgress } from '../../src/app/ports.ts'
import { timelineMarkdown } from '../../src/report/timeline-markdown.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, MINUTE, T0 } from '../support/plans.ts'
import { expectWithinLimits, messages, shown } from './support/shown.ts'

const range = (low: number, high: number) => ({ lowMs: low * MINUTE, highMs: high * MINUTE })
const partEstimates = { orders: range(2, 3), split: range(10, 15), index: range(15, 20), tags: range(1, 1) }

/** Decided at T-10m; a run of four migrations, estimated one by one. */
function atGate(): Cutover {
  const c = new Cutover(
    aPlan()
      .phase('decide', at(-10))
      .decide('go', { title: 'Go?', approvers: { lead: 1, observer: 1 } })
      .phase('work', at(0))
      .run('migrate', { title: 'Migrate', undo: 'run', partEstimates, estimate: range(28, 39) })
      .decide('reopen', { title: 'Reopen?', approvers: { lead: 1 } })
      .build(),
  )
  c.waitUntil(T0 - 10 * MINUTE)
  return c
}

function running(): { readonly c: Cutover; readonly attempt: string } {
  const c = atGate()
  c.go(ANA, 'go')
  c.go(BEN, 'go')
  c.waitUntil(T0)
  c.by(ANA, { type: 'run', step: 'migrate' })
  return { c, attempt: c.begin('migrate') }
}

const saying = (attempt: string, progress: Partial<AttemptProgress>, now: number) => ({
  progress: new Map([[attempt, { attempt, tail: '', at: now, ...progress }]]),
})

describe('the migrations of a step, one by one', () => {
  test('stand on the card of the decision before it, the longest first', () => {
    const c = atGate()
    const key = messages(c).find((one) => one.key.startsWith('gate/go'))?.key ?? ''
    expect(shown(c, key)).toContain(
      'Ahead\n• Migrate: 28 min to 39 min; longest index 15 min to 20 min, split 10 min to 15 min, orders 2 min to 3 min',
    )
    expectWithinLimits(c)
  })

  test('say while they run how many are done and what is left by their estimates', () => {
    const { c, attempt } = running()
    const told = { done: 2, total: 4, unit: 'migrations', left: { ...range(16, 21), unknown: 0 } }
    const text = shown(c, `thread/${attempt}`, saying(attempt, told, c.now))
    expect(text).toContain('50 % · 2 of 4 migrations · ~16 to 21 min left')
    expect(text).toContain('· index  estimated 15 min to 20 min')
    const bare = { ...told, left: { ...range(4, 4), unknown: 1 } }
    expect(shown(c, `thread/${attempt}`, saying(attempt, bare, c.now))).toContain('at least ~4 min left')
    const over = { ...told, left: { ...range(0, 0), unknown: 0 } }
    expect(shown(c, `thread/${attempt}`, saying(attempt, over, c.now))).toContain('later than estimated')
  })

  test('move the forecast on the board', () => {
    const { c, attempt } = running()
    c.wait(30 * MINUTE)
    expect(shown(c, 'board')).toContain('Forecast  done ')
    const told = { done: 3, total: 4, unit: 'migrations', left: { ...range(15, 20), unknown: 0 } }
    // By the clock alone 9 minutes would be left: 21 to spare of the hour.
    expect(shown(c, 'board')).toContain('21 min of the window to spare')
    expect(shown(c, 'board', saying(attempt, told, c.now))).toContain('10 min of the window to spare')
    // What was said five minutes ago has run on since.
    expect(shown(c, 'board', saying(attempt, told, c.now - 5 * MINUTE))).toContain('15 min of the window')
  })

  test('show at the end how long each took beside its estimate, in the timeline too', () => {
    const { c, attempt } = running()
    c.wait(30 * MINUTE)
    c.end('migrate', {
      attempt,
      parts: [
        { name: '0001_orders', outcome: 'done', startedAt: T0, durationMs: 4 * MINUTE },
        { name: '0005_other', outcome: 'done', startedAt: T0, durationMs: MINUTE },
      ],
    })
    const text = shown(c, `thread/${attempt}`)
    expect(text).toContain('✓ 0001_orders  4 min  (estimated 2 min to 3 min)')
    expect(text).toContain('✓ 0005_other  1 min')
    const timeline = timelineMarkdown(timelineOf(c.events, { names: new Map() })).replaceAll('\\', '')
    expect(timeline).toContain('0001_orders: done, began 23:00, 4 min, estimated 2 min to 3 min')
  })
})
