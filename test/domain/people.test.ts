import { describe, expect, test } from 'vitest'
import { decide } from '../../src/domain/decide.ts'
import type { OpenCommand } from '../../src/domain/commands.ts'
import { outstanding } from '../../src/domain/notices.ts'
import { Cutover, HOLDERS, person } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, DIA, HOUR, T0 } from '../support/plans.ts'

const plan = aPlan()
  .phase('p', at(-120))
  .do('ask', {
    fields: [
      { name: 'place', type: 'text', optional: false },
      { name: 'rows', type: 'int', optional: true },
    ],
  })
  .do('list', {
    items: [
      { id: 'a', text: 'dashboards' },
      { id: 'b', text: 'counts', by: 'observer' },
    ],
  })
  .tell('announce', { to: ['ops', 'staff'] })
  .do('own', { by: 'observer' })
  .with({
    audiences: { ops: { slack: ['#ops'], email: ['ops@example.org'] }, staff: { slack: [], email: [] } },
  })
  .build()

const open = (): Cutover => {
  const c = new Cutover(plan)
  c.advance()
  return c
}

const tickedItem = (item: string, result: 'done' | 'failed' | 'na' = 'done', note = 'seen') =>
  ({ type: 'tick', step: 'list', item, result, fields: {}, note }) as const

describe('a do', () => {
  test('takes its fields as facts, typed', () => {
    const c = open()
    const fields = { place: 'disk 2', rows: '12' }
    c.by(CAI, { type: 'tick', step: 'ask', result: 'done', fields })
    expect(c.step('ask').facts).toEqual({ place: 'disk 2', rows: 12 })
  })

  test('that failed opens an issue and can be ticked again', () => {
    const c = open()
    expect(
      c.by(CAI, { type: 'tick', step: 'ask', result: 'failed', fields: {}, note: 'disk 2 is gone' }),
    ).toEqual(['step ticked', 'issue opened'])
    expect(c.state.issues).toMatchObject([{ id: '1', step: 'ask', text: 'ask: disk 2 is gone' }])
    c.by(CAI, { type: 'tick', step: 'ask', result: 'done', fields: { place: 'disk 3' } })
    expect(c.step('ask').status).toBe('done')
  })

  test('with items is done when every item is answered, each by whom it belongs to', () => {
    const c = open()
    c.by(CAI, { type: 'tick', step: 'ask', result: 'done', fields: { place: 'x' } })
    c.by(CAI, tickedItem('a'))
    expect(c.step('list').status).toBe('due')
    expect(c.refused(CAI, tickedItem('b'))).toBe('not owner')
    c.by(BEN, tickedItem('b', 'na', 'no counts here'))
    expect(c.step('list').status).toBe('done')
  })

  test('with a failed item asks; the item can be answered again', () => {
    const c = open()
    c.by(CAI, { type: 'tick', step: 'ask', result: 'done', fields: { place: 'x' } })
    c.by(CAI, tickedItem('a', 'failed', 'blank'))
    c.by(BEN, tickedItem('b'))
    expect(c.step('list').status).toBe('failed')
    c.by(CAI, { type: 'untick', step: 'list', item: 'a', reason: 'it loads now' })
    c.by(CAI, tickedItem('a'))
    expect(c.step('list').status).toBe('done')
  })

  test('unticked and ticked again are three events, and what waited behind it waits again', () => {
    const c = open()
    const tick = { type: 'tick', step: 'ask', result: 'done', fields: { place: 'x' } } as const
    c.by(CAI, tick)
    expect(c.step('list').status).toBe('due')
    c.by(CAI, { type: 'untick', step: 'ask', reason: 'wrong disk' })
    expect(c.step('list').status).toBe('pending')
    c.by(CAI, tick)
    expect(c.step('ask').revision).toBe(4)
  })

  test('belongs to its role', () => {
    const c = open()
    expect(c.refused(CAI, { type: 'skip', step: 'own', reason: 'x' })).toBe('not owner')
    c.by(ANA, { type: 'skip', step: 'own', reason: 'the lead may' })
  })
})

describe('a notice', () => {
  const told = (): Cutover => {
    const c = open()
    c.by(CAI, { type: 'tick', step: 'ask', result: 'done', fields: { place: 'x' } })
    c.by(CAI, tickedItem('a'))
    c.by(BEN, tickedItem('b'))
    return c
  }

  test('is active until every medium of every audience has it', () => {
    const c = told()
    const step = plan.steps['announce']
    const open = () => (step?.kind === 'tell' ? outstanding(plan, step, c.step('announce')) : [])
    expect(open()).toEqual([
      { audience: 'ops', medium: 'slack' },
      { audience: 'ops', medium: 'email' },
      { audience: 'staff', medium: 'report' },
    ])
    c.delivered('announce', 'ops', 'slack')
    c.delivered('announce', 'staff', 'report')
    expect(c.step('announce').status).toBe('active')
    c.delivered('announce', 'ops', 'email')
    expect(c.step('announce').status).toBe('done')
  })

  test('that cannot be delivered asks; trying again sends only what is missing', () => {
    const c = told()
    c.delivered('announce', 'ops', 'slack')
    c.leader({
      type: 'report notice failure',
      step: 'announce',
      since: c.step('announce').startedAt ?? 0,
      audience: 'ops',
      medium: 'email',
      why: 'mail is down',
      hint: 'wait',
    })
    expect(c.step('announce')).toMatchObject({ status: 'failed', reason: 'mail is down' })
    c.by(ANA, { type: 'retry', step: 'announce', reason: 'mail is back' })
    expect(c.step('announce').notices).toEqual({ 'ops/slack': 'delivered' })
  })
})

describe('roles', () => {
  test('are assigned by the lead, taken when free, or handed on by two holders', () => {
    const c = new Cutover(plan, { holders: { lead: { person: ANA }, observer: { person: BEN } } })
    expect(c.refused(BEN, { type: 'assign', role: 'communicator', person: CAI })).toBe('not lead')
    c.by(CAI, { type: 'assign', role: 'communicator', person: CAI })
    expect(c.by(BEN, { type: 'assign', role: 'lead', person: DIA, reason: 'she is away' })).toEqual([
      'handover asked',
    ])
    expect(c.refused(BEN, { type: 'assign', role: 'lead', person: DIA, reason: 'really' })).toBe(
      'second person needed',
    )
    c.by(CAI, { type: 'assign', role: 'lead', person: DIA, reason: '' })
    expect(c.state.holders['lead']).toEqual({ person: DIA })
    expect(c.events.at(-1)?.data).toMatchObject({ second: BEN, reason: 'she is away' })
  })

  test('go to the stand-in by one click, who is stood in for from then on', () => {
    const c = new Cutover(plan, { holders: { ...HOLDERS, lead: { person: ANA, backup: DIA } } })
    expect(c.refused(BEN, { type: 'take over', role: 'lead' })).toBe('not backup')
    c.by(DIA, { type: 'take over', role: 'lead' })
    expect(c.state.holders['lead']).toEqual({ person: DIA, backup: ANA })
  })

  test('are not assigned so that nobody could decide any more', () => {
    const gated = aPlan()
      .phase('p', at(-60))
      .decide('go', { approvers: { lead: 1, observer: 1 } })
      .build()
    const c = new Cutover(gated)
    expect(c.refused(ANA, { type: 'assign', role: 'observer', person: ANA })).toBe('gate not carried')
  })
})

describe('opening', () => {
  const command: OpenCommand = {
    type: 'open',
    plan,
    plannedStart: T0,
    holders: HOLDERS,
    channelName: 'migration-test',
  }
  const code = (change: Partial<OpenCommand>, who = ANA, now = T0 - HOUR): string => {
    const decision = decide(null, { ...command, ...change }, { actor: person(who), at: now })
    return decision.ok ? 'opened' : decision.refusal.code
  }

  test('is for openers, with eligible holders who can carry every decision', () => {
    expect(code({})).toBe('opened')
    expect(code({}, BEN)).toBe('not an opener')
    expect(code({ holders: { ...HOLDERS, lead: { person: BEN } } })).toBe('not eligible')
    expect(code({ holders: { ...HOLDERS, captain: { person: BEN } } })).toBe('role unknown')
    expect(code({ holders: { lead: { person: ANA } } })).toBe('gate not carried')
  })

  test('lets one person hold everything in a rehearsal', () => {
    expect(code({ plan: { ...plan, live: false }, holders: { lead: { person: ANA } } })).toBe('opened')
  })

  test('is for a time that is still to come', () => {
    expect(code({ plannedStart: T0 - 2 * HOUR })).toBe('time in the past')
    expect(code({ plannedStart: T0 - HOUR })).toBe('opened')
  })
})
