import { describe, expect, test } from 'vitest'
import { evidenceOf } from '../../src/domain/criteria.ts'
import { rehearsedMs } from '../../src/domain/rehearsed.ts'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, HOUR, MINUTE } from '../support/plans.ts'

const MINUTES_8 = { lowMs: MINUTE, highMs: 8 * MINUTE }

/** Saved, stopped, changed; then asked whether to reopen. */
function plan(objectives: { rtoMs?: number; rpoMs?: number }) {
  const built = aPlan()
    .phase('work', at(0))
    .decide('before')
    .run('save', { work: { uses: 'sqlite.backup', with: {} }, begin: 'auto' })
    .do('stop', { opens: ['maintenance'], undo: 'do' })
    .do('start', { closes: ['maintenance'], undo: 'do' })
    .decide('after', { needs: ['start'] })
    .with({ objectives })
    .build()
  const { 'undo-stop': first, 'undo-start': second } = built.steps
  if (first === undefined || second === undefined) throw new Error('the builder lost a step')
  const steps = {
    'undo-stop': { ...first, estimate: MINUTES_8 },
    'undo-start': { ...second, estimate: MINUTES_8 },
  }
  return { ...built, steps: { ...built.steps, ...steps } }
}

const shown = (c: Cutover, gate: string) =>
  Object.fromEntries(evidenceOf(c.state, gate, c.now).map((one) => [one.criterion, one]))

describe('the objective for restoring', () => {
  test('is weighed by the estimates of the whole way back until somebody has measured it', () => {
    const within = atStart(plan({ rtoMs: 20 * MINUTE }))
    expect(shown(within, 'before')['rto']).toMatchObject({
      met: true,
      answer: 'up to 16 min by the estimates, not measured (objective 20 min)',
    })
    const tight = atStart(plan({ rtoMs: 15 * MINUTE }))
    expect(shown(tight, 'before')['rto']).toMatchObject({ met: false })
    expect(tight.refused(ANA, { type: 'vote', gate: 'before', vote: 'go' })).toBe('criteria not met')
  })

  test('is weighed by the last rehearsal of this very text that was rolled back', () => {
    const c = atStart(plan({ rtoMs: 15 * MINUTE }))
    const report = (cutover: string, hash: string, rollbackMs: number) =>
      c.leader({
        type: 'report rehearsal',
        rehearsal: {
          cutover,
          hash,
          finishedAt: c.now - HOUR,
          rolledBack: true,
          openIssues: 0,
          durations: { save: 90_000 },
          rollbackMs,
        },
      })
    report('r1', 'b'.repeat(64), MINUTE)
    expect(shown(c, 'before')['rto']?.met).toBe(false)
    report('r2', c.state.plan.hash, 6 * MINUTE)
    expect(shown(c, 'before')['rto']).toMatchObject({
      met: true,
      answer: '6 min, measured in r2 (objective 15 min)',
    })
    expect(rehearsedMs(c.state, 'save')).toBe(90_000)
    expect(rehearsedMs(c.state, 'stop')).toBeUndefined()
  })

  test('is measured by a rehearsal, and not asked of it', () => {
    const c = atStart({ ...plan({ rtoMs: MINUTE, rpoMs: MINUTE }), live: false })
    expect(shown(c, 'before')['rto']).toMatchObject({
      met: true,
      answer: 'not applicable: a rehearsal measures it',
    })
    expect(shown(c, 'after')['rpo']?.met).toBe(true)
  })

  test('is red where nothing says how long it takes', () => {
    const built = aPlan()
      .phase('work', at(0))
      .decide('go')
      .do('stop', { undo: 'do' })
      .with({ objectives: { rtoMs: HOUR } })
      .build()
    expect(shown(atStart(built), 'go')['rto']?.answer).toContain('nobody has measured or estimated it')
  })
})

describe('the objective for what is lost', () => {
  test('waits for the restore point, then counts the time in which anything could be written', () => {
    const c = atStart(plan({ rpoMs: 10 * MINUTE }))
    expect(shown(c, 'before')['rpo']).toMatchObject({ met: true, answer: 'taken later: “save”' })
    for (const who of ['UANA', 'UBEN']) c.go(who, 'before')
    c.work('save')
    c.now += 5 * MINUTE
    c.tick(ANA, 'stop')
    c.now += 2 * HOUR
    expect(shown(c, 'after')['rpo']).toMatchObject({
      met: true,
      answer: '5 min would be lost (objective 10 min)',
    })
    c.tick(ANA, 'start')
    c.now += 6 * MINUTE
    expect(shown(c, 'after')['rpo']).toMatchObject({
      met: false,
      answer: '11 min would be lost (objective 10 min)',
    })
  })

  test('is red where nothing is saved, or it was skipped', () => {
    const built = aPlan()
      .phase('work', at(0))
      .decide('go')
      .do('stop', { undo: 'do' })
      .with({ objectives: { rpoMs: HOUR } })
      .build()
    expect(shown(atStart(built), 'go')['rpo']?.answer).toContain('no step saves what a rollback puts back')
    const c = atStart(plan({ rpoMs: HOUR }))
    c.by(ANA, { type: 'skip', step: 'save', reason: 'no room' })
    expect(shown(c, 'after')['rpo']).toMatchObject({ met: false, answer: 'was not taken: “save”' })
  })

  test('is not asked for when the cutover is completed', () => {
    const c = atStart(plan({ rpoMs: HOUR, rtoMs: HOUR }))
    expect(Object.keys(shown(c, 'complete'))).toEqual([])
  })
})
