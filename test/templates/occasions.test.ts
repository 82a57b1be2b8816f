import { expect, test } from 'vitest'
import type { Plan, TellStep } from '../../src/domain/plan.ts'
import { promisedEnd } from '../../src/domain/promised.ts'
import { BUILT_IN_NOTICES } from '../../src/runbook/resolve/built-in-notices.ts'
import { noticeContextOf } from '../../src/templates/context-of-cutover.ts'
import { renderNotice } from '../../src/templates/render-notice.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, HOUR, MINUTE, T0 } from '../support/plans.ts'

const base = aPlan()
  .phase('early', at(-60))
  .tell('announce', { meet: { at: at(120), lengthMs: HOUR, agenda: [] } })
  .phase('work', at(0))
  .do('change', { undo: 'do' })
  .build()

const announce = base.steps['announce'] as TellStep

/** The same audience, for an occasion. */
function notice(id: string, occasion: NonNullable<TellStep['occasion']>): TellStep {
  const { phase: _, meet: __, ...rest } = announce
  return { ...rest, id, place: 'notice', occasion }
}

const plan: Plan = {
  ...base,
  steps: {
    ...base.steps,
    'notice-postponed': notice('notice-postponed', { kind: 'postponed' }),
    'meeting-announce': notice('meeting-announce', { kind: 'meeting', of: 'announce' }),
    'update-announce': notice('update-announce', {
      kind: 'update',
      of: 'announce',
      everyMs: 30 * MINUTE,
      until: 'change',
    }),
  },
}

function announced(): Cutover {
  const c = new Cutover(plan)
  c.waitUntil(T0 - HOUR)
  c.leader({
    type: 'report notice',
    step: 'announce',
    since: c.step('announce').startedAt ?? 0,
    audience: 'ops',
    medium: 'slack',
    to: ['#ops'],
    text: 'x',
    rejected: [],
    told: { start: T0, end: promisedEnd(c.state) },
    meeting: { start: T0 + 2 * HOUR, end: T0 + 3 * HOUR, sequence: 0 },
  })
  c.advance()
  return c
}

const written = (c: Cutover, step: string, template: string): string => {
  const context = noticeContextOf(c.state, { nameOf: (person) => person, now: c.now, step })
  return renderNotice({ template, medium: 'email', context }).text
}
const builtIn = (name: string): string => BUILT_IN_NOTICES[name] ?? ''

test('another time is told from when to when, with the reason', () => {
  const c = announced()
  c.by(ANA, { type: 'postpone', reason: 'the disk is full', to: T0 + 24 * HOUR })
  expect(written(c, 'notice-postponed', builtIn('cutover:postponed'))).toBe(
    'Shop to PostgreSQL is moved from 20 Nov 2026 23:00 (Europe/Berlin) to 21 Nov 2026 23:00 (Europe/Berlin), until 22 Nov 2026 00:00 (Europe/Berlin).\nReason: the disk is full',
  )
})

test('without a new time it is told that there is none', () => {
  const c = announced()
  c.by(ANA, { type: 'postpone', reason: 'the disk is full' })
  const text = written(c, 'notice-postponed', builtIn('cutover:postponed'))
  expect(text).toContain('is postponed. It was announced for 20 Nov 2026 23:00 (Europe/Berlin).')
  expect(text).toContain('Reason: the disk is full')
})

test('a meeting is told with its new time', () => {
  const c = announced()
  c.by(ANA, { type: 'postpone', reason: 'later', to: T0 + 24 * HOUR })
  expect(written(c, 'meeting-announce', builtIn('cutover:meeting'))).toContain(
    '“announce” is now on 22 Nov 2026 01:00 (Europe/Berlin)',
  )
})

test('a promise says when the next update comes, and an update which one it is', () => {
  const template =
    '---\nsubject: x\n---\n{{#if update}}{{update.number}} {{time update.next show="time"}}{{/if}}'
  const c = announced()
  expect(written(c, 'announce', template)).toBe('0 22:30 (Europe/Berlin)')
  c.waitUntil(T0)
  expect(c.step('update-announce').called?.n).toBe(2)
  expect(written(c, 'update-announce', template)).toBe('2 23:30 (Europe/Berlin)')
})
