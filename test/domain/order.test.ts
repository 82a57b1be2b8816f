import { expect, test } from 'vitest'
import { phaseOf, phaseSteps } from '../../src/domain/lookup.ts'
import { followers, waitsFor } from '../../src/domain/order.ts'
import { aPlan } from '../support/plans.ts'

const plan = aPlan()
  .phase('before')
  .do('announce')
  .watch('errors')
  .phase('move')
  .run('copy')
  .run('index', { parallel: true })
  .check('counts', { needs: ['errors'] })
  .build()

test('a step waits for everything before it but watches, one beside another for what that waits for, and for its needs', () => {
  expect(waitsFor(plan, 'copy')).toEqual(['announce'])
  expect(waitsFor(plan, 'index')).toEqual(['announce'])
  expect(waitsFor(plan, 'counts')).toEqual(['announce', 'copy', 'index', 'errors'])
  expect(waitsFor(plan, 'undo-copy')).toEqual([])
})

test('the steps that follow are those that wait for it, in the order of the runbook', () => {
  for (const step of phaseSteps(plan)) {
    const waiting = phaseSteps(plan).filter((other) => waitsFor(plan, other).includes(step))
    expect(followers(plan, step)).toEqual(waiting)
  }
  expect(followers(plan, 'announce')).toEqual(['errors', 'copy', 'index', 'counts'])
  expect(followers(plan, 'nothing')).toEqual([])
})

test('a step of the runbook stands in its phase', () => {
  expect(phaseOf(plan, 'index')?.id).toBe('move')
  expect(phaseOf(plan, 'complete')).toBeUndefined()
})

test('the order of a plan is worked out once, and each plan has its own', () => {
  const longer = aPlan().phase('before').do('freeze').do('announce').run('copy').build()

  expect(waitsFor(plan, 'counts')).toBe(waitsFor(plan, 'counts'))
  expect(followers(plan, 'announce')).toBe(followers(plan, 'announce'))
  expect(waitsFor(longer, 'copy')).toEqual(['freeze', 'announce'])
  expect(followers(longer, 'announce')).toEqual(['copy'])
})
