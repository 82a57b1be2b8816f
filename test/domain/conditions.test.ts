import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { atStart } from '../support/cutover.ts'
import { ANA, aPlan } from '../support/plans.ts'

/** A rollback whose inverse applies only when the step it undoes left something behind. */
function planWithConditionalInverse(): Plan {
  const plan = aPlan()
    .phase('migrate', { kind: 'elapsed', ms: 0 })
    .run('backup', { undo: 'do', begin: 'auto' })
    .build()
  const inverse = plan.steps['undo-backup']
  if (!inverse) throw new Error('the builder makes inverses')
  const when = [
    {
      left: { $: 'fact', step: 'backup', fact: 'bytes' },
      name: '$backup.bytes',
      is: { op: '>', value: 0, text: '> 0' },
    },
  ] as const
  return { ...plan, steps: { ...plan.steps, 'undo-backup': { ...inverse, when } } }
}

describe('a condition on the way back', () => {
  it('that names a fact nobody will ever know does not apply, so that the rollback goes on', () => {
    const cutover = atStart(planWithConditionalInverse())
    cutover.work('backup', { outcome: 'failed', exit: 1 })

    cutover.by(ANA, { type: 'rollback', name: cutover.state.plan.rollback.name, reason: 'the backup failed' })

    expect(cutover.step('undo-backup').status).toBe('not applicable')
    expect(cutover.step('undo-backup').reason).toContain('$backup.bytes is not known')
    expect(cutover.state.status).toBe('rolled back')
  })

  it('that names a known fact decides by it', () => {
    const cutover = atStart(planWithConditionalInverse())
    cutover.work('backup', { facts: { bytes: 4096 } })

    cutover.by(ANA, { type: 'rollback', name: cutover.state.plan.rollback.name, reason: 'second thoughts' })

    expect(cutover.step('undo-backup').status).toBe('due')
  })
})
