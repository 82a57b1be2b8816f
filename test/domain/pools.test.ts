import { describe, expect, test } from 'vitest'
import type { PoolCommand } from '../../src/domain/commands.ts'
import { poolNews, poolsOf } from '../../src/domain/pools.ts'
import { atStart, Cutover, person, worker } from '../support/cutover.ts'
import { ANA, aPlan, at, onStep, SECOND } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'

const refusing: PoolCommand = {
  type: 'report pool refused',
  pool: 'db',
  why: 'shop.sql on this host is not what the log says',
  differs: ['shop.sql'],
}

const plan = aPlan()
  .phase('work', at(0))
  .do('by-hand')
  .run('copy', { begin: 'auto', parallel: true })
  .run('swap', { parallel: true })
  .build()

describe('a pool that takes nothing', () => {
  test('is named after a while, with the step that it should carry out; one that takes it is not', () => {
    const c = new Cutover(plan)
    c.decide(readyPool(), worker())
    c.waitUntil(c.state.plannedStart)
    expect(poolNews(c.state, c.now + 15 * SECOND)).toEqual([])
    expect(poolNews(c.state, c.now + 25 * SECOND)).toEqual([
      'nobody on db takes “copy”: is a worker up there, and does the queue answer?',
    ])

    c.decide({ type: 'claim', attempt: 'c1.copy.1', worker: 'w1', host: 'h1' }, worker())
    expect(poolNews(c.state, c.now + 25 * SECOND)).toEqual([])
  })
})

describe('a pool that knows the runbook otherwise', () => {
  test('gets no work, neither by itself nor by a click, and says why', () => {
    const c = new Cutover(plan)
    c.decide(refusing, worker())
    c.advance()
    c.waitUntil(c.state.plannedStart)

    expect(c.step('copy')).toMatchObject({ status: 'due', attempts: [] })
    const run = c.decide({ type: 'run', step: 'swap' }, person(ANA))
    expect(run).toMatchObject({ ok: false, refusal: { code: 'pool not ready' } })
    expect(run.ok ? '' : run.refusal.message).toContain('shop.sql on this host is not what the log says')
    expect(poolNews(c.state)).toEqual([
      'nothing starts on db: shop.sql on this host is not what the log says',
    ])
    expect(c.tick(ANA, 'by-hand')).toContain('step ticked')
  })

  test('gets what waits for it by itself as soon as its folder is mended', () => {
    const c = new Cutover(plan)
    c.decide(refusing, worker())
    c.advance()
    c.waitUntil(c.state.plannedStart)

    c.decide(readyPool(), worker())
    c.advance()

    expect(c.attempt('copy')).toBe('c1.copy.1')
    expect(poolNews(c.state)).toEqual([])
  })

  test('holds up the looks of an open gate', () => {
    const c = atStart(
      aPlan()
        .check('looks')
        .decide('go', { criteria: [onStep('looks')] })
        .build(),
    )
    c.work('looks')
    expect(c.state.gates['go']?.open).toBe(true)
    c.decide(refusing, worker())

    expect(c.wait(120_000)).not.toContain('attempt dispatched')
    c.decide(readyPool(), worker())
    expect(c.wait(1)).toContain('attempt dispatched')
  })

  test('lets a decision that was made before the spawn not be spawned', () => {
    const c = atStart(plan)
    const attempt = c.attempt('copy')
    c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    c.decide(refusing, worker())

    expect(c.decide({ type: 'spawn', attempt }, worker())).toMatchObject({
      refusal: { code: 'pool not ready' },
    })
  })
})

describe('an answer of a pool', () => {
  test('counts once, from its own worker, for a pool that has work', () => {
    const c = new Cutover(plan)
    expect(poolsOf(plan)).toEqual(['db'])
    expect(c.decide(readyPool(), worker('web'))).toMatchObject({ refusal: { code: 'no such pool' } })
    expect(c.decide(readyPool('web'), worker('web'))).toMatchObject({ refusal: { code: 'no such pool' } })
    expect(c.decide(readyPool(), worker())).toMatchObject({ ok: true, events: [{ type: 'pool ready' }] })
    expect(c.decide(readyPool(), worker())).toEqual({ ok: true, events: [] })
  })

  test('is told again when files were changed in vain, and its steps keep their buttons', () => {
    const c = new Cutover(plan)
    c.decide(readyPool(), worker())
    const { revision } = c.step('swap')

    c.decide({ ...readyPool(), ignored: ['shop.sql'] } as PoolCommand, worker())

    expect(poolNews(c.state)).toEqual(['changed on db after the opening, and ignored: shop.sql'])
    expect(c.step('swap').revision).toBe(revision)
  })

  test('changes nothing of a cutover that is over', () => {
    const c = new Cutover(plan)
    c.by(ANA, { type: 'abandon', reason: 'no' })
    expect(c.decide(refusing, worker())).toEqual({ ok: true, events: [] })
  })
})
