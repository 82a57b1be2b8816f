import type { KnownBlock } from '@slack/types'
import { describe, expect, test } from 'vitest'
import { choiceCard } from '../../src/bot/views/choice-card.ts'
import { rollbackForm } from '../../src/bot/views/rollback-form.ts'
import { startForm } from '../../src/bot/views/start-form.ts'
import { validateView } from '../../src/workspace/block-limits.ts'
import { withChoice, withWaysBack } from '../support/branching.ts'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, HOUR, MINUTE } from '../support/plans.ts'
import { buttons, flat, messages, shown } from './support/shown.ts'

const asked = () => withChoice(aPlan().phase('work', at(0)).do('first'), { by: 'observer' }).build()

describe('the card of a choice', () => {
  test('is posted when the choice is reached, asks its role, and has a button for each option', () => {
    const c = atStart(asked())
    expect(messages(c).map(({ key }) => key)).not.toContain('choice/how')
    c.tick(ANA, 'first')
    expect(shown(c, 'choice/how')).toContain(`<@${BEN}>  How is it saved? Please choose: dump and snapshot.`)
    expect(shown(c, 'choice/how')).toContain('dump — 2 steps · up to 1 min\ndump-it; check-dump\n[Take this]')
    expect(buttons(c, 'choice/how').map(({ value }) => [value?.subject, value?.part])).toEqual([
      ['how', 'dump'],
      ['how', 'snapshot'],
    ])
    expect(shown(c, 'board')).toContain(`Waiting for  <@${BEN}>: How is it saved?`)
  })

  test('says what was chosen and lets it be changed until a step has started', () => {
    const c = atStart(asked())
    c.tick(ANA, 'first')
    c.by(BEN, { type: 'choose', choice: 'how', option: 'snapshot', reason: 'it is faster' })
    expect(shown(c, 'choice/how')).toMatch(/^How is it saved\? snapshot by <@UBEN> .*: it is faster/)
    expect(shown(c, 'choice/how')).toContain('[Take this instead]')
    c.tick(ANA, 'snap-it')
    expect(shown(c, 'choice/how')).not.toContain('[')
    expect(flat(choiceCard(c.state, 'how'))).toContain('snapshot')
  })
})

describe('the start form', () => {
  test('asks for the choices of the start, and leaves them to the environment where that has one', () => {
    const runbook = {
      runbook: 'shop',
      title: 'Shop',
      owner: 'platform',
      hash: 'a',
      zone: 'UTC',
      environments: [
        { name: 'production', live: true },
        { name: 'staging', live: false },
      ],
      roles: [],
      ask: [],
      choices: [
        {
          id: 'how',
          question: 'How is it saved?',
          options: ['dump', 'snapshot'],
          presets: { staging: 'dump' },
        },
      ],
      problems: [],
    }
    const inputOf = (environment: string) => {
      const view = startForm({ runbooks: [runbook], memory: { key: 'k', environment }, opener: ANA })
      expect(validateView(view)).toEqual([])
      return view.blocks.find((block) => block.block_id === 'choice/how')
    }
    expect(inputOf('production')).toMatchObject({ label: { text: 'How is it saved?' } })
    expect(inputOf('staging')).toMatchObject({ optional: true, hint: { text: 'Left empty: dump.' } })
  })
})

const form = (c: Cutover) =>
  rollbackForm(c.state, { now: c.now, button: { cutover: 'c1', subject: 'c1', revision: c.state.revision } })

// Forms hold no blocks but those that Slack knows.
const textOf = (view: ReturnType<typeof form>): string =>
  flat({ text: '', blocks: view.blocks as readonly KnownBlock[] })

function reopened(plan = withWaysBack({ withinMs: HOUR })): Cutover {
  const c = atStart(plan)
  c.tick(ANA, 'save')
  c.tick(ANA, 'change')
  c.work('migrate')
  c.tick(ANA, 'reopen')
  return c
}

describe('the form of a rollback with several ways back', () => {
  test('shows each with what it does, loses and needs, and wants one of them', () => {
    const c = reopened()
    const view = form(c)
    expect(validateView(view)).toEqual([])
    const text = textOf(view)
    expect(text).toContain(
      'Undo the steps (fast)\nWhen: nobody has written yet\nMeant for 60 min after the reopening: until',
    )
    expect(text).toContain('Put the dump back (thorough)\nLoses what was written since')
    expect(text).toContain('Nobody knows how long it takes: no step of it has an estimate · the window ends')
    expect(text).toContain('1. warn (no estimate)\n2. restore (no estimate)\n3. look (no estimate)')
    expect(view.blocks.find((block) => block.block_id === 'option')).toMatchObject({ type: 'input' })
  })

  test('says what a way back still needs', () => {
    const c = atStart(withWaysBack({ requires: ['save', 'change'] }))
    expect(textOf(form(c))).toContain('Not possible: it needs “save” and “change”, which were not done.')
  })

  test('says since when customers write, what was counted of it, and that the time has passed', () => {
    const plan = withWaysBack({ withinMs: HOUR })
    const { look } = plan.steps
    if (look === undefined) throw new Error('the builder lost a step')
    const count = {
      ...look,
      id: 'count',
      kind: 'check',
      place: 'plan',
      work: { uses: 'pg.written-since', with: {} },
    } as const
    const c = reopened({
      ...plan,
      phases: [...plan.phases, { id: 'later', title: 'later', steps: ['count'] }],
      steps: { ...plan.steps, count },
    })
    c.work('count', { facts: { rows: 412, perTable: ['orders 400', 'users 12'] } })
    c.now += HOUR + 20 * MINUTE
    const text = textOf(form(c))
    expect(text).toContain('passed 20 min ago')
    expect(text).toContain('Customers have been writing since')
    expect(text).not.toContain('may have been writing')
    expect(text).toContain('rows 412 · perTable orders 400, users 12')
  })

  test('says that customers may have written where letting them in did not end well', () => {
    const c = atStart(withWaysBack({ withinMs: HOUR }))
    c.tick(ANA, 'save')
    c.tick(ANA, 'change')
    c.work('migrate')
    const note = 'only a half of them got in'
    c.by(ANA, { type: 'tick', step: 'reopen', result: 'failed', fields: {}, note })
    expect(textOf(form(c))).toContain('Customers may have been writing since')
  })

  test('offers another way when it has stopped, and says which were tried', () => {
    const c = reopened()
    c.by(ANA, { type: 'rollback', name: 'shop', reason: 'lost', option: 'fast' })
    c.tick(ANA, 'warn')
    c.work('undo-migrate', { outcome: 'failed' })
    const said = messages(c).findLast(({ key }) => key.startsWith('said/rollback stopped'))
    expect(said === undefined ? '' : flat(said.content)).toContain(
      'Put the dump back (thorough)\nLoses what was written since',
    )
    expect(shown(c, 'board')).toContain('[Another way back…]')
    const text = textOf(form(c))
    expect(text).toContain('Undo the steps (fast) — tried already')
    expect(validateView(form(c))).toEqual([])
  })
})
