import { describe, expect, test } from 'vitest'
import { availableActions } from '../../src/domain/choices.ts'
import { evidenceOf } from '../../src/domain/criteria.ts'
import type { Plan, Step } from '../../src/domain/plan.ts'
import { CHANGES, changesToWeigh } from '../../src/domain/team/changes.ts'
import { atStart, Cutover, person } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, DIA, HOUR, MINUTE, T0 } from '../support/plans.ts'

const reason = 'customers cannot pay'
const hotfix = { type: 'allow change', text: 'Hotfix 42', reason } as const

const window = { lengthMs: HOUR, freezeMs: HOUR, zone: 'Europe/Berlin' }
const gated = aPlan()
  .phase('decide', at(-30))
  .decide('go', { approvers: { lead: 1, observer: 1 } })
  .phase('work', at(0))
  .do('change', { undo: 'do' })
  .decide('reopen', { approvers: { lead: 1 } })
  .with({ window })
  .build()

function planStepOf({ steps }: Plan, id: string): Step {
  const step = steps[id]
  if (step === undefined) throw new Error(`no step ${id}`)
  return step
}

const atGate = (plan = gated): Cutover => {
  const c = new Cutover(plan)
  c.waitUntil(T0 - 30 * MINUTE)
  return c
}

describe('a change during the freeze', () => {
  test('is allowed by the lead, with a reason, and by nobody else', () => {
    const c = atGate()
    expect(c.refused(BEN, hotfix)).toBe('not who allows changes')
    expect(c.refused(ANA, { ...hotfix, reason: ' ' })).toBe('reason missing')
    expect(c.refused(ANA, { ...hotfix, text: ' ' })).toBe('text not usable')

    c.by(ANA, hotfix)
    expect(c.state.changes).toEqual([
      {
        at: c.now,
        by: { kind: 'person', person: ANA, via: 'slack' },
        text: 'Hotfix 42',
        reason: 'customers cannot pay',
      },
    ])
  })

  test('is allowed by the role that the runbook names, and then not by the lead', () => {
    const c = atGate({ ...gated, window: { ...window, changesBy: 'communicator' } })
    expect(c.refused(ANA, hotfix)).toBe('not who allows changes')
    expect(c.by(CAI, hotfix)).toEqual(['change allowed'])
  })

  test('stands at the next gate until a GO was said on it', () => {
    const c = atGate()
    expect(evidenceOf(c.state, 'go', c.now)).toEqual([])
    c.by(ANA, hotfix)
    const shown = { criterion: CHANGES, met: true, answer: `Hotfix 42, allowed by <@${ANA}>`, at: c.now }
    expect(evidenceOf(c.state, 'go', c.now)).toEqual([shown])
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    expect(c.state.gates['go']?.decision?.evidence).toEqual([shown])

    c.waitUntil(T0)
    c.tick(ANA, 'change')
    expect(c.state.gates['reopen']?.open).toBe(true)
    expect(evidenceOf(c.state, 'reopen', c.now)).toEqual([])
    expect(changesToWeigh(c.state)).toEqual([])
    expect(c.state.changes).toMatchObject([{ text: 'Hotfix 42', weighed: 'go' }])
  })

  test('is not weighed by a NO-GO', () => {
    const c = atGate()
    c.by(ANA, hotfix)
    c.noGo(BEN, 'go')
    expect(changesToWeigh(c.state)).toHaveLength(1)
  })

  test('makes a GO stale that was said without it, and an old GO button with it', () => {
    const c = atGate()
    c.go(BEN, 'go')
    const drawn = c.step('go').revision
    expect(c.by(ANA, hotfix)).toEqual(['change allowed', 'votes went stale'])
    expect(c.state.gates['go']?.votes).toMatchObject([{ person: BEN, staleBecause: CHANGES }])

    const old = c.decide({ type: 'vote', gate: 'go', vote: 'go' }, person(ANA), drawn)
    expect(old).toMatchObject({ ok: false, refusal: { code: 'stale' } })
    c.go(ANA, 'go')
    expect(c.state.gates['go']?.open).toBe(true)
    c.go(BEN, 'go')
    expect(c.state.gates['go']?.decision?.decision).toBe('go')
  })

  test('makes nothing stale where nobody has voted, yet old buttons are old', () => {
    const c = atGate()
    const drawn = c.step('go').revision
    expect(c.by(ANA, hotfix)).toEqual(['change allowed'])
    expect(c.step('go').revision).toBeGreaterThan(drawn)
  })
})

describe('when a change can be allowed', () => {
  const frozen = aPlan()
    .do('freeze', { opens: ['code-freeze'], undo: 'do' })
    .do('thaw', { closes: ['code-freeze'], undo: 'do' })
    .do('last')
    .build()

  test('before a freeze, during it, and not after it', () => {
    const c = atStart(frozen)
    expect(availableActions(c.state, ANA)).toContain('allow change')
    c.tick(ANA, 'freeze')
    c.by(ANA, hotfix)
    c.tick(ANA, 'thaw')
    expect(c.state.status).toBe('watching')
    expect(availableActions(c.state, ANA)).not.toContain('allow change')
    expect(c.refused(ANA, hotfix)).toBe('not frozen')
  })

  test('as long as the freeze that a step has opened is on, on the way back too', () => {
    const thaw = { ...planStepOf(frozen, 'undo-freeze'), closes: ['code-freeze'] }
    const c = atStart({ ...frozen, steps: { ...frozen.steps, 'undo-freeze': thaw } })
    c.tick(ANA, 'freeze')
    c.by(ANA, { type: 'rollback', name: c.state.plan.rollback.name, reason })
    expect(c.state.status).toBe('rolling back')
    expect(c.by(ANA, hotfix)).toEqual(['change allowed'])
    c.tick(ANA, 'undo-freeze')
    expect(c.refused(ANA, hotfix)).toBe('not frozen')
  })

  test('never where the runbook knows no freeze; other open states are none', () => {
    const c = atStart(
      aPlan()
        .do('stop', { opens: ['maintenance'], undo: 'do' })
        .build(),
    )
    c.tick(ANA, 'stop')
    expect(c.refused(ANA, hotfix)).toBe('not frozen')
    expect(c.refused(DIA, hotfix)).toBe('not frozen')
  })
})
