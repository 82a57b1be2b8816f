import { describe, expect, test } from 'vitest'
import { fold } from '../../src/domain/evolve.ts'
import { ANA, aPlan, at, BEN, HOUR, MINUTE, onStep, T0 } from '../support/plans.ts'
import { atStart, Cutover } from '../support/cutover.ts'

const skeleton = aPlan()
  .phase('prepare', at(-60))
  .do('announce')
  .check('pg-answers')
  .phase('decide', at(-15))
  .decide('go', { criteria: [onStep('pg-answers')] })
  .phase('migrate', at(0))
  .do('stop-writers', { undo: 'do', opens: ['maintenance'] })
  .run('copy', { undo: 'run' })
  .do('start-writers', { undo: 'do', closes: ['maintenance'] })
  .build()

describe('a cutover from opening to its end', () => {
  test('goes through its steps by ticks, machine work and a decision, and is closed after its guard', () => {
    const c = new Cutover(skeleton)
    expect(c.advance()).toEqual([])
    c.waitUntil(T0 - HOUR)
    expect(c.step('announce').status).toBe('due')
    c.tick(ANA, 'announce')
    c.work('pg-answers')
    expect(c.state.status).toBe('scheduled')
    c.waitUntil(T0 - 15 * MINUTE)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    c.work('pg-answers')
    expect(c.state.gates['go']?.decision?.decision).toBe('go')
    expect(c.step('stop-writers').status).toBe('pending')
    c.waitUntil(T0)
    expect(c.tick(ANA, 'stop-writers')).toEqual([
      'cutover started',
      'migration began',
      'step ticked',
      'step due',
    ])
    expect(c.state.status).toBe('running')
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy')
    c.tick(ANA, 'start-writers')
    expect(c.state.openings).toMatchObject([{ name: 'maintenance', closedBy: 'start-writers' }])
    expect(c.state.status).toBe('watching')
    expect(c.state.gates['complete']?.open).toBe(true)
    c.go(ANA, 'complete')
    expect(c.state.gates['complete']?.decision).toBeUndefined()
    c.go(BEN, 'complete')
  })

  test('reads the same from its log', () => {
    const c = atStart(skeleton)
    const again = fold(JSON.parse(JSON.stringify(c.events)))
    expect(again).toEqual(c.state)
  })
})
