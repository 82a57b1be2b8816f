import { describe, expect, test } from 'vitest'
import { criteriaOf, evidenceOf, failuresMet, verdictOf } from '../../src/domain/criteria.ts'
import { atStart } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, confirmation, MINUTE, onStep } from '../support/plans.ts'

const plan = aPlan()
  .phase('work', at(0))
  .do('change', { undo: 'do' })
  .check('orders')
  .watch('hour', {
    checks: [{ id: 'errors', title: 'Errors', work: { uses: 'command', with: { argv: ['true'] } } }],
  })
  .with({ success: [onStep('orders')], failure: [onStep('errors'), confirmation('lost-orders', 'observer')] })
  .build()

function completing() {
  const c = atStart(plan)
  c.tick(ANA, 'change')
  c.work('orders')
  c.work('hour')
  return c
}
const failed = (c: ReturnType<typeof completing>) =>
  failuresMet(c.state, c.now).map(({ criterion }) => criterion)

describe('what speaks against a gate', () => {
  const gated = aPlan()
    .phase('decide', at(0))
    .check('disk')
    .decide('go', {
      approvers: { lead: 1, observer: 1 },
      criteria: [confirmation('ready')],
      against: [onStep('disk'), confirmation('incident', 'observer')],
      noGo: 'postpone',
    })
    .build()
  const open = (c: ReturnType<typeof atStart>) =>
    evidenceOf(c.state, 'go', c.now)
      .filter(({ met }) => !met)
      .map(({ criterion }) => criterion)

  test('holds back GO when any of it has happened, while everything else has to hold', () => {
    const c = atStart(gated)
    c.work('disk')
    expect(open(c)).toEqual(['ready'])
    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'ready' })
    c.by(BEN, { type: 'confirm', gate: 'go', criterion: 'incident' })
    expect(open(c)).toEqual(['incident'])
    expect(c.refused(ANA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('criteria not met')
    c.by(BEN, { type: 'unconfirm', gate: 'go', criterion: 'incident', reason: 'it is over' })
    c.go(ANA, 'go')
    c.by(BEN, { type: 'confirm', gate: 'go', criterion: 'incident' })
    expect(c.state.gates['go']?.votes[0]?.staleBecause).toBe('incident')
  })

  test('is told to whoever the runbook names, with its reason, and postpones', () => {
    const { complete } = gated.steps
    if (complete === undefined) throw new Error('the builder lost a step')
    const told = {
      ...complete,
      id: 'notice-no-go',
      kind: 'tell',
      place: 'notice',
      to: ['ops'],
      template: 'templates/notice.hbs',
      occasion: { kind: 'no-go' },
    } as const
    const c = atStart({ ...gated, steps: { ...gated.steps, 'notice-no-go': told } })
    c.work('disk')
    expect(c.noGo(BEN, 'go')).toEqual(
      expect.arrayContaining(['gate decided', 'cutover postponed', 'notice called for']),
    )
    expect(c.step('notice-no-go').status).toBe('active')
    c.delivered('notice-no-go')
    expect(c.step('notice-no-go').status).toBe('done')
    expect(c.state).toMatchObject({ status: 'postponed' })
  })
})

describe('failure criteria', () => {
  test('are silent while nothing of what they name has happened, and let GO pass', () => {
    const c = completing()
    expect(criteriaOf(c.state, 'complete').map(({ id }) => id)).toEqual(['orders', 'errors', 'lost-orders'])
    expect(failed(c)).toEqual([])
    expect(verdictOf(c.state, c.now)).toMatchObject([
      { about: 'failure', criterion: 'errors', met: true },
      { about: 'failure', criterion: 'lost-orders', met: true, answer: 'nobody has said so' },
      { about: 'success', criterion: 'orders', met: true },
    ])
    expect(c.go(ANA, 'complete')).not.toContain('votes went stale')
  })

  test('hold back GO when somebody confirms what means failed, until it is overridden or taken back', () => {
    const c = completing()
    expect(c.refused(ANA, { type: 'confirm', gate: 'complete', criterion: 'lost-orders' })).toBe(
      'not confirmer',
    )
    c.by(BEN, { type: 'confirm', gate: 'complete', criterion: 'lost-orders' })
    expect(failed(c)).toEqual(['lost-orders'])
    expect(c.refused(ANA, { type: 'vote', gate: 'complete', vote: 'go' })).toBe('criteria not met')
    c.by(ANA, { type: 'override', gate: 'complete', step: 'lost-orders', reason: 'entered again by hand' })
    expect(
      evidenceOf(c.state, 'complete', c.now).find(({ criterion }) => criterion === 'lost-orders'),
    ).toMatchObject({ met: false, overridden: true })
    expect(failed(c)).toEqual(['lost-orders'])
    c.by(BEN, { type: 'unconfirm', gate: 'complete', criterion: 'lost-orders', reason: 'they were there' })
    expect(failed(c)).toEqual([])
  })

  test('turn red with a breach of a watch, although it goes on', () => {
    const c = atStart(plan)
    c.tick(ANA, 'change')
    c.work('orders')
    const attempt = c.begin('hour')
    c.now += MINUTE
    c.worker({ type: 'report breach', attempt, check: 'errors', answer: '9 %' })
    expect(failed(c)).toEqual(['errors'])
  })

  test('of a step mean that it failed, not that it has not been done', () => {
    const c = atStart(
      aPlan()
        .phase('work', at(0))
        .do('change', { undo: 'do' })
        .check('loss')
        .with({ failure: [onStep('loss')] })
        .build(),
    )
    expect(failuresMet(c.state, c.now)).toEqual([])
    c.tick(ANA, 'change')
    c.work('loss', { verdict: 'red' })
    expect(failuresMet(c.state, c.now)).toMatchObject([{ criterion: 'loss' }])
  })
})
