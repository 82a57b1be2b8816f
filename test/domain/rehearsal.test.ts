import { describe, expect, it } from 'vitest'
import type { Actor } from '../../src/domain/events.ts'
import { liveAttempts } from '../../src/domain/lookup.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { rehearsalAnswer, type RehearsalWishes } from '../../src/domain/rehearsal-answers.ts'
import { LOOKS_FOR_MS, rehearsalEnd, waitsFor, type RehearsalEnd } from '../../src/domain/rehearsal-end.ts'
import { withWaysBack } from '../support/branching.ts'
import { Cutover } from '../support/cutover.ts'
import {
  acknowledgement,
  aPlan,
  at,
  confirmation,
  MINUTE,
  onStep,
  SECOND,
  type PlanBuilder,
} from '../support/plans.ts'

const ACTOR: Actor = { kind: 'rehearsal' }
const WISHES: RehearsalWishes = { skip: [], onFailure: 'rollback', fields: {} }
const HOLDERS = Object.fromEntries(
  ['lead', 'observer', 'communicator'].map((role) => [role, { person: 'rehearsal' }]),
)

type Outcome = Parameters<Cutover['end']>[1]

/** A cutover of the plan that is a rehearsal, held by nobody but the rehearsal itself. */
const rehearsalOf = (builder: PlanBuilder): Cutover => rehearsalOfPlan(builder.build())

function rehearsalOfPlan(built: Plan): Cutover {
  const plan: Plan = { ...built, live: false, environment: 'staging', audiences: {} }
  const roles = Object.entries(plan.roles).map(([role, one]) => [role, { ...one, eligible: ['rehearsal'] }])
  const opened = { ...plan, roles: Object.fromEntries(roles), openers: ['rehearsal'] }
  return new Cutover(opened, { opener: 'rehearsal', holders: HOLDERS })
}

/** Answers until nothing is asked any more; attempts end as `outcomes` says, and otherwise well. */
function rehearse(
  cutover: Cutover,
  outcomes: Readonly<Record<string, Outcome>> = {},
  wishes: RehearsalWishes = WISHES,
): RehearsalEnd | undefined {
  for (let round = 0; round < 200; round += 1) {
    const given = { wishes, now: cutover.now }
    const end = rehearsalEnd(cutover.state, given)
    if (end !== undefined) return end
    const answer = rehearsalAnswer(cutover.state, given)
    if (answer?.type === 'unanswerable') return { outcome: 'stopped', why: answer.why }
    if (answer !== undefined) {
      const decision = cutover.decide(answer, ACTOR)
      if (!decision.ok) throw new Error(`${answer.type}: ${decision.refusal.message}`)
      continue
    }
    if (cutover.advance().length > 0) continue
    const [live] = liveAttempts(cutover.state)
    if (live !== undefined) cutover.work(live.step, outcomes[live.step])
    else if (!deliver(cutover)) return undefined
  }
  throw new Error('It does not come to an end.')
}

function deliver(cutover: Cutover): boolean {
  const sending = Object.values(cutover.state.plan.steps).find(
    ({ id, kind }) => kind === 'tell' && cutover.step(id).status === 'active',
  )
  if (sending?.kind !== 'tell') return false
  for (const audience of sending.to) cutover.delivered(sending.id, audience, 'report')
  return true
}

const RED: Outcome = { verdict: 'red', summary: '3 rows differ' }
const FAILED: Outcome = {
  outcome: 'failed',
  error: { message: 'the disk is full', hint: 'Make room.', changed: 'nothing' },
}

const shop = () =>
  aPlan()
    .phase('before', at(-60))
    .tell('warn')
    .check('answers')
    .do('look', {
      fields: [
        { name: 'free', type: 'int', optional: false },
        { name: 'seen', type: 'text', optional: false },
      ],
      items: [
        { id: 'disk', text: 'disk' },
        { id: 'network', text: 'network', by: 'observer' },
      ],
    })
    .decide('go', {
      deadline: at(-10),
      criteria: [onStep('answers', 5 * MINUTE), confirmation('quiet', 'communicator')],
    })
    .phase('change', at(0))
    .do('stop', { undo: 'do' })
    .run('migrate', { undo: 'run' })
    .check('same')
    .watch('hour')

describe('a rehearsal where nobody is', () => {
  it('answers every question of a plan until it is closed', () => {
    const cutover = rehearsalOf(shop())
    expect(rehearse(cutover)).toEqual({ outcome: 'completed' })
    expect(cutover.state.status).toBe('closed')
    expect(cutover.step('look').fields).toEqual({ free: '1', seen: 'rehearsal' })
    const spoken = cutover.events.filter(({ actor }) => actor.kind === 'rehearsal').map(({ type }) => type)
    expect([...new Set(spoken)].toSorted()).toEqual([
      'attempt dispatched',
      'criterion confirmed',
      'cutover guarded',
      'cutover started',
      'gate decided',
      'go given',
      'item ticked',
      'migration began',
      'step ticked',
      'vote cast',
    ])
  })

  it.each([
    ['a red check', 'same', RED, '“same” is red: 3 rows differ'],
    ['a run that failed', 'migrate', FAILED, '“migrate” failed: the disk is full'],
  ])('rolls back after %s, for the reason that it shows', (_, step, outcome, why) => {
    const cutover = rehearsalOf(shop())
    expect(rehearse(cutover, { [step]: outcome })).toEqual({ outcome: 'rolled back', why })
    expect(cutover.step('undo-migrate').status).toBe('done')
    expect(cutover.step('undo-stop').status).toBe('done')
    expect(cutover.state.rollback?.reason).toBe(why)
  })

  it('names the trigger that the failed step belongs to', () => {
    const plan = shop()
    const { rollback } = plan.build()
    const triggers = [
      { id: 'cosmetic', text: 'looks odd', urgency: 'never', steps: ['same'] },
      { id: 'differs', text: 'sides differ', urgency: 'immediate', steps: ['same'] },
    ] as const
    const cutover = rehearsalOf(plan.with({ rollback: { ...rollback, triggers } }))
    rehearse(cutover, { same: RED })
    expect(cutover.state.rollback?.trigger).toBe('differs')
  })

  it('stops where nothing had been changed, for there is nothing to roll back', () => {
    const end = rehearse(rehearsalOf(shop()), { answers: RED })
    expect(end?.outcome).toBe('stopped')
    expect(end?.why).toContain('Nothing had been changed')
  })

  it('leaves what failed as it is when that was asked for', () => {
    const cutover = rehearsalOf(shop())
    expect(rehearse(cutover, { same: RED }, { ...WISHES, onFailure: 'stop' })?.outcome).toBe('stopped')
    expect(cutover.state.rollback).toBeUndefined()
    expect(cutover.step('migrate').inForce).toBe(true)
  })

  it('takes the way back that was asked for, and where that is not possible the first one', () => {
    const wishes = { ...WISHES, back: 'thorough' }
    const asked = rehearsalOfPlan(withWaysBack())
    rehearse(asked, { migrate: FAILED }, wishes)
    expect(asked.state.rollback?.option).toBe('thorough')
    expect(asked.step('restore').status).toBe('done')

    const tooEarly = rehearsalOfPlan(withWaysBack({ requires: ['reopen'] }))
    rehearse(tooEarly, { migrate: FAILED }, wishes)
    expect(tooEarly.state.rollback?.option).toBe('fast')
  })

  it('stops at an inverse that fails', () => {
    const cutover = rehearsalOf(shop())
    const end = rehearse(cutover, { same: RED, 'undo-migrate': FAILED })
    expect(end).toEqual({
      outcome: 'stopped',
      why: 'The rollback has stopped: “undo-migrate” failed: the disk is full',
    })
    expect(cutover.step('undo-stop').status).toBe('pending')
  })

  it('looks for an unknown outcome for half a minute, then stops without rolling back', () => {
    const cutover = rehearsalOf(shop())
    untilRunning(cutover, 'migrate')
    const attempt = cutover.begin('migrate')
    cutover.worker({ type: 'report unknown', attempt, why: 'its host was restarted' })

    expect(rehearse(cutover)).toBeUndefined()
    cutover.wait(LOOKS_FOR_MS - SECOND)
    expect(rehearse(cutover)).toBeUndefined()
    cutover.wait(SECOND)
    const end = rehearse(cutover)
    expect(end?.outcome).toBe('stopped')
    expect(end?.why).toContain('Nobody knows how “migrate” ended')
    expect(cutover.state.rollback).toBeUndefined()
  })

  it('cancels what passes its timeout, once, and rolls back', () => {
    const plan = aPlan()
      .phase('change', at(0))
      .do('stop', { undo: 'do' })
      .run('migrate', { undo: 'run', timeout: { afterMs: MINUTE, then: 'ask' } })
    const cutover = rehearsalOf(plan)
    untilRunning(cutover, 'migrate')
    const attempt = cutover.begin('migrate')
    cutover.wait(2 * MINUTE)
    const answer = rehearsalAnswer(cutover.state, { wishes: WISHES, now: cutover.now })
    expect(answer).toMatchObject({ type: 'cancel', step: 'migrate' })
    if (answer?.type === 'cancel') cutover.decide(answer, ACTOR)
    expect(rehearsalAnswer(cutover.state, { wishes: WISHES, now: cutover.now })).toBeUndefined()

    const error = { message: 'Cancelled.', hint: 'Try again.', changed: 'nothing was changed' }
    cutover.end('migrate', { attempt, outcome: 'cancelled', error })
    const end = rehearse(cutover)
    expect(end).toMatchObject({ outcome: 'rolled back', why: expect.stringMatching(/ was cancelled$/) })
  })

  it('cancels a program that asks what nobody foresaw', () => {
    const cutover = rehearsalOf(shop())
    untilRunning(cutover, 'migrate')
    const attempt = cutover.begin('migrate')
    const question = { n: 1, prompt: 'Drop the table?', then: 'waiting' } as const
    cutover.worker({ type: 'report question', attempt, ...question })
    expect(rehearsalAnswer(cutover.state, { wishes: WISHES, now: cutover.now })).toMatchObject({
      type: 'cancel',
      step: 'migrate',
      reason: 'It asks “Drop the table?”, and nobody is there.',
    })
  })

  it('leaves out the steps it was told to, before anything of them begins', () => {
    const cutover = rehearsalOf(aPlan().phase('change', at(0)).run('mail', { begin: 'auto' }).do('done'))
    expect(rehearse(cutover, {}, { ...WISHES, skip: ['mail'] })).toEqual({ outcome: 'completed' })
    expect(cutover.step('mail')).toMatchObject({ status: 'skipped', attempts: [] })
  })

  it('writes into a field what it was given, and says which one it cannot make up', () => {
    const fields = [{ name: 'lsn', type: 'text', optional: false, pattern: '[0-9A-F]+/[0-9A-F]+' }] as const
    const plan = aPlan().phase('change', at(0)).do('point', { fields })
    expect(rehearse(rehearsalOf(plan))?.why).toContain('--field point/lsn=VALUE')

    const cutover = rehearsalOf(plan)
    const wishes = { ...WISHES, fields: { 'point/lsn': '0/16B3748' } }
    expect(rehearse(cutover, {}, wishes)).toEqual({ outcome: 'completed' })
    expect(cutover.step('point').fields).toEqual({ lsn: '0/16B3748' })
  })

  it('says that holders are there, where a gate asks for it', () => {
    const plan = aPlan()
      .phase('before', at(-60))
      .decide('go', { criteria: [acknowledgement('observer', 'present')] })
    const cutover = rehearsalOf(plan)
    expect(rehearse(cutover)).toEqual({ outcome: 'completed' })
  })

  it('turns back when a checkpoint fails', () => {
    const plan = aPlan()
      .phase('change', at(0), [onStep('same')])
      .do('stop', { undo: 'do' })
      .check('same', { optional: true })
      .phase('after')
      .do('start')
    const cutover = rehearsalOf(plan)
    const end = rehearse(cutover, {}, { ...WISHES, skip: ['same'] })
    expect(end).toEqual({ outcome: 'rolled back', why: 'The checkpoint of “change” failed' })
  })

  it('stops at a hold, and says what a plan that does not move waits for', () => {
    const cutover = rehearsalOf(shop())
    untilRunning(cutover, 'migrate')
    expect(waitsFor(cutover.state, cutover.now)).toContain('“migrate” (active)')
    cutover.decide({ type: 'hold', reason: 'a storm' }, ACTOR)
    expect(rehearse(cutover)).toEqual({ outcome: 'stopped', why: 'It is held: a storm' })
  })

  it('is heard by no live cutover', () => {
    const cutover = new Cutover(shop().build())
    cutover.advance()
    const answer = rehearsalAnswer(cutover.state, { wishes: WISHES, now: cutover.now })
    const asked = answer === undefined || answer.type === 'unanswerable' ? [] : [answer]
    for (const command of [...asked, { type: 'hold' } as const]) {
      const decision = cutover.decide(command, ACTOR)
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'rehearsal actor' } })
    }
  })
})

/** Up to where the attempt of this step waits for its worker. */
function untilRunning(cutover: Cutover, step: string): void {
  for (let round = 0; round < 100; round += 1) {
    cutover.advance()
    const [live] = liveAttempts(cutover.state)
    if (live?.step === step) return
    const answer = rehearsalAnswer(cutover.state, { wishes: WISHES, now: cutover.now })
    if (answer !== undefined && answer.type !== 'unanswerable') cutover.decide(answer, ACTOR)
    else if (live !== undefined) cutover.work(live.step)
    else deliver(cutover)
  }
  throw new Error(`${step} does not begin.`)
}

describe('what would mean failed', () => {
  it('is confirmed by nobody where nobody is, neither against a decision nor at the end', () => {
    const cutover = rehearsalOf(
      aPlan()
        .phase('all', at(0))
        .decide('go', { against: [confirmation('incident')] })
        .do('work')
        .with({ failure: [confirmation('lost-orders')] }),
    )
    expect(rehearse(cutover)?.outcome).toBe('completed')
    expect(cutover.events.some(({ type }) => type === 'criterion confirmed')).toBe(false)
  })
})
