import { describe, expect, test } from 'vitest'
import { alertsToSend } from '../../src/domain/pages.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, MINUTE } from '../support/plans.ts'

const plan = aPlan()
  .do('change', { undo: 'do' })
  .with({
    escalation: [
      { afterMs: 5 * MINUTE, roles: ['lead'] },
      { afterMs: 15 * MINUTE, roles: ['observer'], page: 'oncall' },
    ],
  })
  .build()

function inTrouble(): Cutover {
  const c = new Cutover(plan)
  c.by(ANA, { type: 'issue', text: 'Down', severity: 'critical' })
  return c
}

const send = (c: Cutover, failed?: string): readonly string[] =>
  alertsToSend(c.state).map((alert) => {
    c.leader({ type: 'report page', ...alert, ...(failed === undefined ? {} : { failed }) })
    return alert.action
  })

describe('a pager', () => {
  test('is called by the level that names it, once, and hears of the end', () => {
    const c = inTrouble()
    c.wait(14 * MINUTE)
    expect(send(c)).toEqual([])
    c.wait(MINUTE)
    expect(send(c)).toEqual(['trigger'])
    expect(send(c)).toEqual([])
    c.by(ANA, { type: 'take on' })
    expect(send(c)).toEqual(['acknowledge'])
    c.by(ANA, { type: 'close issue', issue: c.state.issues[0]?.id ?? '' })
    expect(send(c)).toEqual(['resolve'])
    expect(send(c)).toEqual([])
  })

  test('that was not reached is called again, and has nothing to resolve when it never was', () => {
    const c = inTrouble()
    c.wait(15 * MINUTE)
    expect(send(c, 'it hung up')).toEqual(['trigger'])
    expect(send(c, 'it hung up')).toEqual(['trigger'])
    c.by(ANA, { type: 'close issue', issue: c.state.issues[0]?.id ?? '' })
    expect(send(c)).toEqual([])
  })

  test('hears of the end when the cutover is given up', () => {
    const c = inTrouble()
    c.wait(15 * MINUTE)
    send(c)
    c.by(ANA, { type: 'abandon', reason: 'no' })
    expect(send(c)).toEqual(['resolve'])
  })
})
