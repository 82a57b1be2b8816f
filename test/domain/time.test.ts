import { describe, expect, test } from 'vitest'
import { forecast } from '../../src/domain/forecast.ts'
import { waitsFor } from '../../src/domain/order.ts'
import { rollbackPlan } from '../../src/domain/rollback-plan.ts'
import { earliest, plannedAt } from '../../src/domain/time.ts'
import { addCalendarDays } from '../../src/domain/wall-clock.ts'
import { nextWake } from '../../src/domain/wake.ts'
import { Cutover, LEADER } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, HOUR, MINUTE, SECOND, T0 } from '../support/plans.ts'

const utc = (iso: string): number => Date.parse(iso)
const iso = (instant: number): string => new Date(instant).toISOString()

describe('calendar days', () => {
  test('keep the wall clock of the zone when the clocks change', () => {
    // Berlin leaves summer time on 25 October 2026: 02:30 is UTC+2 before and UTC+1 after.
    const start = utc('2026-10-26T01:30:00Z')
    expect(iso(addCalendarDays(start, -7, 'Europe/Berlin'))).toBe('2026-10-19T00:30:00.000Z')
  })

  test('take the time of day they are given', () => {
    const start = utc('2026-11-20T22:00:00Z') // 02:00 on the 21st in Tbilisi
    expect(iso(addCalendarDays(start, -1, 'Asia/Tbilisi', '18:00'))).toBe('2026-11-20T14:00:00.000Z')
  })

  test('mean the first of an hour that comes twice, and move an hour that is left out', () => {
    const october = utc('2026-10-26T12:00:00Z')
    expect(iso(addCalendarDays(october, -1, 'Europe/Berlin', '02:30'))).toBe('2026-10-25T00:30:00.000Z')
    const march = utc('2026-03-30T12:00:00Z')
    expect(iso(addCalendarDays(march, -1, 'Europe/Berlin', '02:30'))).toBe('2026-03-29T01:30:00.000Z')
  })

  test('work across a change of the year and of the date line', () => {
    const start = utc('2027-01-01T10:30:00Z') // 00:30 on the 2nd in Kiritimati
    expect(iso(addCalendarDays(start, -2, 'Pacific/Kiritimati'))).toBe('2026-12-30T10:30:00.000Z')
  })
})

describe('planned times', () => {
  const plan = aPlan()
    .phase('prepare', at(-60))
    .do('early')
    .do('clock', { at: { kind: 'calendar', days: -1, at: '18:00' } })
    .phase('migrate', at(0))
    .do('change', { undo: 'do' })
    .do('later', { at: at(30) })
    .do('follow', { at: { kind: 'after', step: 'later', ms: 10 * MINUTE }, wait: true })
    .build()

  test('count T- from the planned start and T+ from the real one', () => {
    const c = new Cutover(plan, { now: T0 - 48 * HOUR })
    expect(plannedAt(c.state, 'early')).toBe(T0 - HOUR)
    expect(iso(plannedAt(c.state, 'clock') ?? 0)).toBe('2026-11-19T17:00:00.000Z')
    c.waitUntil(T0 - HOUR)
    c.tick(ANA, 'early')
    c.tick(ANA, 'clock')
    c.waitUntil(T0 + 5 * MINUTE)
    c.tick(ANA, 'change')
    expect(plannedAt(c.state, 'later')).toBe(T0 + 35 * MINUTE)
    expect(plannedAt(c.state, 'early')).toBe(T0 - HOUR)
  })

  test('that lie before the opening count as planned at the opening, and are not late', () => {
    const c = new Cutover(plan, { now: T0 - 10 * MINUTE })
    expect(c.advance()).toEqual(['step due'])
    expect(plannedAt(c.state, 'early')).toBe(T0 - 10 * MINUTE)
    expect(c.step('early').lateMs).toBeUndefined()
  })

  test('before T-0 are also the earliest; from T-0 on a step starts when what it needs is done', () => {
    const c = new Cutover(plan, { now: T0 - 48 * HOUR })
    c.waitUntil(T0 - HOUR)
    c.tick(ANA, 'early')
    c.tick(ANA, 'clock')
    expect(c.step('change').status).toBe('pending')
    c.waitUntil(T0)
    c.tick(ANA, 'change')
    expect(c.step('later').status).toBe('due')
    c.tick(ANA, 'later')
    expect(c.step('follow').status).toBe('pending')
    expect(nextWake(c.state, c.now)).toBe(T0 + 10 * MINUTE)
    c.wait(10 * MINUTE)
    expect(c.step('follow').status).toBe('due')
  })

  test('that pass by more than `late` are said once, and moving a step answers it', () => {
    const c = new Cutover(plan, { now: T0 - 48 * HOUR })
    c.waitUntil(T0 - HOUR)
    expect(c.wait(10 * MINUTE)).toEqual([])
    expect(c.wait(1)).toEqual(['step late'])
    expect(c.wait(HOUR)).toEqual([])
    c.by(ANA, { type: 'move', step: 'early', to: c.now + HOUR, reason: 'the vendor is late' })
    expect(c.step('early').status).toBe('pending')
    expect(c.wait(HOUR)).toEqual(['step due'])
  })

  test('of a notice that has passed ask before it goes out, so that nothing untrue is told', () => {
    const told = aPlan().phase('p', at(-60)).tell('announce', {}).do('next').build()
    const c = new Cutover(told)
    c.waitUntil(T0 - 30 * MINUTE)
    expect(c.step('announce')).toMatchObject({ status: 'due', lateMs: 30 * MINUTE })
    c.by(BEN, { type: 'run', step: 'announce' })
    expect(c.step('announce').status).toBe('active')
  })
})

describe('order', () => {
  const plan = aPlan()
    .do('a')
    .watch('beside')
    .do('b')
    .do('c', { parallel: true })
    .do('d')
    .do('e', { needs: ['beside'], parallel: true })
    .build()

  test('is one after the other, except for what runs in parallel, and watches do not block', () => {
    expect(waitsFor(plan, 'b')).toEqual(['a'])
    expect(waitsFor(plan, 'c')).toEqual(['a'])
    expect(waitsFor(plan, 'd')).toEqual(['a', 'b', 'c'])
    expect(waitsFor(plan, 'e')).toEqual(['a', 'b', 'c', 'beside'])
  })

  test('leaves out what does not apply, with the fact that decided', () => {
    const left = { $: 'fact', step: 'backup', fact: 'bytes' } as const
    const branched = aPlan()
      .phase('p', at(-120))
      .run('backup', { begin: 'auto' })
      .do('big', { when: [{ left, name: '$backup.bytes', is: { op: '>', value: 1000, text: '> 1000' } }] })
      .do('small', {
        when: [{ left, name: '$backup.bytes', is: { op: '<=', value: 1000, text: '<= 1000' } }],
      })
      .build()
    const c = new Cutover(branched)
    c.advance()
    c.work('backup', { facts: { bytes: 400 } })
    expect(c.step('big')).toMatchObject({ status: 'not applicable', reason: '$backup.bytes is 400' })
    expect(c.step('small').status).toBe('due')
  })
})

describe('the forecast', () => {
  const minutes = (low: number, high: number) => ({ lowMs: low * MINUTE, highMs: high * MINUTE })
  const plan = aPlan()
    .phase('migrate', at(0))
    .run('copy', { undo: 'run', begin: 'auto', estimate: minutes(8, 10) })
    .run('index', { undo: 'run', begin: 'auto', parallel: true, estimate: minutes(2, 20) })
    .do('switch', { undo: 'do', estimate: minutes(1, 5) })
    .watch('hour', { estimate: minutes(60, 60) })
    .build()
  const rolling = {
    ...plan,
    steps: { ...plan.steps, 'undo-copy': { ...plan.steps['undo-copy']!, estimate: minutes(3, 6) } },
  }

  test('adds up the estimates, parallel ones side by side, and compares the slow end with the window', () => {
    const c = new Cutover(rolling)
    const shown = forecast(c.state, c.now)
    expect(shown.done).toEqual({ low: T0 + 9 * MINUTE, high: T0 + 25 * MINUTE })
    expect(shown).toMatchObject({ windowEndsAt: T0 + HOUR, spareMs: 35 * MINUTE, fits: true })
  })

  test('leaves out what will not apply, from the moment that is known', () => {
    const left = { $: 'fact', step: 'look', fact: 'rows' } as const
    const when = [{ left, name: '$look.rows', is: { op: '>', value: 10, text: '> 10' } }] as const
    const branched = aPlan()
      .phase('migrate', at(-60))
      .run('look', { begin: 'auto' })
      .do('stop', { undo: 'do', at: at(0) })
      .run('slow', { undo: 'run', when, estimate: minutes(30, 40) })
      .build()
    const c = new Cutover(branched)
    expect(forecast(c.state, c.now)).toMatchObject({ done: { high: T0 + 40 * MINUTE } })
    c.waitUntil(T0 - HOUR)
    c.begin('look')
    // The worker's report, before the leader has said what follows from it.
    c.worker({
      type: 'report ended',
      attempt: c.attempt('look'),
      outcome: 'succeeded',
      summary: 'few rows',
      facts: { rows: 4 },
      exit: 0,
      durationMs: SECOND,
      host: 'h1',
      digest: 'd'.repeat(64),
    })
    expect(c.step('slow').status).toBe('pending')
    expect(forecast(c.state, c.now).done.high).toBe(T0)
    c.advance()
    expect(c.step('slow').status).toBe('not applicable')
    expect(forecast(c.state, c.now).done.high).toBe(T0)
  })

  test('uses up the estimate of what runs, and says when it no longer fits', () => {
    const c = new Cutover(rolling)
    c.waitUntil(T0)
    c.begin('copy')
    c.begin('index')
    c.wait(10 * MINUTE)
    expect(forecast(c.state, c.now).done.high).toBe(T0 + 25 * MINUTE)
    c.wait(40 * MINUTE)
    expect(forecast(c.state, c.now).fits).toBe(true)
    c.wait(6 * MINUTE)
    expect(forecast(c.state, c.now)).toMatchObject({ fits: false, spareMs: -1 * MINUTE })
  })

  test('turns back in time: the point of no return leaves room for the whole rollback', () => {
    const c = new Cutover(rolling)
    c.waitUntil(T0)
    c.begin('copy')
    expect(forecast(c.state, c.now).pointOfNoReturn).toBe(T0 + HOUR - 6 * MINUTE)
    c.wait(58 * MINUTE)
    expect(rollbackPlan(c.state, c.now)).toMatchObject({
      order: ['undo-copy'],
      lengthMs: 6 * MINUTE,
      overrunsByMs: 4 * MINUTE,
      running: ['copy'],
    })
  })

  test('a step past its upper estimate is said once', () => {
    const c = new Cutover(rolling)
    c.waitUntil(T0)
    c.begin('copy')
    expect(c.wait(10 * MINUTE)).toEqual(['step overran'])
    expect(c.wait(10 * MINUTE)).toEqual([])
  })
})

describe('a rehearsal', () => {
  const plan = {
    ...aPlan()
      .phase('prepare', at(-60))
      .do('early')
      .phase('decide', at(-15))
      .decide('go', { deadline: at(-2) })
      .phase('migrate', at(0))
      .do('change', { undo: 'do' })
      .do('later', { at: at(30), wait: true })
      .build(),
    live: false,
  }

  test('moves its plan forward when nothing is due, T-0 and deadlines with it', () => {
    const c = new Cutover(plan, { now: T0 - 2 * HOUR })
    expect(c.advance()).toEqual(['plan advanced', 'step due'])
    expect(c.state.plannedStart).toBe(c.now + HOUR)
    expect(c.wait(5 * MINUTE)).toEqual([])
    expect(c.tick(ANA, 'early')).toEqual(['step ticked', 'plan advanced', 'gate opened'])
    expect(c.state.gates['go']?.deadline).toBe(c.now + 13 * MINUTE)
    c.go(ANA, 'go')
    expect(c.go(BEN, 'go')).toEqual(['vote cast', 'gate decided', 'plan advanced', 'step due'])
    expect(c.tick(ANA, 'change')).toContain('plan advanced')
    expect(c.step('later').status).toBe('due')
  })

  test('moves once to what is planned for a wall clock, although that stays where it is until the day changes', () => {
    const evening = { kind: 'calendar', days: -1, at: '18:00' } as const
    const c = new Cutover(
      { ...aPlan().phase('eve', evening).do('pack').phase('go', at(0)).do('change').build(), live: false },
      // T-0 is at 23:00 in Berlin, two days on: the evening before is 41 hours ahead.
      { now: T0 - 46 * HOUR },
    )
    expect(c.advance()).toEqual(['plan advanced', 'step due'])
    const moved = c.events.find(({ type }) => type === 'plan advanced')
    expect(moved?.data).toMatchObject({ to: 'pack' })
    expect(earliest(c.state, 'pack')).toBeLessThanOrEqual(c.now)
    expect(c.state.plannedStart).toBeGreaterThan(c.now)
  })

  test('that moves forward takes the deadline of an open gate along', () => {
    const c = new Cutover(plan)
    c.advance()
    c.tick(ANA, 'early')
    const deadline = c.state.gates['go']?.deadline ?? 0
    c.record({ type: 'plan advanced', data: { byMs: 5 * MINUTE, to: 'later' } }, LEADER)
    expect(c.state.gates['go']?.deadline).toBe(deadline - 5 * MINUTE)
    c.now = deadline - 5 * MINUTE
    expect(c.advance()).toContain('round closed')
  })

  test('waits for the clock when it is asked to run in real time', () => {
    const c = new Cutover(plan, { now: T0 - 2 * HOUR, realTime: true })
    expect(c.advance()).toEqual([])
    expect(nextWake(c.state, c.now)).toBe(T0 - HOUR)
  })

  test('does not sit out its guard', () => {
    const c = new Cutover(plan)
    c.advance()
    c.tick(ANA, 'early')
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    c.tick(ANA, 'change')
    c.tick(ANA, 'later')
    c.go(ANA, 'complete')
    expect(c.go(BEN, 'complete')).toContain('cutover closed')
  })
})

test('a run that takes longer than its timeout asks once, or is cancelled where the runbook says so', () => {
  const plan = aPlan()
    .phase('p', at(-120))
    .run('asks', { begin: 'auto', timeout: { afterMs: MINUTE, then: 'ask' } })
    .run('stops', { begin: 'auto', parallel: true, timeout: { afterMs: MINUTE, then: 'cancel' } })
    .build()
  const c = new Cutover(plan)
  c.advance()
  c.begin('asks')
  c.begin('stops')
  expect(c.wait(MINUTE - SECOND)).toEqual([])
  expect(c.wait(SECOND)).toEqual(['step timed out', 'step timed out', 'cancel requested'])
  expect(c.wait(HOUR)).toEqual([])
})
