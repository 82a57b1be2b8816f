import { describe, expect, test } from 'vitest'
import { dueChoices } from '../../src/domain/alternatives.ts'
import { forecast } from '../../src/domain/forecast.ts'
import { withChoice } from '../support/branching.ts'
import { atStart, Cutover, HOLDERS } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, HOUR, MINUTE, T0 } from '../support/plans.ts'

const asked = () =>
  withChoice(aPlan().phase('work', at(0)).do('first'), { by: 'observer' })
    .do('last')
    .build()
const fixed = (preset: string) =>
  withChoice(aPlan().phase('work', at(0)), { preset })
    .do('last')
    .build()

describe('a choice that a role makes', () => {
  test('waits until it is reached, and only then asks', () => {
    const c = atStart(asked())
    expect(dueChoices(c.state, c.now)).toEqual([])
    c.tick(ANA, 'first')
    expect(dueChoices(c.state, c.now)).toEqual(['how'])
    expect(c.step('dump-it').status).toBe('pending')
    expect(c.step('snap-it').status).toBe('pending')
  })

  test('makes the other options not applicable, which is no skip, with the answer as the reason', () => {
    const c = atStart(asked())
    c.tick(ANA, 'first')
    expect(c.by(BEN, { type: 'choose', choice: 'how', option: 'snapshot', reason: 'faster' })).toEqual([
      'option chosen',
      'step not applicable',
      'step not applicable',
      'step due',
    ])
    expect(c.step('dump-it')).toMatchObject({
      status: 'not applicable',
      reason: '“How is it saved?”: snapshot',
    })
    expect(c.step('snap-it').status).toBe('due')
    expect(dueChoices(c.state, c.now)).toEqual([])
    c.tick(ANA, 'snap-it')
    expect(c.step('last').status).toBe('due')
  })

  test('may be made anew until a step of it has started', () => {
    const c = atStart(asked())
    c.tick(ANA, 'first')
    c.by(BEN, { type: 'choose', choice: 'how', option: 'snapshot' })
    c.by(ANA, { type: 'choose', choice: 'how', option: 'dump' })
    expect(c.step('dump-it').status).toBe('due')
    expect(c.step('snap-it').status).toBe('not applicable')
    expect(
      c.decide(
        { type: 'choose', choice: 'how', option: 'dump' },
        { kind: 'person', person: ANA, via: 'cli' },
      ),
    ).toEqual({ ok: true, events: [] })
    c.tick(ANA, 'dump-it')
    expect(c.refused(BEN, { type: 'choose', choice: 'how', option: 'snapshot' })).toBe('option taken up')
  })

  test('is that of its role or of the lead, and an old button is told what happened', () => {
    const c = atStart(asked())
    expect(c.refused(CAI, { type: 'choose', choice: 'how', option: 'dump' })).toBe('not chooser')
    expect(c.refused(BEN, { type: 'choose', choice: 'how', option: 'tape' })).toBe('option unknown')
    expect(c.refused(BEN, { type: 'choose', choice: 'why', option: 'dump' })).toBe('choice unknown')
    c.by(BEN, { type: 'choose', choice: 'how', option: 'dump' }, 0)
    expect(c.refused(ANA, { type: 'choose', choice: 'how', option: 'snapshot' }, 0)).toBe('stale')
  })

  test('may be made while the cutover is held, and counts as its longest option in the forecast until then', () => {
    const c = atStart(asked())
    c.tick(ANA, 'first')
    expect(forecast(c.state, c.now).end.high - c.now).toBe(MINUTE)
    c.by(BEN, { type: 'hold' })
    c.by(BEN, { type: 'choose', choice: 'how', option: 'snapshot' })
    expect(forecast(c.state, c.now).end.high - c.now).toBe(0)
  })

  test('is asked of nobody where nobody is: the first option is taken', () => {
    const plan = { ...asked(), live: false }
    const c = new Cutover(plan)
    expect(c.state.choices['how']?.option).toBeUndefined()
    const alone = new Cutover(plan, { opener: 'rehearsal', holders: {} })
    expect(alone.state.choices['how']?.option).toBe('dump')
  })
})

describe('a choice at the start', () => {
  test('is known when it opens, and may still be changed by the lead', () => {
    const c = atStart(fixed('snapshot'))
    expect(c.step('dump-it').status).toBe('not applicable')
    expect(c.step('snap-it').status).toBe('due')
    expect(c.refused(BEN, { type: 'choose', choice: 'how', option: 'dump' })).toBe('not chooser')
    c.by(ANA, { type: 'choose', choice: 'how', option: 'dump' })
    expect(c.step('dump-it').status).toBe('due')
  })

  test('is missed when it is not made, by people', () => {
    const plan = withChoice(aPlan().phase('work', at(0))).build()
    expect(() => new Cutover(plan)).toThrow('How is it saved?')
    const rehearsal = new Cutover({ ...plan, live: false }, { opener: 'rehearsal', holders: {} })
    expect(rehearsal.state.choices['how']?.option).toBe('dump')
  })

  test('stays when the cutover is postponed, and can be made anew then', () => {
    const c = new Cutover(fixed('snapshot'), { holders: HOLDERS })
    c.by(ANA, { type: 'postpone', reason: 'rain', to: T0 + 24 * HOUR })
    expect(c.state.choices['how']?.option).toBe('snapshot')
    expect(c.step('dump-it').status).toBe('not applicable')
    c.by(ANA, { type: 'choose', choice: 'how', option: 'dump' })
    expect(c.step('snap-it').status).toBe('not applicable')
  })
})
