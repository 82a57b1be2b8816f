import { describe, expect, test } from 'vitest'
import { board } from '../../src/bot/views/board.ts'
import { isFrozen } from '../../src/domain/freeze.ts'
import type { Offset } from '../../src/domain/plan.ts'
import { plannedAt } from '../../src/domain/time.ts'
import { nextWake } from '../../src/domain/wake.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, HOUR, MINUTE, T0 } from '../support/plans.ts'

const DAY = 24 * HOUR
const days = (count: number, clock?: string): Offset => ({
  kind: 'calendar',
  days: count,
  ...(clock !== undefined && { at: clock }),
})
const iso = (instant: number | null): string => new Date(instant ?? 0).toISOString().slice(0, 16)

const plan = aPlan()
  .phase('announce')
  .tell('week', { at: days(-7) })
  .tell('days', { at: days(-3) })
  .do('ready', { at: days(-1, '18:00') })
  .phase('freeze', at(-60))
  .do('freeze', { opens: ['freeze'], undo: 'do' })
  .phase('decide', at(-15))
  .decide('go', { deadline: at(-2) })
  .phase('migrate', at(0))
  .run('copy', { undo: 'run', begin: 'auto' })
  .do('thaw', { closes: ['freeze'], undo: 'do' })
  .phase('afterwards')
  .do('next-day', { at: { kind: 'after', step: 'completed', ms: DAY } })
  .do('month', { at: { kind: 'after', step: 'completed', ms: 30 * DAY } })
  .build()

/** Sleeps until there is something to do, as the leader does. */
const sleep = (c: Cutover): readonly string[] => {
  const wake = nextWake(c.state, c.now)
  if (wake === null) throw new Error('nothing would ever wake the leader')
  return c.waitUntil(wake)
}

function announced(): Cutover {
  const c = new Cutover(plan, { now: T0 - 8 * DAY })
  c.advance()
  sleep(c)
  c.delivered('week')
  sleep(c)
  c.delivered('days')
  sleep(c)
  c.tick(ANA, 'ready')
  return c
}

function frozen(): Cutover {
  const c = announced()
  sleep(c)
  c.tick(ANA, 'freeze')
  return c
}

describe('a cutover from a week before to a month after', () => {
  test('is carried by its own alarms, from the first notice to the last task', () => {
    const c = frozen()
    expect(c.now).toBe(T0 - HOUR)
    sleep(c)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    sleep(c)
    expect(c.now).toBe(T0)
    c.work('copy')
    c.tick(ANA, 'thaw')
    c.go(ANA, 'complete')
    c.go(BEN, 'complete')
    expect(c.state.status).toBe('guarded')
    const completed = c.now
    sleep(c)
    expect(c.now).toBe(completed + DAY)
    c.tick(ANA, 'next-day')
    while (c.step('month').status !== 'due') sleep(c)
    expect(c.now).toBe(completed + 30 * DAY)
    c.tick(ANA, 'month')
    expect(c.state.status).toBe('closed')
  })

  test('moves what is to come when it is postponed, and does not repeat what was announced', () => {
    const c = announced()
    c.by(ANA, { type: 'postpone', reason: 'rain', to: T0 + DAY })
    for (const step of ['week', 'days', 'ready']) expect(c.step(step).status).toBe('done')
    expect(plannedAt(c.state, 'freeze')).toBe(T0 + DAY - HOUR)
    sleep(c)
    expect(c.now).toBe(T0 + DAY - HOUR)
    expect(c.step('freeze').status).toBe('due')
  })

  test('announces again what lies ahead of the new time', () => {
    const c = announced()
    c.by(ANA, { type: 'postpone', reason: 'rain', to: T0 + 5 * DAY })
    expect(c.step('week').status).toBe('done')
    expect(c.step('days').status).toBe('pending')
    sleep(c)
    expect(c.now).toBe(T0 + 2 * DAY)
    expect(c.step('days').status).toBe('active')
  })
})

describe('the freeze before the window', () => {
  test('is on from its time until everything is changed, and moves with the start', () => {
    const c = new Cutover(
      { ...plan, window: { ...plan.window, freezeMs: 2 * HOUR } },
      { now: T0 - 30 * HOUR },
    )
    const text = () => JSON.stringify(board(c.state, { now: c.now, progress: new Map() }).blocks)
    expect(isFrozen(c.state, T0 - 3 * HOUR)).toBe(false)
    expect(text()).not.toContain('Freeze')
    c.now = T0 - 20 * HOUR
    expect(text()).toContain('nothing else may change from')
    c.now = T0 - 2 * HOUR
    expect(isFrozen(c.state, c.now)).toBe(true)
    expect(text()).toContain('*nothing else may change* since')
    c.by(ANA, { type: 'postpone', reason: 'rain', to: T0 + DAY })
    expect(isFrozen(c.state, c.now)).toBe(false)
    expect(isFrozen(c.state, T0 + DAY - HOUR)).toBe(true)
  })
})

describe('a bot that was away for an hour', () => {
  test('asks about a notice whose time has passed instead of sending it', () => {
    const c = new Cutover(plan, { now: T0 - 8 * DAY })
    c.advance()
    c.now = (plannedAt(c.state, 'week') ?? 0) + HOUR
    expect(c.advance()).toEqual(['step late'])
    expect(c.step('week')).toMatchObject({ status: 'due', lateMs: HOUR })
    c.by(ANA, { type: 'run', step: 'week' })
    expect(c.step('week').status).toBe('active')
  })

  test('does not start by itself what should have begun long ago', () => {
    const c = frozen()
    sleep(c)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    c.now = T0 + HOUR
    expect(c.advance()).toEqual(['step due', 'step late'])
    expect(c.step('copy').status).toBe('due')
    c.by(ANA, { type: 'move', step: 'copy', to: T0 + 2 * HOUR, reason: 'the team was sent home' })
    expect(c.step('copy').status).toBe('pending')
    sleep(c)
    expect(c.now).toBe(T0 + 2 * HOUR)
    c.work('copy')
    expect(c.step('copy').status).toBe('done')
  })

  test('holds at a decision whose deadline went by, and decides nothing', () => {
    const c = frozen()
    c.now = T0 + MINUTE
    expect(c.advance()).toEqual(['gate opened', 'round closed', 'cutover held'])
    expect(c.step('copy').status).toBe('pending')
    c.by(ANA, { type: 'resume' })
    c.by(ANA, { type: 'round', gate: 'go', reason: 'we are back', deadline: c.now + HOUR })
    expect(c.state.gates['go']?.open).toBe(true)
  })

  test('shortly away, goes on as planned', () => {
    const c = announced()
    c.now = T0 - HOUR + 9 * MINUTE
    expect(c.advance()).toEqual(['step due'])
    expect(c.step('freeze').lateMs).toBeUndefined()
  })
})

describe('daylight saving', () => {
  const steps = aPlan()
    .phase('all')
    .tell('calendar', { at: days(-7) })
    .tell('elapsed', { at: at(-7 * 24 * 60) })
    .do('evening', { at: days(-1, '18:00') })
    .do('after', { at: days(1), wait: true })
    .build()
  const planned = (start: string) => {
    const plannedStart = Date.parse(start)
    const c = new Cutover(steps, { now: plannedStart - 10 * DAY, plannedStart })
    return Object.fromEntries(
      ['calendar', 'elapsed', 'evening', 'after'].map((id) => [id, iso(plannedAt(c.state, id))]),
    )
  }

  test('in autumn keeps days at the wall clock and hours as they pass', () => {
    // 02:30 in Berlin on Monday 26 October 2026, the day after the clocks went back.
    expect(planned('2026-10-26T01:30Z')).toEqual({
      calendar: '2026-10-19T00:30',
      elapsed: '2026-10-19T01:30',
      evening: '2026-10-25T17:00',
      after: '2026-10-27T01:30',
    })
  })

  test('in spring likewise, also when the day after begins an hour earlier', () => {
    // 03:30 in Berlin on Saturday 28 March 2026, the day before the clocks go forward.
    expect(planned('2026-03-28T02:30Z')).toEqual({
      calendar: '2026-03-21T02:30',
      elapsed: '2026-03-21T02:30',
      evening: '2026-03-27T17:00',
      after: '2026-03-29T01:30',
    })
  })
})
