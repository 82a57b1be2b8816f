import { expect, test } from 'vitest'
import { blockerOf } from '../../src/domain/blockers.ts'
import { stepChoices } from '../../src/domain/choices.ts'
import type { Blocker } from '../../src/domain/state.ts'
import { BLOCKER } from '../support/blocker.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, MINUTE, SECOND } from '../support/plans.ts'

const plan = aPlan().phase('move', at(-120)).run('migrate', { by: 'observer', begin: 'auto' }).build()

const blocker = BLOCKER
const attempt = 'c1.migrate.1'
const ask = { type: 'unblock', step: 'migrate', pid: 4121, how: 'cancel' } as const

function running(): Cutover {
  const cutover = new Cutover(plan)
  cutover.advance()
  cutover.begin('migrate')
  return cutover
}

function blocked(more: Partial<Blocker> = {}): Cutover {
  const cutover = running()
  cutover.worker({ type: 'report blocked', attempt, blocker: { ...blocker, ...more } })
  return cutover
}

test('who is in the way is recorded once, until it lets go or another one is', () => {
  const c = blocked()
  expect(blockerOf(c.state, 'migrate')).toMatchObject({ pid: 4121, lockOn: 'orders' })
  expect(c.worker({ type: 'report blocked', attempt, blocker: { ...blocker, openMs: 7 * MINUTE } })).toEqual(
    [],
  )
  const next = { ...blocker, backendStart: '2026-11-20 21:05:00+00' }
  expect(c.worker({ type: 'report blocked', attempt, blocker: next })).toEqual(['attempt blocked'])
  expect(c.worker({ type: 'report unblocked', attempt })).toEqual(['attempt unblocked'])
  expect(c.worker({ type: 'report unblocked', attempt })).toEqual([])
  expect(blockerOf(c.state, 'migrate')).toBeUndefined()
})

test('it is asked to let go by the lead or the owner, while somebody is in the way', () => {
  expect(stepChoices(running().state, 'migrate')).not.toContain('unblock')
  expect(running().refused(ANA, ask)).toBe('no blocker')
  const c = blocked()
  expect(stepChoices(c.state, 'migrate', BEN)).toContain('unblock')
  expect(c.refused(CAI, ask)).toBe('not owner')
  expect(c.by(BEN, ask)).toEqual(['unblock asked'])
  expect(c.refused(ANA, ask)).toBe('unblock under way')
})

test('a worker does it at most once, and tells what came of it', () => {
  const c = blocked()
  c.by(ANA, ask)
  expect(c.worker({ type: 'begin unblock', attempt, pid: 4121 })).toEqual(['unblock begun'])
  expect(() => c.worker({ type: 'begin unblock', attempt, pid: 4121 })).toThrow(/begun before/)
  const told = {
    type: 'report unblock',
    attempt,
    pid: 4121,
    freed: true,
    result: 'pid 4121 stopped',
  } as const
  expect(c.worker(told)).toEqual(['unblock ended'])
  expect(() => c.worker(told)).toThrow(/nobody asked for it, or it is told/)
  expect(c.state.attempts[attempt]?.unblocking).toMatchObject({ freed: true, result: 'pid 4121 stopped' })
  expect(stepChoices(c.state, 'migrate')).not.toContain('unblock')
})

test('a step that failed by the wait can still have its blocker asked, and a new one is not taken for it', () => {
  const c = blocked()
  c.end('migrate', { outcome: 'failed', summary: 'lock timeout' })
  expect(c.step('migrate').status).toBe('failed')
  expect(c.refused(ANA, { ...ask, pid: 99 })).toBe('blocker changed')
  expect(c.by(ANA, { ...ask, how: 'end' })).toEqual(['unblock asked'])
})

test('a session that cannot be told from another is not touched', () => {
  const { backendStart: _, ...hidden } = blocker
  const c = running()
  c.worker({ type: 'report blocked', attempt, blocker: hidden })
  expect(c.refused(ANA, ask)).toBe('blocker not known')
})

test('what nobody began within a minute is not begun any more, and may be asked again', () => {
  const c = blocked()
  c.by(ANA, ask)
  c.now += 61 * SECOND
  expect(() => c.worker({ type: 'begin unblock', attempt, pid: 4121 })).toThrow(/too long ago/)
  expect(c.advance()).toEqual(['unblock ended'])
  expect(c.state.attempts[attempt]?.unblocking?.result).toContain('was not touched')
  expect(c.by(ANA, ask)).toEqual(['unblock asked'])
  c.worker({ type: 'report blocked', attempt, blocker: { ...blocker, pid: 5000 } })
  expect(() => c.worker({ type: 'begin unblock', attempt, pid: 4121 })).toThrow(
    /somebody else holds the lock/,
  )
})

test('what a worker began and did not tell is said to be unknown, and never done again by itself', () => {
  const c = blocked()
  c.by(ANA, ask)
  c.worker({ type: 'begin unblock', attempt, pid: 4121 })
  expect(c.wait(61 * SECOND)).toEqual(['unblock ended'])
  expect(c.state.attempts[attempt]?.unblocking?.result).toContain('is not known')
  expect(() => c.worker({ type: 'begin unblock', attempt, pid: 4121 })).toThrow(/nobody asked for it/)
})
