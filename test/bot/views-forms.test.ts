import { describe, expect, test } from 'vitest'
import type { RunbookSummary } from '../../src/app/open-cutover.ts'
import { ACTIONS, FORMS, type ActionId, type ButtonValue } from '../../src/bot/ids.ts'
import { actForm, wantsForm } from '../../src/bot/views/act-form.ts'
import { ActMemory, ANSWER, INPUTS, inputOf, recall, START_CHOICES } from '../../src/bot/views/forms.ts'
import { itemsForm } from '../../src/bot/views/items-form.ts'
import { needMessage } from '../../src/bot/views/need.ts'
import { noteForm } from '../../src/bot/views/note-form.ts'
import { planView } from '../../src/bot/views/plan-view.ts'
import { rollbackForm, rollbackLoading } from '../../src/bot/views/rollback-form.ts'
import { startForm } from '../../src/bot/views/start-form.ts'
import { validateView } from '../../src/workspace/block-limits.ts'
import { atStart, type Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, confirmation, MINUTE, onStep } from '../support/plans.ts'

const button = (subject: string, revision = 1) => ({ cutover: 'c1', subject, revision })
const blockIds = (view: { blocks: readonly { block_id?: string }[] }) =>
  view.blocks.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]))

const field = { name: 'ticket', type: 'text', optional: false } as const
const plan = aPlan()
  .phase('prepare', at(0))
  .do('stop', {
    undo: 'do',
    opens: ['maintenance'],
    items: [
      { id: 'a', text: 'Stop A <!channel>' },
      { id: 'b', text: 'Stop B', by: 'observer' },
    ],
    fields: [field],
    estimate: { lowMs: MINUTE, highMs: 2 * MINUTE },
  })
  .run('copy', { undo: 'run', begin: 'auto', estimate: { lowMs: MINUTE, highMs: 5 * MINUTE } })
  .decide('go')
  .with({ title: 'Shop & <!channel> ' + 'x'.repeat(200) })
  .build()

function underWay() {
  const cutover = atStart(plan)
  cutover.by(ANA, { type: 'tick', step: 'stop', item: 'a', result: 'done', fields: {} })
  return cutover
}

/** The form that this person would see now. */
const formOf = (cutover: Cutover, action: ActionId, pressed: ButtonValue) =>
  actForm(cutover.state, { action, button: pressed, now: cutover.now })

describe('the form for one action', () => {
  test('is a modal that Slack takes, for every button that wants words', () => {
    const cutover = underWay()
    const forms = Object.values(ACTIONS).map((action) =>
      formOf(cutover, action, button(action.startsWith('gate') ? 'go' : 'stop')),
    )

    const shown = forms.filter((form) => form !== null)
    expect(shown.length).toBeGreaterThan(15)
    expect(shown.flatMap(validateView)).toEqual([])
  })

  test('remembers the button, so that an old one is answered with what has happened since', () => {
    const form = formOf(underWay(), ACTIONS.skip, button('stop', 7))

    expect(recall(ActMemory, form?.private_metadata)).toEqual({ ...button('stop', 7), action: 'step.skip' })
    expect(form?.callback_id).toBe(FORMS.act)
    expect(form && blockIds(form)).toEqual([INPUTS.reason])
  })

  test('asks for the fields of a step when it is ticked, and a tick without fields asks for nothing', () => {
    const cutover = underWay()
    const { state } = cutover
    const form = formOf(cutover, ACTIONS.tick, button('stop'))

    expect(form && blockIds(form)).toEqual([inputOf.field('ticket'), INPUTS.note])
    expect(wantsForm(state, ACTIONS.tick, button('stop'))).toBe(true)
    expect(wantsForm(state, ACTIONS.tick, button('copy'))).toBe(false)
  })

  test('asks for the name and the care of open states before something in force is abandoned', () => {
    const form = formOf(underWay(), ACTIONS.abandon, button('c1'))

    expect(form && blockIds(form)).toContain(INPUTS.name)
    expect(form && blockIds(form)).not.toContain(inputOf.leftOwner('maintenance'))
  })

  test('says who has asked already where two people are needed', () => {
    const critical = aPlan().phase('p', at(0)).run('copy', { critical: true }).build()
    const cutover = atStart(critical)
    cutover.by(ANA, { type: 'skip', step: 'copy', reason: 'not needed' })

    const text = JSON.stringify(formOf(cutover, ACTIONS.skip, button('copy')))
    expect(text).toContain(`<@${ANA}> has asked`)
    expect(text).toContain('not needed')
  })

  test('says that overriding a criterion of a critical step takes two, and whom it waits for', () => {
    const cutover = atStart(
      aPlan()
        .phase('p', at(0))
        .check('disk', { title: 'Free disk', critical: true })
        .decide('go', { criteria: [onStep('disk')] })
        .build(),
    )
    cutover.work('disk')
    cutover.by(ANA, { type: 'run', step: 'disk' })
    cutover.work('disk', { verdict: 'red', summary: '18 % free' })
    const override = () =>
      JSON.stringify(formOf(cutover, ACTIONS.overrideCriterion, { ...button('go'), part: 'disk' }))
    expect(override()).toContain('This takes two people')
    expect(override()).toContain('Free disk')
    cutover.by(ANA, { type: 'override', gate: 'go', step: 'disk', reason: 'a disk is coming' })

    expect(override()).toContain(`<@${ANA}> has asked for the same: a disk is coming`)
  })

  test('asks which of several criteria or issues is meant, and not where there is one', () => {
    const cutover = atStart(
      aPlan()
        .phase('p', at(0))
        .decide('go', { criteria: [confirmation('quiet'), confirmation('awake')] })
        .build(),
    )
    cutover.by(ANA, { type: 'issue', text: 'the lift is stuck' })
    const [first] = cutover.state.issues
    const override = formOf(cutover, ACTIONS.overrideCriterion, { ...button('go'), part: 'awake' })
    const close = formOf(cutover, ACTIONS.closeIssue, { ...button('c1'), part: first?.id ?? '' })

    expect(override && blockIds(override)).toEqual([INPUTS.part, INPUTS.reason])
    expect(override && validateView(override)).toEqual([])
    expect(close && blockIds(close)).toEqual([INPUTS.reason])
    expect(JSON.stringify(close)).toContain('the lift is stuck')
  })

  test('cannot be made to remember somebody else’s words', () => {
    expect(recall(ActMemory, '{"cutover":1}')).toBeNull()
    expect(recall(ActMemory, 'no json')).toBeNull()
    expect(recall(ActMemory, undefined)).toBeNull()
  })
})

describe('the form for items', () => {
  test('shows answered items with their names and asks for the open ones', () => {
    const form = itemsForm(underWay().state, button('stop'))

    expect(form && validateView(form)).toEqual([])
    expect(form && blockIds(form)).toEqual([inputOf.item('b'), inputOf.field('ticket'), INPUTS.note])
    expect(JSON.stringify(form)).toContain(`Stop A &lt;!channel&gt; — <@${ANA}>`)
  })

  test('asks each person for their own items, and names who is asked for the others', () => {
    const items = [
      { id: 'booked', text: 'The window is booked' },
      { id: 'on-call', text: 'Somebody is on call', by: 'observer' },
    ]
    const c = atStart(aPlan().phase('p', at(0)).do('book', { by: 'lead', items }).build())
    const of = (person: string) => itemsForm(c.state, button('book'), person)

    expect(blockIds(of(ANA)!)).toEqual([inputOf.item('booked'), INPUTS.note])
    expect(JSON.stringify(of(ANA))).toContain(`☐ Somebody is on call — <@${BEN}>`)
    expect(blockIds(of(BEN)!)).toEqual([inputOf.item('on-call'), INPUTS.note])
    expect(needMessage(c.state, 'book').text).toContain(`<@${ANA}> <@${BEN}>`)
  })

  test('says of fields that must be filled in at last when that is, and insists on them then', () => {
    const c = underWay()
    const inputOfField = () =>
      itemsForm(c.state, button('stop'))?.blocks.find((one) => one.block_id === inputOf.field('ticket'))
    expect(inputOfField()).toMatchObject({
      optional: true,
      hint: { text: 'Needed when the last item is answered · Text' },
    })
    c.by(BEN, { type: 'tick', step: 'stop', item: 'b', result: 'done', fields: {} })
    expect(inputOfField()).toMatchObject({ hint: { text: 'Text' } })
    expect(inputOfField()).not.toHaveProperty('optional')
  })

  test('fits Slack with two hundred items', () => {
    const items = Array.from({ length: 200 }, (_, n) => ({
      id: `i${n}`,
      text: `Item ${n} ${'y'.repeat(300)}`,
    }))
    const form = itemsForm(
      atStart(aPlan().phase('p', at(0)).do('many', { items }).build()).state,
      button('many'),
    )

    expect(form && validateView(form)).toEqual([])
    expect(JSON.stringify(form)).toContain('140 more when these are recorded')
  })
})

describe('the rollback form', () => {
  test('opens empty and is filled with the plan, its length and the name to type', () => {
    const cutover = underWay()
    const form = rollbackForm(cutover.state, { now: cutover.now, button: button('c1') })

    expect(validateView(rollbackLoading())).toEqual([])
    expect(validateView(form)).toEqual([])
    expect(blockIds(form)).toEqual([INPUTS.name, INPUTS.reason])
    expect(JSON.stringify(form)).toContain('1. undo-stop (no estimate)')
    expect(JSON.stringify(form)).toContain('no step of it has an estimate · the window ends')
  })

  test('asks whether what runs is waited for, and says by how much it overruns', () => {
    const cutover = underWay()
    cutover.by(ANA, { type: 'skip', step: 'stop', reason: 'later' })
    cutover.begin('copy')
    const form = rollbackForm(cutover.state, { now: cutover.now + 70 * MINUTE, button: button('c1') })

    expect(validateView(form)).toEqual([])
    expect(blockIds(form)).toContain(INPUTS.running)
    expect(JSON.stringify(form)).toContain('11 min after the window')
  })
})

describe('the plan', () => {
  test('fits Slack at two hundred steps and says where the rest is', () => {
    let builder = aPlan()
    for (let phase = 0; phase < 20; phase += 1) {
      builder = builder.phase(`phase-${phase}`, at(phase))
      for (let step = 0; step < 10; step += 1)
        builder = builder.do(`s-${phase}-${step}`, { title: `${'&'.repeat(90)} ${step}`, undo: 'do' })
    }
    const view = planView(atStart(builder.build()).state)

    expect(validateView(view)).toEqual([])
    expect(JSON.stringify(view).length).toBeLessThan(250_000)
  })
})

describe('a note', () => {
  test('takes over the message and asks which cutover it belongs to', () => {
    const view = noteForm({
      memory: { author: BEN, link: 'https://example.org/p1' },
      text: 'z'.repeat(5_000),
      cutovers: [{ id: 'c1', title: 'Shop', environment: 'production' }],
    })

    expect(validateView(view)).toEqual([])
    expect(blockIds(view)).toEqual([INPUTS.cutover, INPUTS.note])
  })
})

const runbook: RunbookSummary = {
  runbook: 'shop',
  title: 'Shop to PostgreSQL',
  owner: 'platform',
  hash: 'a'.repeat(64),
  zone: 'Asia/Tbilisi',
  environments: [
    { name: 'production', live: true },
    { name: 'staging', live: false },
  ],
  roles: [{ role: 'lead', title: 'Lead', eligible: [ANA, BEN], backup: true }],
  ask: [
    { name: 'ticket', type: 'text', pattern: '[A-Z]+', default: 'OPS' },
    { name: 'size', type: 'enum', options: ['small', 'large'] },
  ],
  choices: [],
  problems: [],
}

describe('the start form', () => {
  test('asks for everything that the runbook wants, and marks what is live', () => {
    const view = startForm({
      runbooks: [runbook],
      memory: { key: 'k', environment: 'production' },
      opener: ANA,
      preview: plan,
      problems: ['shop.yaml:1:1: <!channel>'],
    })

    expect(validateView(view)).toEqual([])
    expect(blockIds(view)).toEqual([
      INPUTS.runbook,
      inputOf.environment('shop'),
      INPUTS.start,
      inputOf.holder('lead'),
      inputOf.backup('lead'),
      inputOf.variable('ticket'),
      inputOf.variable('size'),
      INPUTS.reason,
    ])
    const text = JSON.stringify(view)
    expect(text).toContain('production · LIVE')
    expect(text).toContain('staging · rehearsal')
    expect(text).toContain('&lt;!channel&gt;')
    expect(text).toContain(START_CHOICES.runbook)
    expect(text).toContain(ANSWER)
  })

  test('says that nothing can be opened, and why', () => {
    const view = startForm({
      runbooks: [{ ...runbook, problems: ['shop.yaml:3:5: no such step'] }],
      memory: { key: 'k' },
      opener: ANA,
    })

    expect(validateView(view)).toEqual([])
    expect(view.submit).toBeUndefined()
    expect(JSON.stringify(view)).toContain('shop.yaml:3:5')
  })
})
