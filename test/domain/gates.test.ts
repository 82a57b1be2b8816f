import { describe, expect, test } from 'vitest'
import { evidenceOf } from '../../src/domain/criteria.ts'
import type { DecideStep, Plan } from '../../src/domain/plan.ts'
import { criterionMatter } from '../../src/domain/two-people.ts'
import { Cutover, HOLDERS, person } from '../support/cutover.ts'
import {
  ANA,
  aPlan,
  at,
  BEN,
  CAI,
  confirmation,
  DIA,
  EVE,
  HOUR,
  MINUTE,
  onStep,
  SECOND,
  T0,
} from '../support/plans.ts'

type Gate = NonNullable<Parameters<ReturnType<typeof aPlan>['decide']>[1]>

const gated = (gate: Gate, live = true): Plan =>
  aPlan()
    .with({ live })
    .phase('decide', at(-15))
    .check('space')
    .decide('go', gate)
    .phase('migrate', at(0))
    .do('change', { undo: 'do' })
    .do('change-more', { undo: 'do' })
    .build()

/** At T-15m, with the check green and the gate open. */
function atGate(gate: Gate, options: ConstructorParameters<typeof Cutover>[1] = {}): Cutover {
  const c = new Cutover(gated(gate), options)
  c.advance()
  c.waitUntil(T0 - 15 * MINUTE)
  c.work('space')
  return c
}

/** The same, with a check that two people must override, and that has turned red. */
function atCriticalGate(): Cutover {
  const plan = aPlan()
    .phase('decide', at(-15))
    .check('space', { critical: true })
    .decide('go', { criteria: [onStep('space')] })
    .build()
  const c = new Cutover(plan)
  c.advance()
  c.waitUntil(T0 - 15 * MINUTE)
  c.work('space')
  c.wait(MINUTE)
  c.work('space', { verdict: 'red', facts: { free: 18 }, summary: '18 % free' })
  return c
}

const decision = (c: Cutover) => c.state.gates['go']?.decision?.decision

describe('GO', () => {
  test('needs every role by distinct people, and takes effect with the last of them', () => {
    const c = atGate({ approvers: { lead: 1, observer: 1 } })
    expect(c.go(ANA, 'go')).toEqual(['vote cast'])
    expect(c.go(BEN, 'go')).toEqual(['vote cast', 'gate decided'])
    expect(c.step('go').status).toBe('done')
  })

  test('counts one person once, for the role that nobody else can take', () => {
    const holders = { lead: { person: DIA }, observer: { person: ANA }, communicator: { person: CAI } }
    const both = { ...holders, lead: { person: ANA, backup: DIA } }
    expect(() => atGate({ approvers: { lead: 1, observer: 1 } }, { holders: both })).toThrow(/could decide/)
    const c = atGate({ approvers: { lead: 1, observer: 1 } }, { holders })
    c.go(ANA, 'go')
    expect(c.refused(ANA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('already voted')
    expect(decision(c)).toBeUndefined()
    c.go(DIA, 'go')
    expect(decision(c)).toBe('go')
  })

  test('by the opener alone is not enough: any other holder must say it too', () => {
    const c = atGate({ approvers: { lead: 1 } })
    c.go(ANA, 'go')
    expect(decision(c)).toBeUndefined()
    c.go(CAI, 'go')
    expect(decision(c)).toBe('go')
  })

  test('is not asked of others when the only approver is not the opener', () => {
    const c = atGate({ approvers: { observer: 1 } })
    expect(c.refused(CAI, { type: 'vote', gate: 'go', vote: 'go' })).toBe('not approver')
    c.go(BEN, 'go')
    expect(decision(c)).toBe('go')
  })

  test('is refused while a criterion is not met, and names it', () => {
    const c = atGate({ criteria: [confirmation('calm', 'lead')] })
    expect(c.refused(BEN, { type: 'vote', gate: 'go', vote: 'go' })).toBe('criteria not met')
    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'calm' })
    expect(c.go(BEN, 'go')).toEqual(['vote cast'])
  })

  test('waits for one more look at what a machine can look at', () => {
    const c = atGate({ criteria: [onStep('space')] })
    c.wait(30 * SECOND)
    c.go(ANA, 'go')
    expect(c.go(BEN, 'go')).toEqual(['vote cast', 'go given', 'attempt dispatched'])
    expect(decision(c)).toBeUndefined()
    expect(c.work('space')).toEqual(['attempt ended', 'gate decided'])
  })

  test('goes stale when a criterion turns red, and must be said again', () => {
    const c = atGate({ criteria: [onStep('space')] })
    c.wait(SECOND)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    expect(c.work('space', { verdict: 'red', summary: '18 % free' })).toEqual([
      'attempt ended',
      'votes went stale',
    ])
    expect(c.state.gates['go']?.votes.map((vote) => vote.staleBecause)).toEqual(['space', 'space'])
    expect(c.refused(ANA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('criteria not met')
    c.wait(MINUTE)
    c.work('space')
    c.wait(SECOND)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    c.work('space')
    expect(decision(c)).toBe('go')
  })

  test('goes stale when a tick that it rested on is taken back', () => {
    const plan = aPlan()
      .phase('p', at(-120))
      .do('look')
      .decide('go', { criteria: [onStep('look')] })
      .build()
    const c = new Cutover(plan)
    c.advance()
    c.tick(ANA, 'look')
    c.go(ANA, 'go')
    expect(c.by(CAI, { type: 'untick', step: 'look', reason: 'wrong host' })).toEqual([
      'step unticked',
      'votes went stale',
    ])
  })

  test('counts only who held the role when the round opened', () => {
    const c = atGate({ approvers: { lead: 1, observer: 1 } })
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    expect(c.refused(DIA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('votes next round')
    c.by(ANA, { type: 'round', gate: 'go', reason: 'a new observer' })
    c.go(ANA, 'go')
    c.go(DIA, 'go')
    expect(decision(c)).toBe('go')
  })

  test('is not for somebody who has handed the role on', () => {
    const c = atGate({ approvers: { lead: 1, observer: 1 } })
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    expect(c.refused(BEN, { type: 'vote', gate: 'go', vote: 'go' })).toBe('not holder')
    c.go(ANA, 'go')
    expect(decision(c)).toBeUndefined()
  })

  test('goes stale at once when its role changes hands, and only that one', () => {
    const c = atGate({ approvers: { lead: 1, observer: 1 } })
    c.go(BEN, 'go')
    expect(c.by(ANA, { type: 'assign', role: 'observer', person: DIA })).toEqual([
      'role assigned',
      'votes went stale',
    ])
    expect(c.state.gates['go']?.votes).toMatchObject([
      { person: BEN, staleBecause: 'observer', staleByRole: true },
    ])
    expect(c.go(ANA, 'go')).toEqual(['vote cast'])
    expect(c.state.gates['go']?.votes[1]?.staleBecause).toBeUndefined()
    expect(decision(c)).toBeUndefined()
  })

  test('given, but not yet in effect, is taken back when a role that carries it changes hands', () => {
    const c = atGate({ criteria: [onStep('space')] })
    c.wait(30 * SECOND)
    c.go(ANA, 'go')
    expect(c.go(BEN, 'go')).toContain('go given')
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    expect(c.state.gates['go']?.goGivenAt).toBeUndefined()
    expect(c.work('space')).toEqual(['attempt ended'])
    expect(decision(c)).toBeUndefined()
  })

  test('counts again for who got the role back, and must be said again', () => {
    const c = atGate({ approvers: { lead: 1, observer: 1 } })
    c.go(BEN, 'go')
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    c.by(ANA, { type: 'assign', role: 'observer', person: BEN })
    expect(c.go(ANA, 'go')).toEqual(['vote cast'])
    expect(c.go(BEN, 'go')).toContain('gate decided')
  })

  test('is for the stand-in who took over, and no longer for who was stood in for', () => {
    const holders = { ...HOLDERS, observer: { person: BEN, backup: DIA } }
    const c = atGate({ approvers: { lead: 1, observer: 1 } }, { holders })
    c.go(BEN, 'go')
    expect(c.by(DIA, { type: 'take over', role: 'observer' })).toEqual(['role assigned', 'votes went stale'])
    expect(c.refused(BEN, { type: 'vote', gate: 'go', vote: 'go' })).toBe('not holder')
    c.go(DIA, 'go')
    expect(decision(c)).toBeUndefined()
    c.go(ANA, 'go')
    expect(decision(c)).toBe('go')
  })

  test('must be said anew by who takes over a role after a GO in another part', () => {
    const holders = { ...HOLDERS, lead: { person: ANA, backup: DIA }, communicator: { person: DIA } }
    const c = atGate({ approvers: { lead: 1 } }, { holders })
    expect(c.go(DIA, 'go')).toEqual(['vote cast'])
    expect(c.by(DIA, { type: 'take over', role: 'lead' })).toEqual(['role assigned', 'votes went stale'])
    expect(decision(c)).toBeUndefined()
    expect(c.go(DIA, 'go')).toEqual(['vote cast', 'gate decided'])
  })

  test('still takes effect when a vote that nobody needed goes stale', () => {
    const c = atGate({ approvers: { lead: 1 }, criteria: [onStep('space')] })
    c.wait(30 * SECOND)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    c.go(CAI, 'go')
    expect(c.by(ANA, { type: 'assign', role: 'communicator', person: DIA })).toContain('votes went stale')
    expect(c.work('space')).toContain('gate decided')
  })

  test('of a stand-in counts while there is one, where a role is asked for twice', () => {
    const holders = { ...HOLDERS, observer: { person: BEN, backup: DIA } }
    const c = atGate({ approvers: { observer: 2 } }, { holders })
    c.go(DIA, 'go')
    expect(c.by(ANA, { type: 'assign', role: 'observer', person: BEN, backup: ANA })).toContain(
      'votes went stale',
    )
    expect(c.refused(DIA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('not holder')
  })

  test('and NO-GO by two people, in either order, are one decision', () => {
    const first = atGate({ approvers: { observer: 1 } })
    first.go(BEN, 'go')
    expect(first.refused(CAI, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'no' })).toBe(
      'gate not open',
    )
    const second = atGate({ approvers: { observer: 1 } })
    second.noGo(CAI, 'go')
    expect(second.refused(BEN, { type: 'vote', gate: 'go', vote: 'go' })).toBe('gate not open')
    expect([first, second].map(decision)).toEqual(['go', 'no-go'])
  })
})

describe('NO-GO', () => {
  test('by any holder closes the round at once and takes what the gate says', () => {
    const c = atGate({ noGo: 'postpone' })
    c.go(ANA, 'go')
    expect(c.noGo(CAI, 'go')).toEqual(['vote cast', 'gate decided', 'cutover postponed'])
    expect(c.state.status).toBe('postponed')
  })

  test('becomes hold when the state refuses what the gate says', () => {
    const plan = aPlan()
      .phase('p', at(-120))
      .do('change', { undo: 'do' })
      .do('more', { undo: 'do', parallel: true })
    const c = new Cutover(plan.decide('go', { noGo: 'postpone' }).build())
    c.advance()
    c.tick(ANA, 'change')
    c.tick(ANA, 'more')
    c.noGo(BEN, 'go')
    expect(c.state.status).toBe('watching')
    expect(c.state.held?.reason).toBe('NO-GO: not tonight')
    expect(c.events.find((event) => event.type === 'gate decided')?.data).toMatchObject({ took: 'hold' })
  })

  test('that rolls back does so at once when that needs nobody else', () => {
    const plan = aPlan().phase('p', at(-120)).do('change', { undo: 'do' }).do('more', { undo: 'do' })
    const c = new Cutover(plan.decide('canary', { parallel: true, noGo: 'rollback' }).build())
    c.advance()
    c.tick(ANA, 'change')
    c.noGo(BEN, 'canary')
    expect(c.state.status).toBe('rolling back')
    expect(c.state.rollback?.order).toEqual(['undo-change'])
  })

  test('is final for the round; the lead opens a new one, in which no old vote counts', () => {
    const c = atGate({ noGo: 'hold' })
    c.go(ANA, 'go')
    c.noGo(BEN, 'go')
    expect(c.state.held).toBeDefined()
    expect(c.refused(BEN, { type: 'round', gate: 'go', reason: 'again' })).toBe('not lead')
    c.by(ANA, { type: 'round', gate: 'go', reason: 'the disk was cleaned' })
    c.go(BEN, 'go')
    expect(decision(c)).toBeUndefined()
    c.go(ANA, 'go')
    expect(decision(c)).toBe('go')
    expect(c.state.held).toBeDefined()
  })
})

describe('a deadline', () => {
  test('closes the round without a decision and holds the cutover', () => {
    const c = atGate({ deadline: at(-2), noGo: 'abandon' })
    expect(c.waitUntil(T0 - 2 * MINUTE - 1)).toEqual([])
    expect(c.waitUntil(T0 - 2 * MINUTE)).toEqual(['round closed', 'cutover held'])
    expect(decision(c)).toBeUndefined()
    expect(c.state.status).toBe('scheduled')
  })

  test('leaves it to the lead to say NO-GO or to open a round with a new one', () => {
    const c = atGate({ deadline: at(-2), noGo: 'postpone' })
    c.waitUntil(T0 - MINUTE)
    expect(c.refused(BEN, { type: 'vote', gate: 'go', vote: 'no-go' })).toBe('not lead')
    c.by(ANA, { type: 'round', gate: 'go', reason: 'ten more minutes', deadline: T0 + 9 * MINUTE })
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    expect(decision(c)).toBe('go')
  })

  test('that had passed before the cutover was opened leaves the time between the gate and it', () => {
    const c = new Cutover(gated({ deadline: at(-2) }), { now: T0 - MINUTE })
    c.advance()
    c.work('space')
    expect(c.state.gates['go']?.deadline).toBe(T0 - MINUTE + 13 * MINUTE)
  })
})

describe('the checks of an open gate', () => {
  test('are looked at again every minute', () => {
    const c = atGate({ criteria: [onStep('space')] })
    expect(c.wait(59 * SECOND)).toEqual([])
    expect(c.wait(SECOND)).toEqual(['attempt dispatched'])
    expect(c.step('space').status).toBe('done')
    c.work('space')
    expect(c.wait(MINUTE)).toEqual(['attempt dispatched'])
  })

  test('count as overridden in this round, as long as the answer stays what it was', () => {
    const c = atGate({ criteria: [onStep('space')] })
    c.wait(MINUTE)
    c.work('space', { verdict: 'red', facts: { free: 18 }, summary: '18 % free' })
    c.by(ANA, { type: 'override', step: 'space', gate: 'go', reason: 'enough for tonight' })
    const overridden = () => evidenceOf(c.state, 'go', c.now)[0]?.overridden
    expect(overridden()).toBe(true)
    c.wait(MINUTE)
    c.work('space', { verdict: 'red', facts: { free: 18 }, summary: '18 % free, after 4 ms' })
    expect(overridden()).toBe(true)
    const later = c.state
    c.by(ANA, { type: 'round', gate: 'go', reason: 'asked anew' })
    expect(overridden()).toBeUndefined()
    expect(evidenceOf(later, 'go', c.now)[0]?.overridden).toBe(true)
    c.by(ANA, { type: 'override', step: 'space', gate: 'go', reason: 'still enough' })
    c.wait(MINUTE)
    c.work('space', { verdict: 'red', facts: { free: 11 }, summary: '11 % free' })
    expect(overridden()).toBeUndefined()
  })

  test('that are critical take two people to override, of whom the second may be any holder', () => {
    const c = atCriticalGate()
    const override = { type: 'override', step: 'space', gate: 'go', reason: 'enough for tonight' } as const
    expect(criterionMatter(c.state, 'go', 'space')).toEqual({ needsTwo: true })
    expect(c.refused(CAI, override)).toBe('not lead')
    expect(c.by(ANA, override)).toEqual(['second person asked'])
    expect(criterionMatter(c.state, 'go', 'space')).toMatchObject({ asked: { by: person(ANA) } })
    expect(c.refused(ANA, override)).toBe('second person needed')
    const overridden = () => evidenceOf(c.state, 'go', c.now)[0]?.overridden
    expect(overridden()).toBeUndefined()
    expect(c.refused(EVE, override)).toBe('not lead')
    c.by(CAI, { ...override, reason: '' })
    expect(c.events.at(-1)).toMatchObject({
      type: 'criterion overridden',
      data: { second: ANA, reason: 'enough for tonight' },
    })
    expect(overridden()).toBe(true)
  })

  test('that are critical are asked about anew when they show something else, or in another round', () => {
    const c = atCriticalGate()
    const override = { type: 'override', step: 'space', gate: 'go', reason: 'enough for tonight' } as const
    c.by(ANA, override)
    c.wait(MINUTE)
    c.work('space', { verdict: 'red', facts: { free: 3 } })
    expect(criterionMatter(c.state, 'go', 'space').asked).toBeUndefined()
    expect(c.refused(CAI, override)).toBe('not lead')
    expect(c.by(ANA, override)).toEqual(['second person asked'])
    c.by(ANA, { type: 'round', gate: 'go', reason: 'asked anew' })
    expect(c.by(ANA, override)).toEqual(['second person asked'])
  })

  test('asked about as a criterion are not half overridden as a step', () => {
    const c = atCriticalGate()
    c.by(ANA, { type: 'override', step: 'space', gate: 'go', reason: 'enough' })
    expect(c.step('space').asked).toBeUndefined()
    expect(c.step('go').asked).toBeUndefined()
  })

  test('that nobody can carry out keep GO from taking effect', () => {
    const c = atGate({ criteria: [onStep('space')] })
    c.wait(30 * SECOND)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    const attempt = c.attempt('space')
    c.worker({ type: 'refuse', attempt, why: 'no psql', hint: 'install it' })
    c.advance()
    expect(decision(c)).toBeUndefined()
    expect(c.wait(MINUTE)).toEqual(['attempt dispatched'])
    expect(c.work('space')).toContain('gate decided')
  })
})

describe('completing', () => {
  const plan = aPlan()
    .phase('migrate', at(-120))
    .do('change', { undo: 'do' })
    .run('same', { begin: 'auto' })
    .watch('hour', { forMs: HOUR })
    .with({ success: [onStep('same'), { kind: 'step', id: 'errors', step: 'hour-ok' }] })
    .build()

  const done = (): Cutover => {
    const c = new Cutover(plan)
    c.advance()
    c.tick(ANA, 'change')
    return c
  }

  test('is asked when everything is finished, watches too, and judged on the success criteria', () => {
    const c = done()
    c.work('same')
    expect(c.state.status).toBe('watching')
    expect(c.state.gates['complete']?.open).toBe(false)
    c.work('hour')
    expect(evidenceOf(c.state, 'complete', c.now)).toMatchObject([
      { criterion: 'same', met: true },
      { criterion: 'errors', met: true, answer: 'in bounds all the time' },
    ])
    c.go(ANA, 'complete')
    expect(c.go(BEN, 'complete')).toEqual(['vote cast', 'gate decided', 'cutover guarded'])
    expect(c.wait(47 * HOUR)).toEqual([])
    expect(c.wait(HOUR)).toEqual(['cutover closed'])
  })

  test('needs an override for a watch that breached and that people went on from', () => {
    const c = done()
    c.work('same')
    const attempt = c.begin('hour')
    c.worker({ type: 'report breach', attempt, check: 'hour-ok', answer: '4 % errors' })
    c.end('hour')
    expect(c.step('hour').status).toBe('failed')
    c.by(ANA, { type: 'override', step: 'hour', reason: 'a known peak' })
    expect(c.refused(BEN, { type: 'vote', gate: 'complete', vote: 'go' })).toBe('criteria not met')
    c.by(ANA, { type: 'override', step: 'errors', gate: 'complete', reason: 'a known peak' })
    expect(c.go(BEN, 'complete')).toContain('vote cast')
  })

  test('looks at a failure criterion only when it is red', () => {
    const failing = { ...plan, success: [], failure: [onStep('same')] }
    const c = new Cutover(failing)
    c.advance()
    c.tick(ANA, 'change')
    c.work('same', { outcome: 'failed', summary: '3 rows differ' })
    expect(evidenceOf(c.state, 'complete', c.now)).toMatchObject([{ met: false, answer: '3 rows differ' }])
  })
})

describe('`rehearsed`', () => {
  const criteria: DecideStep['criteria'] = [
    {
      kind: 'rehearsed',
      id: 'rehearsed',
      sameHash: true,
      withinMs: 7 * 24 * HOUR,
      rollback: true,
      issuesResolved: false,
    },
  ]
  const hash = 'a'.repeat(64)
  const shows = (c: Cutover) => evidenceOf(c.state, 'go', c.now)[0]

  test('wants one of the same hash that was completed, and one that was rolled back', () => {
    const c = atGate({ criteria })
    expect(shows(c)?.met).toBe(false)
    const report = (cutover: string, rolledBack: boolean, of = hash) =>
      c.leader({
        type: 'report rehearsal',
        rehearsal: { cutover, hash: of, finishedAt: c.now - HOUR, rolledBack, openIssues: 0, durations: {} },
      })
    report('r1', false, 'b'.repeat(64))
    expect(shows(c)?.answer).toBe('no rehearsal that fits was completed')
    report('r2', false)
    expect(shows(c)?.answer).toBe('its rollback was not rehearsed')
    report('r3', true)
    expect(shows(c)?.met).toBe(true)
  })

  test('wants nothing left open in it, where the runbook says so', () => {
    const strict = [{ ...criteria[0], issuesResolved: true }] as typeof criteria
    const c = atGate({ criteria: strict })
    const report = (cutover: string, rolledBack: boolean, openIssues: number) =>
      c.leader({
        type: 'report rehearsal',
        rehearsal: { cutover, hash, finishedAt: c.now - HOUR, rolledBack, openIssues, durations: {} },
      })
    report('r1', false, 0)
    report('r2', true, 2)
    expect(shows(c)).toMatchObject({ met: false, answer: 'issues left open: 2 in r2' })
    report('r3', true, 0)
    expect(shows(c)).toMatchObject({ met: true, answer: 'rehearsed as r1, rolled back as r3' })
  })

  test('is not asked of a rehearsal', () => {
    const c = new Cutover(gated({ criteria }, false))
    expect(shows(c)).toMatchObject({ met: true, answer: 'not applicable: this is a rehearsal' })
  })
})

describe('alone', () => {
  test('one person carries a rehearsal, and it is recorded', () => {
    const c = new Cutover(gated({ approvers: { lead: 1, observer: 1 } }, false), {
      holders: { lead: { person: ANA }, observer: { person: ANA } },
    })
    c.advance()
    c.work('space')
    expect(c.go(ANA, 'go')).toContain('gate decided')
    expect(c.state.gates['go']?.votes).toMatchObject([{ alone: true }])
  })

  test('one person does so no longer when a role has passed to another, who votes in the next round', () => {
    const c = new Cutover(
      gated({ approvers: { lead: 1, observer: 1 }, criteria: [onStep('space')] }, false),
      {
        holders: { lead: { person: ANA }, observer: { person: ANA } },
      },
    )
    c.advance()
    c.work('space')
    c.wait(30 * SECOND)
    expect(c.go(ANA, 'go')).toContain('go given')
    expect(c.by(ANA, { type: 'assign', role: 'observer', person: BEN })).toContain('votes went stale')
    expect(c.refused(BEN, { type: 'vote', gate: 'go', vote: 'go' })).toBe('votes next round')
    c.work('space')
    expect(decision(c)).toBeUndefined()
  })

  test('nobody does where others are there', () => {
    const c = new Cutover(gated({ approvers: { lead: 1, observer: 1 } }, false), { holders: HOLDERS })
    c.advance()
    c.work('space')
    expect(c.go(ANA, 'go')).toEqual(['vote cast'])
  })

  test('the rehearsal actor carries a rehearsal, and no live cutover hears it', () => {
    const c = new Cutover(gated({}, false))
    c.advance()
    c.work('space')
    const said = c.decide({ type: 'vote', gate: 'go', vote: 'go' }, { kind: 'rehearsal' })
    expect(said.ok && said.events.map((event) => event.type)).toEqual(['vote cast', 'gate decided'])
    const live = atGate({}).decide({ type: 'vote', gate: 'go', vote: 'go' }, { kind: 'rehearsal' })
    expect(live.ok ? '' : live.refusal.code).toBe('rehearsal actor')
  })
})

test('a vote from a stale card is answered with what happened, NO-GO counts all the same', () => {
  const c = atGate({ criteria: [onStep('space')] })
  const { revision } = c.step('go')
  c.go(ANA, 'go')
  c.wait(MINUTE)
  c.work('space', { verdict: 'red' })
  const stale = c.decide({ type: 'vote', gate: 'go', vote: 'go' }, person(BEN), revision)
  expect(stale.ok ? '' : stale.refusal.message).toMatch(/votes went stale by Cutover/)
  expect(c.by(BEN, { type: 'vote', gate: 'go', vote: 'no-go' }, revision)).toContain('gate decided')
})
