import { describe, expect, test } from 'vitest'
import { availableActions } from '../../src/domain/choices.ts'
import { rollbackPlan } from '../../src/domain/rollback-plan.ts'
import { sinceReopening } from '../../src/domain/since-reopening.ts'
import { reopenedAt, waysBack } from '../../src/domain/ways-back.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { withWaysBack } from '../support/branching.ts'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, BEN, HOUR, MINUTE } from '../support/plans.ts'

const back = (option?: string) =>
  ({
    type: 'rollback',
    name: 'shop',
    reason: 'orders are lost',
    ...(option !== undefined && { option }),
  }) as const

/** Everything is done, and customers write again. */
function reopened(plan: Plan = withWaysBack()): Cutover {
  const c = atStart(plan)
  c.tick(ANA, 'save')
  c.tick(ANA, 'change')
  c.work('migrate')
  c.tick(ANA, 'reopen')
  return c
}

/** A command reopens, and its turn has come. */
function reopening(): Cutover {
  const c = atStart(withWaysBack({ withinMs: HOUR, reopens: 'run' }))
  c.tick(ANA, 'save')
  c.tick(ANA, 'change')
  c.work('migrate')
  return c
}

/** Rolling back by `fast` has stopped at its first inverse. */
function stopped(): Cutover {
  const c = reopened()
  c.by(ANA, back('fast'))
  c.tick(ANA, 'warn')
  c.work('undo-migrate', { outcome: 'failed' })
  return c
}

describe('several ways back', () => {
  test('have to be named, and the refusal lists them with what they lose', () => {
    const c = reopened()
    const decision = c.decide(back(), { kind: 'person', person: ANA, via: 'cli' })
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'option missing' } })
    expect(JSON.stringify(decision)).toContain('thorough (Put the dump back; loses what was written since)')
    expect(c.refused(ANA, back('slow'))).toBe('option unknown')
  })

  test('are the inverses, or steps of their own in their place', () => {
    const c = reopened()
    const [fast, thorough] = waysBack(c.state, c.now).map(
      ({ option }) => rollbackPlan(c.state, c.now, option).order,
    )
    expect(fast).toEqual(['warn', 'undo-migrate', 'undo-change', 'look'])
    expect(thorough).toEqual(['warn', 'restore', 'look'])
  })

  test('by steps of its own undo everything when they are through', () => {
    const c = reopened()
    c.by(ANA, back('thorough'))
    expect(c.state.rollback).toMatchObject({ option: 'thorough', order: ['warn', 'restore', 'look'] })
    for (const step of ['warn', 'restore', 'look']) c.tick(ANA, step)
    expect(c.state.status).toBe('rolled back')
    expect(c.step('migrate')).toMatchObject({ inForce: false, undone: true })
    c.by(ANA, { type: 'postpone', reason: 'another night' })
    expect(c.state.status).toBe('postponed')
  })

  test('cannot be taken while what they require is not done', () => {
    const c = atStart(withWaysBack({ requires: ['save'] }))
    c.by(ANA, { type: 'skip', step: 'save', reason: 'no room' })
    c.tick(ANA, 'change')
    expect(waysBack(c.state, c.now)[1]?.missing).toEqual(['save'])
    expect(c.refused(ANA, back('thorough'))).toBe('option not possible')
    c.by(ANA, back('fast'))
    expect(c.state.status).toBe('rolling back')
  })

  test('know since when customers write, and how long their time has passed', () => {
    const c = atStart(withWaysBack({ withinMs: HOUR }))
    expect(reopenedAt(c.state)).toBeUndefined()
    c.tick(ANA, 'save')
    c.tick(ANA, 'change')
    c.work('migrate')
    c.tick(ANA, 'reopen')
    const since = c.now
    expect(reopenedAt(c.state)).toBe(since)
    expect(waysBack(c.state, since + HOUR)[0]?.lateByMs).toBeUndefined()
    expect(waysBack(c.state, since + HOUR + MINUTE)[0]?.lateByMs).toBe(MINUTE)
    c.now = since + 2 * HOUR
    c.by(ANA, back('fast'))
    expect(c.state.status).toBe('rolling back')
  })

  test('count from the beginning of a reopening that failed: some customers may write already', () => {
    const c = reopening()
    const begun = c.now
    c.begin('reopen')
    expect(reopenedAt(c.state)).toBe(begun)
    c.now += 10 * MINUTE
    c.end('reopen', { outcome: 'failed' })
    c.advance()
    expect(c.step('reopen').status).toBe('failed')
    expect(reopenedAt(c.state)).toBe(begun)
    expect(waysBack(c.state, begun + HOUR + MINUTE)[0]?.lateByMs).toBe(MINUTE)
    expect(sinceReopening(c.state)).toMatchObject({ at: begun })
  })

  test('count from a reopening of which nobody knows how it ended', () => {
    const c = reopening()
    const begun = c.now
    const attempt = c.begin('reopen')
    c.now += MINUTE
    c.worker({ type: 'report unknown', attempt, why: 'the host went away' })
    c.advance()
    expect(c.step('reopen').status).toBe('unknown')
    expect(reopenedAt(c.state)).toBe(begun)
  })

  test('count from a reopening that was overridden, and not from one that was undone', () => {
    const c = reopening()
    const begun = c.now
    c.begin('reopen')
    c.end('reopen', { outcome: 'failed' })
    c.advance()
    c.now += MINUTE
    c.by(ANA, { type: 'override', step: 'reopen', reason: 'it is open, only the log said otherwise' })
    expect(c.step('reopen').status).toBe('overridden')
    expect(reopenedAt(c.state)).toBe(begun)
    c.by(ANA, back('thorough'))
    for (const step of ['warn', 'restore', 'look']) c.tick(ANA, step)
    expect(c.state.status).toBe('rolled back')
    expect(reopenedAt(c.state)).toBeUndefined()
  })

  test('count anew when the tick that reopened was a mistake', () => {
    const c = reopened()
    c.by(ANA, { type: 'untick', step: 'reopen', reason: 'the wrong line' })
    expect(reopenedAt(c.state)).toBeUndefined()
    c.now += HOUR
    c.tick(ANA, 'reopen')
    expect(reopenedAt(c.state)).toBe(c.now)
  })

  test('need the same one from each of several people', () => {
    const plan = withWaysBack()
    const two = { ...plan, rollback: { ...plan.rollback, approvers: { lead: 1, observer: 1 } } }
    const c = reopened(two)
    c.by(ANA, back('fast'))
    expect(c.refused(ANA, back('fast'))).toBe('rollback asked')
    c.by(BEN, back('thorough'))
    expect(c.state.status).not.toBe('rolling back')
    c.by(BEN, back('fast'))
    expect(c.state).toMatchObject({ status: 'rolling back', rollback: { option: 'fast' } })
  })

  test('make a NO-GO that asks for rolling back a hold, because one of them has to be chosen', () => {
    const c = reopened()
    expect(c.noGo(ANA, 'complete')).toContain('cutover held')
    expect(availableActions(c.state)).toContain('rollback')
  })
})

describe('a rollback that stopped', () => {
  test('goes on another way that was not tried, without repeating what is done', () => {
    const c = stopped()
    expect(c.state.status).toBe('rollback stopped')
    expect(c.wait(HOUR)).toEqual([])
    expect(availableActions(c.state)).toContain('rollback')
    expect(c.refused(ANA, back('fast'))).toBe('option tried')
    expect(c.refused(ANA, back())).toBe('option missing')
    expect(c.by(ANA, back('thorough'))).toEqual(['rollback option taken', 'step due'])
    expect(c.state).toMatchObject({
      status: 'rolling back',
      rollback: { option: 'thorough', tried: ['fast'], order: ['warn', 'restore', 'look'] },
    })
    expect(c.step('warn').status).toBe('done')
    c.tick(ANA, 'restore')
    c.tick(ANA, 'look')
    expect(c.state.status).toBe('rolled back')
  })

  test('keeps inverses that are done, and ends when every way was tried', () => {
    const c = reopened()
    c.by(ANA, back('fast'))
    c.tick(ANA, 'warn')
    c.work('undo-migrate')
    c.by(ANA, { type: 'tick', step: 'undo-change', result: 'failed', fields: {}, note: 'it hangs' })
    expect(c.state.status).toBe('rollback stopped')
    c.by(ANA, back('thorough'))
    expect(c.state.rollback?.order).toEqual(['warn', 'undo-migrate', 'restore', 'look'])
    c.by(ANA, { type: 'tick', step: 'restore', result: 'failed', fields: {}, note: 'no file' })
    expect(c.state.status).toBe('rollback stopped')
    expect(c.refused(ANA, back('fast'))).toBe('no other way back')
    expect(availableActions(c.state)).not.toContain('rollback')
  })

  test('wants to know first how its step ended', () => {
    const c = reopened()
    c.by(ANA, back('fast'))
    c.tick(ANA, 'warn')
    const attempt = c.begin('undo-migrate')
    c.worker({ type: 'report unknown', attempt, why: 'the host went away' })
    c.advance()
    expect(c.refused(ANA, back('thorough'))).toBe('undeclared attempts')
  })
})
