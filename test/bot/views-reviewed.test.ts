import { expect, test } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { anchorsOf, Cutover } from '../support/cutover.ts'
import { aPlan, at, HOUR, T0 } from '../support/plans.ts'

test('the card of a gate says which version is decided about, and who has read it', () => {
  const plan = aPlan().phase('decide', at(-30)).decide('go').build()
  const card = (more: object): string => {
    const c = new Cutover({ ...plan, ...more })
    c.waitUntil(T0 - HOUR / 2)
    const all = desired(c.state, {
      now: c.now,
      progress: new Map(),
      posted: new Set(['channel']),
      anchors: anchorsOf(c),
    })
    return JSON.stringify(all.find((one) => one.kind === 'message' && one.key === 'gate/go/1'))
  }
  expect(card({ version: '3', reviewedBy: ['Nino', 'the <SRE> team'] })).toContain(
    'Runbook: version 3 · reviewed by Nino, the &lt;SRE&gt; team',
  )
  expect(card({})).not.toContain('Runbook:')
})
