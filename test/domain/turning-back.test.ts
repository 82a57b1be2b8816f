import { describe, expect, test } from 'vitest'
import { availableActions } from '../../src/domain/choices.ts'
import { openStates } from '../../src/domain/lookup.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { metTriggers } from '../../src/domain/triggers.ts'
import { atStart, Cutover, person } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, HOUR, MINUTE, T0 } from '../support/plans.ts'

const reason = 'rows are missing'
const back = { type: 'rollback', name: 'shop', reason } as const

const plan: Plan = aPlan()
  .before('tell', 'rolling-back')
  .after('check', 'old-side-serves')
  .phase('prepare', at(-60))
  .do('snapshot')
  .phase('migrate', at(0))
  .do('stop-writers', { undo: 'do', opens: ['maintenance'] })
  .run('copy', { undo: 'run', begin: 'auto' })
  .do('start-writers', { undo: 'do', closes: ['maintenance'] })
  .build()

const withClosing: Plan = {
  ...plan,
  steps: {
    ...plan.steps,
    'undo-stop-writers': { ...plan.steps['undo-stop-writers']!, closes: ['maintenance'] },
  },
}

/** Writers are stopped and the copy is under way. */
function copying(of: Plan = withClosing): Cutover {
  const c = new Cutover(of)
  c.waitUntil(T0 - HOUR)
  c.tick(ANA, 'snapshot')
  c.waitUntil(T0)
  c.tick(ANA, 'stop-writers')
  c.begin('copy')
  return c
}

describe('rolling back', () => {
  test('is offered from the first change on, to any holder alone, and wants the name typed', () => {
    const c = new Cutover(withClosing)
    expect(availableActions(c.state, CAI)).not.toContain('rollback')
    const d = copying()
    expect(availableActions(d.state, CAI)).toContain('rollback')
    expect(d.refused(CAI, { ...back, name: 'Shop' })).toBe('name wrong')
  })

  test('asks whether to wait for what runs or to cancel it, and begins when it has ended', () => {
    const c = copying()
    expect(c.refused(CAI, back)).toBe('running attempts')
    c.by(CAI, { ...back, running: 'cancel' })
    expect(c.state.attempts['c1.copy.1']?.cancelRequested?.reason).toBe(reason)
    expect(c.state.rollback?.order).toEqual([
      'rolling-back',
      'undo-copy',
      'undo-stop-writers',
      'old-side-serves',
    ])
    expect(c.step('rolling-back').status).toBe('pending')
    c.end('copy', { attempt: 'c1.copy.1', outcome: 'cancelled' })
    expect(c.step('rolling-back').status).toBe('active')
  })

  test('goes through what comes before, the inverses in reverse, and what comes after', () => {
    const c = copying()
    c.end('copy', { outcome: 'failed' })
    c.by(ANA, back)
    c.delivered('rolling-back')
    c.work('undo-copy')
    expect(c.step('copy')).toMatchObject({ inForce: false, undone: true })
    expect(openStates(c.state)).toEqual(['maintenance'])
    c.tick(ANA, 'undo-stop-writers')
    expect(openStates(c.state)).toEqual([])
    c.work('old-side-serves')
    expect(c.state.status).toBe('rolled back')
  })

  test('stops at an inverse that failed, and goes on where people retry, skip or mark it', () => {
    const ways = [
      { type: 'retry', step: 'undo-copy', reason },
      { type: 'skip', step: 'undo-copy', reason },
      { type: 'mark', step: 'undo-copy', outcome: 'succeeded', reason },
    ] as const
    for (const way of ways) {
      const c = copying()
      c.end('copy', { outcome: 'failed' })
      c.by(ANA, back)
      c.delivered('rolling-back')
      expect(c.work('undo-copy', { outcome: 'failed' })).toEqual(['attempt ended', 'rollback stopped'])
      expect(c.wait(HOUR)).toEqual([])
      expect(c.by(ANA, way)[0]).toBe('rollback resumed')
      expect(c.state.status).toBe('rolling back')
    }
  })

  test('goes on when a failed inverse by hand is taken back and done', () => {
    const c = copying()
    c.end('copy', { outcome: 'failed' })
    c.by(ANA, back)
    c.delivered('rolling-back')
    c.work('undo-copy')
    const failed = {
      type: 'tick',
      step: 'undo-stop-writers',
      result: 'failed',
      fields: {},
      note: reason,
    } as const
    expect(c.by(ANA, failed)).toEqual(['step ticked', 'issue opened', 'rollback stopped'])
    expect(c.by(ANA, { type: 'untick', step: 'undo-stop-writers', reason })).toEqual([
      'rollback resumed',
      'step unticked',
    ])
    expect(c.tick(ANA, 'undo-stop-writers')).toEqual(['step ticked', 'step due', 'attempt dispatched'])
  })

  test('waits for as many people as the runbook asks for, the opener among them', () => {
    const two = { ...withClosing, rollback: { ...withClosing.rollback, approvers: { lead: 1, observer: 1 } } }
    const c = copying(two)
    c.end('copy', { outcome: 'failed' })
    expect(c.refused(CAI, back)).toBe('not approver')
    expect(c.by(ANA, back)).toEqual(['rollback asked'])
    expect(c.state.status).toBe('running')
    expect(c.by(BEN, back)).toContain('rollback started')
  })

  test('takes back what was not spawned, and ends looks without asking', () => {
    const beside = aPlan()
      .phase('p', at(-120))
      .do('change', { undo: 'do' })
      .watch('hour')
      .run('copy', { undo: 'run', begin: 'auto' })
      .build()
    const c = new Cutover(beside)
    c.advance()
    c.tick(ANA, 'change')
    c.begin('hour')
    expect(c.by(ANA, back)).toEqual(['attempt revoked', 'cancel requested', 'rollback started'])
    expect(c.state.attempts['c1.copy.1']?.status).toBe('revoked')
    expect(c.state.rollback?.order).toEqual(['undo-change'])
    expect(c.end('hour', { outcome: 'cancelled' })).toEqual(['attempt ended', 'step due'])
  })

  test('closes open rounds, and completing is asked anew when it is over', () => {
    const c = copying()
    c.end('copy')
    c.tick(ANA, 'start-writers')
    expect(c.state.gates['complete']?.open).toBe(true)
    c.by(ANA, back)
    expect(c.state.gates['complete']).toMatchObject({ open: false, closedBecause: 'rollback' })
    c.delivered('rolling-back')
    c.tick(ANA, 'undo-start-writers')
    c.work('undo-copy')
    c.tick(ANA, 'undo-stop-writers')
    expect(c.work('old-side-serves')).toEqual(['attempt ended', 'rollback finished', 'gate opened'])
    c.go(ANA, 'complete')
    expect(c.go(BEN, 'complete')).toEqual(['vote cast', 'gate decided', 'cutover closed'])
  })

  test('is still offered while guarded', () => {
    const c = copying()
    c.end('copy')
    c.tick(ANA, 'start-writers')
    c.go(ANA, 'complete')
    c.go(BEN, 'complete')
    expect(c.state.status).toBe('guarded')
    expect(c.by(CAI, back)).toContain('rollback started')
    expect(c.state.completedAt).toBeUndefined()
  })

  test('lifts a hold, so that nothing keeps it from beginning', () => {
    const c = copying()
    c.end('copy', { outcome: 'failed' })
    c.by(BEN, { type: 'hold', reason })
    c.by(ANA, back)
    expect(c.state.held).toBeUndefined()
    expect(c.step('rolling-back').status).toBe('active')
  })
})

describe('postponing', () => {
  const rolledBack = (): Cutover => {
    const c = copying()
    c.end('copy', { outcome: 'failed' })
    c.by(ANA, back)
    c.delivered('rolling-back')
    c.work('undo-copy')
    c.tick(ANA, 'undo-stop-writers')
    c.work('old-side-serves')
    return c
  }

  test('is refused while anything is in force', () => {
    const c = copying()
    c.end('copy', { outcome: 'failed' })
    expect(c.refused(ANA, { type: 'postpone', reason })).toBe('still in force')
  })

  test('opens again what was undone and every look, keeps earlier ticks, and goes on counting attempts', () => {
    const c = rolledBack()
    c.by(ANA, { type: 'postpone', reason })
    expect(c.refused(ANA, { type: 'postpone', reason })).toBe('already postponed')
    const next = T0 + 24 * HOUR
    c.by(ANA, { type: 'postpone', reason, to: next })
    expect(c.state).toMatchObject({ status: 'scheduled', plannedStart: next })
    expect(c.step('snapshot').status).toBe('done')
    expect(c.step('stop-writers').status).toBe('pending')
    c.waitUntil(next)
    c.tick(ANA, 'stop-writers')
    expect(c.attempt('copy')).toBe('c1.copy.2')
  })

  test('makes every button from before stale', () => {
    const c = new Cutover(plan)
    const { revision } = c.step('snapshot')
    c.by(ANA, { type: 'postpone', reason, to: T0 + HOUR })
    c.waitUntil(T0)
    const tick = { type: 'tick', step: 'snapshot', result: 'done', fields: {} } as const
    const stale = c.decide(tick, person(ANA), revision)
    expect(stale.ok ? '' : stale.refusal.code).toBe('stale')
  })

  test('calls back looks that are under way', () => {
    const looking = aPlan()
      .phase('p', at(-120))
      .check('space')
      .check('more', { parallel: true })
      .do('next')
      .build()
    const c = new Cutover(looking)
    c.advance()
    c.begin('space')
    expect(c.by(ANA, { type: 'postpone', reason })).toEqual([
      'attempt revoked',
      'cancel requested',
      'cutover postponed',
    ])
    c.by(ANA, { type: 'postpone', reason, to: T0 + HOUR })
    c.end('space')
    expect(c.step('space').status).toBe('pending')
    c.waitUntil(T0 - HOUR)
    expect(c.work('space')).toEqual(['attempt ended'])
  })
})

describe('abandoning', () => {
  test('leaves each open state with an owner and a reason, and wants the name typed', () => {
    const c = copying()
    expect(c.refused(ANA, { type: 'abandon', reason, name: 'shop' })).toBe('attempts live')
    c.end('copy', { outcome: 'failed' })
    expect(c.refused(ANA, { type: 'abandon', reason })).toBe('name wrong')
    expect(c.refused(ANA, { type: 'abandon', reason, name: 'shop' })).toBe('states open')
    const left = [{ state: 'maintenance', owner: BEN, reason: 'tomorrow morning' }]
    c.by(ANA, { type: 'abandon', reason, name: 'shop', left })
    expect(c.state.status).toBe('abandoned')
    expect(c.wait(HOUR)).toEqual([])
    // Looking back is what remains.
    expect(availableActions(c.state)).toEqual(['add follow-up', 'debrief', 'forget'])
  })
})

describe('holding', () => {
  test('is any holder’s word; the lead or who held it resumes', () => {
    const c = atStart(plan)
    c.by(CAI, { type: 'hold', reason })
    expect(c.refused(BEN, { type: 'resume' })).toBe('not lead')
    c.by(CAI, { type: 'resume' })
    expect(c.state.held).toBeUndefined()
  })

  test('resuming from a board that is out of date is refused', () => {
    const c = atStart(plan)
    c.by(CAI, { type: 'hold', reason })
    const { revision } = c.state
    c.by(ANA, { type: 'resume' })
    c.by(BEN, { type: 'hold', reason })
    const stale = c.decide({ type: 'resume' }, person(ANA), revision)
    expect(stale.ok ? '' : stale.refusal.message).toMatch(/cutover held by <@UBEN>/)
  })
})

test('no cutover closes while a state is open', () => {
  const leaky = aPlan()
    .phase('p', at(-120))
    .do('freeze', { undo: 'do', opens: ['freeze'] })
  const c = new Cutover(
    leaky
      .do('thaw', { undo: 'do', closes: ['freeze'] })
      .with({ guardMs: MINUTE })
      .build(),
  )
  c.advance()
  c.tick(ANA, 'freeze')
  c.by(ANA, { type: 'skip', step: 'thaw', reason })
  c.go(ANA, 'complete')
  c.go(BEN, 'complete')
  expect(c.wait(HOUR)).toEqual([])
  expect(c.tick(ANA, 'thaw')).toEqual(['step ticked', 'cutover closed'])
})

test('triggers speak up when their steps fail or their watch breaches', () => {
  const triggers = [
    { id: 'copy-failed', text: 'the copy fails', urgency: 'immediate', steps: ['copy'] },
    { id: 'errors', text: 'errors double', urgency: 'consider', steps: [] },
    { id: 'cosmetic', text: 'a cosmetic fault', urgency: 'never', steps: ['copy'] },
  ] as const
  const watched = aPlan()
    .phase('p', at(-120))
    .run('copy', { undo: 'run', begin: 'auto' })
    .watch('hour', { breach: 'errors' })
    .build()
  const c = new Cutover({ ...watched, rollback: { ...watched.rollback, triggers } })
  c.advance()
  const met = () => metTriggers(c.state).map((one) => one.trigger.id)
  c.work('copy', { outcome: 'failed' })
  expect(met()).toEqual(['copy-failed'])
  c.by(ANA, { type: 'override', step: 'copy', reason })
  const attempt = c.begin('hour')
  c.worker({ type: 'report breach', attempt, check: 'hour-ok', answer: '9 %' })
  expect(met()).toEqual(['errors'])
  c.end('hour')
  c.by(ANA, { type: 'override', step: 'hour', reason })
  expect(met()).toEqual([])
})

test('a tick taken back while completing is asked keeps GO from being given', () => {
  const c = copying()
  c.end('copy')
  c.tick(ANA, 'start-writers')
  c.by(ANA, { type: 'untick', step: 'start-writers', reason: 'one host is still down' })
  expect(openStates(c.state)).toEqual(['maintenance'])
  expect(c.refused(BEN, { type: 'vote', gate: 'complete', vote: 'go' })).toBe('criteria not met')
  c.tick(ANA, 'start-writers')
  c.go(ANA, 'complete')
  expect(c.go(BEN, 'complete')).toContain('gate decided')
})

test('holding needs no words: without a reason it says that none was given', () => {
  const c = new Cutover(aPlan().phase('p', at(-60)).do('look').build())
  expect(c.by(BEN, { type: 'hold' })).toEqual(['cutover held'])
  expect(c.state.held).toMatchObject({ by: person(BEN), reason: 'no reason given' })
  c.by(ANA, { type: 'resume' })
  c.by(BEN, { type: 'hold', reason: ' \t' })
  expect(c.state.held?.reason).toBe('no reason given')
  c.by(ANA, { type: 'resume' })
  c.by(BEN, { type: 'hold', reason: 'the disk is full' })
  expect(c.state.held?.reason).toBe('the disk is full')
})
