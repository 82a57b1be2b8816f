import { expect, test } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { anchorsOf, Cutover, HOLDERS } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, DIA } from '../support/plans.ts'

function told(c: Cutover, key: string): string {
  const all = desired(c.state, {
    now: c.now,
    progress: new Map(),
    posted: new Set(['channel']),
    anchors: anchorsOf(c),
  })
  return JSON.stringify(all.find((one) => one.kind === 'message' && one.key === key))
}

test('a gate asks who took over, and no longer whose role changed hands', () => {
  const plan = aPlan().phase('p', at(-120)).decide('go').build()
  const c = new Cutover(plan, { holders: { ...HOLDERS, observer: { person: BEN, backup: DIA } } })
  c.advance()
  c.go(BEN, 'go')
  expect(told(c, 'board')).toContain(`<@${ANA}>: go`)
  c.by(DIA, { type: 'take over', role: 'observer' })

  expect(told(c, 'board')).toContain(`<@${ANA}> <@${DIA}>: go`)
  const card = told(c, 'gate/go/1')
  expect(card).toContain(`<@${ANA}> <@${DIA}> go GO or NO-GO?`)
  expect(card).toContain(`(stale: observer changed hands)`)
})
