import { describe, expect, test } from 'vitest'
import { actForm } from '../../src/bot/views/act-form.ts'
import { ACTIONS } from '../../src/bot/ids.ts'
import { statusText } from '../../src/cli/views/status-text.ts'
import { timelineMarkdown } from '../../src/report/timeline-markdown.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import { validateBlocks } from '../../src/workspace/block-limits.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, HOUR, MINUTE, T0 } from '../support/plans.ts'
import { buttons, expectWithinLimits, messages, shown } from './support/shown.ts'

const reason = 'customers cannot pay'
const hotfix = { type: 'allow change', text: 'Hotfix 42', reason } as const

const plan = aPlan()
  .phase('decide', at(-30))
  .decide('go', { title: 'Go?', approvers: { lead: 1, observer: 1 } })
  .phase('work', at(0))
  .do('change', { undo: 'do' })
  .with({ window: { lengthMs: HOUR, freezeMs: HOUR, zone: 'Europe/Berlin' } })
  .build()

/** Frozen since 22:00 in Berlin; the gate is open at 22:30. */
function atGate(): Cutover {
  const c = new Cutover(plan)
  c.waitUntil(T0 - 30 * MINUTE)
  return c
}
const gateKey = (c: Cutover): string => messages(c).find(({ key }) => key.startsWith('gate/go'))?.key ?? ''

describe('a change that was allowed during the freeze', () => {
  test('stands on the card of the decision with name and time, and after it in the record', () => {
    const c = atGate()
    expect(shown(c, gateKey(c))).not.toContain('during the freeze')
    c.by(ANA, hotfix)
    const line = 'Changed during the freeze  1\n• Hotfix 42 — allowed by <@UANA> <!date^'
    expect(shown(c, gateKey(c))).toContain(line)
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    expect(shown(c, gateKey(c))).toContain('Changed during the freeze · Hotfix 42, allowed by <@UANA>')
  })

  test('is told in the channel and calls those whose GO does not count any more', () => {
    const c = atGate()
    c.go(BEN, 'go')
    c.by(ANA, hotfix)
    const text = shown(c, 'change/1')
    expect(text).toMatch(/^<@UBEN> {2}Changed during the freeze, allowed by <@UANA>/)
    expect(text).toContain('Why it cannot wait: customers cannot pay')
    expect(text).toContain('decide again')
    expect(shown(c, gateKey(c))).toContain('(stale: a change was allowed)')
    expect(shown(c, 'board')).toContain('Changed  during the freeze: Hotfix 42, allowed by <@UANA>')
    expectWithinLimits(c)
  })

  test('stays on its message when a later one is allowed', () => {
    const c = atGate()
    c.go(BEN, 'go')
    c.by(ANA, hotfix)
    c.wait(MINUTE)
    c.go(BEN, 'go')
    c.by(ANA, { ...hotfix, text: 'Hotfix 43' })
    expect(shown(c, 'change/1')).toContain('Hotfix 42')
    expect(shown(c, 'change/2')).toContain('<@UBEN>')
    expect(shown(c, 'board')).toContain('Hotfix 43, allowed by <@UANA>')
    expect(shown(c, 'board')).toContain(', and 1 before')
  })

  test('is a deviation in the timeline, and a line of the status', () => {
    const c = atGate()
    c.go(BEN, 'go')
    c.by(ANA, hotfix)
    const text = timelineMarkdown(timelineOf(c.events, { names: new Map([[ANA, 'ana']]) })).replaceAll(
      '\\',
      '',
    )
    expect(text).toContain('change during the freeze (Hotfix 42) allowed by ana: "customers cannot pay"')
    expect(text).toContain('went stale: a change was allowed during the freeze')
    const status = statusText({ state: c.state, now: c.now, withoutLogin: [] }, () => 'ana')
    expect(status).toContain('Changed    Hotfix 42, allowed by @ana 20 Nov 2026 22:30: customers cannot pay')
  })
})

describe('the button of the board', () => {
  const offers = (c: Cutover): boolean =>
    buttons(c, 'board').some(({ action }) => action === ACTIONS.allowChange)

  test('is there while nothing else may change, and not before', () => {
    const c = new Cutover(plan)
    expect(offers(c)).toBe(false)
    c.waitUntil(T0 - HOUR)
    expect(offers(c)).toBe(true)
  })

  test('opens a form that begins with what was typed', () => {
    const c = atGate()
    const button = { cutover: 'c1', subject: 'c1', revision: 0, part: 'Hotfix 42' }
    const form = actForm(c.state, { action: ACTIONS.allowChange, button, now: c.now })
    expect(validateBlocks('modal', form?.blocks ?? [])).toEqual([])
    expect(JSON.stringify(form)).toContain('"initial_value":"Hotfix 42"')
    expect(JSON.stringify(form)).toContain('Why can it not wait?')
  })
})
