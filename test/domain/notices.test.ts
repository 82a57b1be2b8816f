import { describe, expect, it } from 'vitest'
import type { DraftText } from '../../src/domain/events.ts'
import { nextWake } from '../../src/domain/wake.ts'
import { wantsDraft } from '../../src/domain/notices.ts'
import { promisedEnd } from '../../src/domain/promised.ts'
import type { Plan, Step, TellStep } from '../../src/domain/plan.ts'
import { Cutover, LEADER } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, HOUR, MINUTE, T0 } from '../support/plans.ts'

/** A plan with a notice that an occasion calls for. */
function withNotice(plan: Plan, id: string, notice: Partial<TellStep>): Plan {
  const like = Object.values(plan.steps).find((step): step is TellStep => step.kind === 'tell')
  const { phase: _, at: __, approve: ___, meet: ____, ...rest } = like as Step & TellStep
  const step: TellStep = { ...rest, id, title: id, place: 'notice', to: [], ...notice }
  return { ...plan, steps: { ...plan.steps, [id]: step } }
}

const TEXTS: readonly DraftText[] = [{ audience: 'ops', medium: 'slack', text: 'We begin at 2.' }]
const draft = (c: Cutover, step: string, hash = 'abc') =>
  c.leader({ type: 'report draft', step, hash, texts: TEXTS })

/** The notice went out to #ops, and told this time. */
function delivered(c: Cutover, step: string, more: object = {}): void {
  c.leader({
    type: 'report notice',
    step,
    since: c.step(step).startedAt ?? 0,
    audience: 'ops',
    medium: 'slack',
    to: ['#ops'],
    text: 'x',
    rejected: [],
    told: { start: c.state.plannedStart, end: promisedEnd(c.state) },
    ...more,
  })
  c.advance()
}

describe('a notice that wants approval', () => {
  const plan = aPlan().phase('before', at(-60)).tell('begin', { approve: 'communicator' }).build()

  it('is drafted half an hour ahead, and goes out at its time once it was approved', () => {
    const c = new Cutover(plan)
    c.advance()
    expect(wantsDraft(c.state, 'begin', c.now)).toBe(false)
    expect(nextWake(c.state, c.now)).toBe(T0 - 90 * MINUTE)
    c.waitUntil(T0 - 90 * MINUTE)
    expect(wantsDraft(c.state, 'begin', c.now)).toBe(true)
    draft(c, 'begin')
    c.by(CAI, { type: 'approve', step: 'begin' }, c.step('begin').revision)
    expect(c.step('begin').status).toBe('pending')
    c.waitUntil(T0 - 60 * MINUTE)
    expect(c.step('begin').status).toBe('active')
    delivered(c, 'begin', { approved: 'abc' })
    expect(c.step('begin').status).toBe('done')
  })

  it('waits at its time for whoever approves it, and says that it is late', () => {
    const c = new Cutover(plan)
    c.waitUntil(T0 - 60 * MINUTE)
    draft(c, 'begin')
    expect(c.step('begin').status).toBe('due')
    expect(c.refused(ANA, { type: 'approve', step: 'begin' })).toBe('not owner')
    expect(c.refused(ANA, { type: 'run', step: 'begin' })).toBe('wants approval')
    expect(c.wait(11 * MINUTE)).toContain('step late')
    c.by(CAI, { type: 'approve', step: 'begin', text: 'We begin at 3.' })
    expect(c.step('begin')).toMatchObject({
      status: 'active',
      draft: { hash: 'abc', approved: { text: 'We begin at 3.' } },
    })
  })

  it('that was rejected is sent to nobody, and drafted anew when somebody asks for it', () => {
    const c = new Cutover(plan)
    c.waitUntil(T0 - 60 * MINUTE)
    draft(c, 'begin')
    c.by(CAI, { type: 'reject', step: 'begin', reason: 'wrong hour' })
    expect(c.step('begin')).toMatchObject({ status: 'failed', reason: 'the draft was rejected: wrong hour' })
    c.by(ANA, { type: 'retry', step: 'begin', reason: 'the template is mended' })
    expect(c.step('begin').status).toBe('due')
    expect(wantsDraft(c.state, 'begin', c.now)).toBe(true)
  })

  it('is not approved by a button that shows an older draft', () => {
    const c = new Cutover(plan)
    c.waitUntil(T0 - 60 * MINUTE)
    const before = c.step('begin').revision
    draft(c, 'begin')
    expect(c.refused(CAI, { type: 'approve', step: 'begin' }, before)).toBe('stale')
  })
})

it('sent before the cutover was postponed is no answer for the new date', () => {
  const plan = aPlan().phase('work', at(0)).tell('begin').run('copy').build()
  const c = new Cutover(plan)
  c.waitUntil(T0)
  const since = c.step('begin').startedAt
  c.by(ANA, { type: 'postpone', reason: 'another night', to: T0 + 24 * HOUR })
  delivered(c, 'begin', { since, told: { start: T0, end: T0 + HOUR } })
  expect(c.step('begin').status).toBe('pending')
  expect(c.step('begin').notices).toEqual({})
  expect(c.state.told).toMatchObject({ ops: { start: T0 } })
})

describe('promised updates', () => {
  const base = aPlan()
    .phase('work', at(0))
    .tell('extended')
    .run('restore', { estimate: { lowMs: HOUR, highMs: HOUR } })
    .build()
  const updates = (more: Partial<TellStep> = {}): Plan =>
    withNotice(base, 'update-extended', {
      to: ['ops'],
      occasion: { kind: 'update', of: 'extended', everyMs: 30 * MINUTE, until: 'restore' },
      ...more,
    })
  const told = (plan: Plan): Cutover => {
    const c = new Cutover(plan)
    c.waitUntil(T0)
    delivered(c, 'extended')
    return c
  }

  it('fall due again and again until their step is done', () => {
    const c = told(updates())
    expect(nextWake(c.state, c.now)).toBe(T0 + 30 * MINUTE)
    c.waitUntil(T0 + 30 * MINUTE - 1)
    expect(c.step('update-extended').called).toBeUndefined()
    c.wait(1)
    expect(c.step('update-extended')).toMatchObject({ status: 'active', called: { n: 1 } })
    delivered(c, 'update-extended')
    c.waitUntil(T0 + 60 * MINUTE)
    expect(c.step('update-extended')).toMatchObject({ status: 'active', called: { n: 2 } })
    delivered(c, 'update-extended')
    c.by(ANA, { type: 'run', step: 'restore' })
    c.begin('restore')
    c.end('restore', { outcome: 'succeeded' })
    expect(c.waitUntil(T0 + 90 * MINUTE)).not.toContain('notice called for')
  })

  it('are asked for ten minutes ahead when somebody approves them, and one that never went out was missed', () => {
    const c = told(updates({ approve: 'communicator' }))
    c.waitUntil(T0 + 20 * MINUTE)
    expect(c.step('update-extended')).toMatchObject({ status: 'due', dueAt: T0 + 30 * MINUTE })
    draft(c, 'update-extended')
    expect(c.waitUntil(T0 + 30 * MINUTE + 1)).toContain('step late')
    expect(c.waitUntil(T0 + 50 * MINUTE)).toEqual(['update missed', 'notice called for'])
    expect(c.step('update-extended').draft).toBeUndefined()
  })

  it('that fell due while nobody looked were missed but for the newest', () => {
    const c = told(updates())
    c.waitUntil(T0 + 95 * MINUTE)
    const missed = c.events.flatMap((one) => (one.type === 'update missed' ? [one.data.n] : []))
    expect(missed).toEqual([1, 2])
    expect(c.step('update-extended').called?.n).toBe(3)
  })

  it('are not sent by the answer that came late for the one before', () => {
    const c = told(updates())
    c.waitUntil(T0 + 30 * MINUTE)
    const since = c.step('update-extended').startedAt
    expect(c.waitUntil(T0 + 60 * MINUTE)).toContain('update missed')
    delivered(c, 'update-extended', { since })
    expect(c.events.at(-1)).toMatchObject({ type: 'notice delivered', data: { late: true } })
    expect(c.step('update-extended')).toMatchObject({ status: 'active', called: { n: 2 }, notices: {} })
    c.leader({
      type: 'report notice failure',
      step: 'update-extended',
      since: since ?? 0,
      audience: 'ops',
      medium: 'slack',
      why: 'no answer',
      hint: 'wait',
    })
    expect(c.step('update-extended').status).toBe('active')
    delivered(c, 'update-extended')
    expect(c.step('update-extended').status).toBe('done')
  })

  it('are not approved in the words that were written for the one before', () => {
    const c = told(updates({ approve: 'communicator' }))
    c.waitUntil(T0 + 20 * MINUTE)
    const { revision } = c.step('update-extended')
    c.waitUntil(T0 + 50 * MINUTE)
    const command = { type: 'report draft', step: 'update-extended', hash: 'abc', texts: TEXTS } as const
    expect(c.decide(command, LEADER, revision)).toMatchObject({ ok: true, events: [] })
    expect(c.step('update-extended').draft).toBeUndefined()
    c.decide(command, LEADER, c.step('update-extended').revision)
    expect(c.step('update-extended').draft?.hash).toBe('abc')
  })

  it('go on while the cutover is held', () => {
    const c = told(updates())
    c.by(BEN, { type: 'hold' })
    c.waitUntil(T0 + 30 * MINUTE)
    expect(c.step('update-extended').status).toBe('active')
  })
})

describe('a forecast that passes the promised end', () => {
  const plan = withNotice(
    aPlan()
      .phase('work', at(0))
      .tell('begin')
      .run('copy', { undo: 'run', estimate: { lowMs: 50 * MINUTE, highMs: 50 * MINUTE } })
      .build(),
    'notice-late',
    { to: ['ops'], approve: 'communicator', occasion: { kind: 'late' } },
  )

  it('makes one draft for each promised end, at the moment at which it passes it', () => {
    const c = new Cutover(plan)
    c.waitUntil(T0)
    delivered(c, 'begin')
    c.by(ANA, { type: 'run', step: 'copy' })
    c.begin('copy')
    c.waitUntil(T0 + HOUR)
    expect(c.step('notice-late').status).toBe('pending')
    expect(nextWake(c.state, c.now)).toBe(T0 + HOUR + 1)
    c.wait(1)
    expect(c.step('notice-late')).toMatchObject({ status: 'due', called: { end: T0 + 65 * MINUTE } })
    draft(c, 'notice-late')
    c.by(CAI, { type: 'approve', step: 'notice-late' })
    delivered(c, 'notice-late', { told: { start: T0, end: T0 + 65 * MINUTE } })
    expect(promisedEnd(c.state)).toBe(T0 + 65 * MINUTE)

    c.waitUntil(T0 + 66 * MINUTE)
    expect(c.step('notice-late')).toMatchObject({ status: 'due', called: { n: 2, end: T0 + 70 * MINUTE } })
    c.by(CAI, { type: 'skip', step: 'notice-late', reason: 'it ends any moment' })
    expect(c.wait(HOUR)).not.toContain('notice called for')
  })
})

describe('a cutover that is given another time', () => {
  const plan = withNotice(
    withNotice(
      aPlan().phase('early', at(-60)).tell('soon').phase('work', at(0)).do('change', { undo: 'do' }).build(),
      'notice-postponed',
      {
        occasion: { kind: 'postponed' },
      },
    ),
    'notice-abandoned',
    { occasion: { kind: 'abandoned' } },
  )
  const told = (): Cutover => {
    const c = new Cutover(plan)
    c.waitUntil(T0 - HOUR)
    delivered(c, 'soon')
    return c
  }
  const reason = 'the disk is full'

  it('tells those who were told the old time, from when to when', () => {
    const c = told()
    c.by(ANA, { type: 'postpone', reason, to: T0 + 24 * HOUR })
    expect(c.step('notice-postponed')).toMatchObject({
      status: 'active',
      called: { to: ['ops'], start: T0 + 24 * HOUR, was: { start: T0, end: T0 + HOUR } },
    })
    delivered(c, 'notice-postponed')
    expect(c.advance()).toEqual([])
    expect(c.state.told).toEqual({ ops: { start: T0 + 24 * HOUR, end: T0 + 25 * HOUR } })
  })

  it('is announced again when the time for that is still to come, and not when it has passed', () => {
    const near = told()
    near.by(ANA, { type: 'postpone', reason, to: T0 - HOUR + 30 * MINUTE })
    expect(near.step('soon').status).toBe('done')
    const far = told()
    far.by(ANA, { type: 'postpone', reason, to: T0 + 24 * HOUR })
    expect(far.step('soon').status).toBe('pending')
  })

  it('tells first that there is no time, then the new one', () => {
    const c = told()
    c.by(ANA, { type: 'postpone', reason })
    expect(c.step('notice-postponed').called?.start).toBeUndefined()
    delivered(c, 'notice-postponed')
    c.wait(HOUR)
    c.by(ANA, { type: 'postpone', reason, to: T0 + 24 * HOUR })
    expect(c.step('notice-postponed')).toMatchObject({
      status: 'active',
      called: { start: T0 + 24 * HOUR },
    })
  })

  it('does not repeat what somebody decided not to say', () => {
    const c = told()
    c.by(ANA, { type: 'postpone', reason })
    c.by(ANA, { type: 'skip', step: 'notice-postponed', reason: 'nobody is affected' })
    expect(c.wait(HOUR)).toEqual([])
    c.by(ANA, { type: 'postpone', reason, to: T0 + 48 * HOUR })
    expect(c.step('notice-postponed').status).toBe('active')
  })

  it('tells nobody when nobody was told anything', () => {
    const c = new Cutover(plan)
    c.by(ANA, { type: 'postpone', reason })
    expect(c.step('notice-postponed').status).toBe('pending')
  })

  it('and is given up in the end tells that, too', () => {
    const c = told()
    c.decide({ type: 'abandon', reason }, { kind: 'person', person: ANA, via: 'slack' })
    expect(c.step('notice-abandoned')).toMatchObject({ status: 'active', called: { to: ['ops'] } })
  })
})

describe('a meeting', () => {
  const inviting = aPlan()
    .phase('early', at(-60))
    .tell('review', { meet: { at: at(120), lengthMs: HOUR, agenda: [] } })
    .phase('work', at(0))
    .do('change', { undo: 'do' })
    .build()
  const plan = withNotice(inviting, 'meeting-review', {
    to: ['ops'],
    occasion: { kind: 'meeting', of: 'review' },
  })
  const invited = (): Cutover => {
    const c = new Cutover(plan)
    c.waitUntil(T0 - HOUR)
    const start = T0 + 2 * HOUR
    delivered(c, 'review', { meeting: { start, end: start + HOUR, sequence: 0 } })
    return c
  }

  it('moves with the planned start', () => {
    const c = invited()
    c.by(ANA, { type: 'postpone', reason: 'later', to: T0 + 24 * HOUR })
    expect(c.step('meeting-review').called?.invitation).toEqual({
      start: T0 + 26 * HOUR,
      end: T0 + 27 * HOUR,
      sequence: 1,
    })
  })

  it('is off while there is no planned start, and when the cutover is given up', () => {
    const postponed = invited()
    postponed.by(ANA, { type: 'postpone', reason: 'later' })
    const given = invited()
    given.decide({ type: 'abandon', reason: 'no' }, { kind: 'person', person: ANA, via: 'slack' })
    for (const c of [postponed, given])
      expect(c.step('meeting-review').called?.invitation).toMatchObject({ sequence: 1, cancelled: true })
  })
})

it('An answer for a notice is not taken from a person', () => {
  const c = new Cutover(aPlan().tell('x').build())
  expect(c.decide({ type: 'approve', step: 'x' }, LEADER)).toMatchObject({ ok: false })
})

it('a NO-GO that gives the cutover up is told also where somebody has to approve its text', () => {
  const plan = withNotice(
    aPlan()
      .phase('before', at(-60))
      .tell('soon')
      .decide('go', { approvers: { lead: 1 }, noGo: 'abandon' })
      .phase('work', at(0))
      .do('change')
      .build(),
    'notice-no-go',
    { to: ['ops'], approve: 'communicator', occasion: { kind: 'no-go' } },
  )
  const c = new Cutover(plan)
  c.waitUntil(T0 - HOUR)
  delivered(c, 'soon')
  c.noGo(ANA, 'go')
  expect(c.state.status).toBe('abandoned')
  expect(wantsDraft(c.state, 'notice-no-go', c.now)).toBe(true)
  draft(c, 'notice-no-go')
  c.by(CAI, { type: 'approve', step: 'notice-no-go' })
  delivered(c, 'notice-no-go')
  expect(c.step('notice-no-go').status).toBe('done')
})
