import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CutoverState } from '../../src/domain/state.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { expectAcknowledged, offering, openOffice, type Office } from './support/office.ts'

let server: TestPostgres
let office: Office

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  office = await openOffice({ server })
})
afterEach(() => office.stop())

const statusOf = (state: CutoverState, step: string) => state.steps[step]?.status

describe('a tick', () => {
  it('is recorded by one click with the person of the payload, and the card shows it', async () => {
    const { cutover, channel } = await office.open()

    expectAcknowledged(await office.press('giorgi', channel, 'step.tick', { about: 'told' }))

    expect((await office.state(cutover)).steps['told']).toMatchObject({
      status: 'done',
      tick: { by: { kind: 'person', person: office.id('giorgi'), via: 'slack' } },
    })
    await eventually(() => offering(office.control, channel, 'step.untick', 'told'))
    expect(await office.told('giorgi')).toEqual([])
  })

  it('counts once however often it is pressed, and nobody is told off for it', async () => {
    const { cutover, channel } = await office.open()
    const message = await eventually(() => offering(office.control, channel, 'step.tick', 'told'))

    const clicks = await Promise.all(
      [1, 2, 3].map(() =>
        office.press('giorgi', channel, 'step.tick', { about: 'told', message, stale: true }),
      ),
    )

    for (const click of clicks) expectAcknowledged(click)
    const events = await office.log.events(cutover)
    expect(events.filter(({ type }) => type === 'step ticked')).toHaveLength(1)
    expect(await office.told('giorgi')).toEqual([])
  })

  it('counts once when Slack brings the same click twice', async () => {
    const { cutover, channel } = await office.open()
    await eventually(() => offering(office.control, channel, 'step.tick', 'told'))
    await office.control.post('faults', { socket: 'duplicate', type: 'interactive' })

    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    await office.until(cutover, (state) => statusOf(state, 'told') === 'done')
    await office.press('ana', channel, 'step.tick', { about: 'counted' })

    const events = await office.log.events(cutover)
    expect(events.filter(({ type }) => type === 'step ticked')).toHaveLength(1)
    expect(await office.told('giorgi')).toEqual([])
  })

  it('is taken back with a reason, and then another tick is a third fact', async () => {
    const { cutover, channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })

    await office.press('giorgi', channel, 'step.untick', { about: 'told' })
    expect(await office.submit('giorgi', { reason: 'the wrong shop' })).toMatchObject({
      ok: true,
      closed: true,
    })
    await office.until(cutover, (state) => statusOf(state, 'told') === 'due')
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })

    const types = (await office.log.events(cutover)).map(({ type }) => type)
    expect(types.filter((type) => type === 'step ticked' || type === 'step unticked')).toEqual([
      'step ticked',
      'step unticked',
      'step ticked',
    ])
  })

  it('of somebody else’s step is refused with whose it is', async () => {
    const { cutover, channel } = await office.open()

    expectAcknowledged(await office.press('ana', channel, 'step.tick', { about: 'told' }))

    expect(await office.told('ana')).toEqual([
      expect.stringMatching(new RegExp(`belongs to observer \\(<@${office.id('giorgi')}>\\)`)),
    ])
    expect(statusOf(await office.state(cutover), 'told')).toBe('due')
  })

  it('by an old button is answered with what has happened and by whom', async () => {
    const { cutover, channel } = await office.open()
    const old = await eventually(() => offering(office.control, channel, 'step.tick', 'told'))
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    await eventually(() => offering(office.control, channel, 'step.untick', 'told'))

    const levan = await office.control.post('invite', { user: 'ana', channel, invitee: 'levan' })
    expect(levan).toMatchObject({ status: 200 })
    await office.press('ana', channel, 'step.tick', { about: 'told', message: old, stale: true })

    expect(await office.told('ana')).toEqual([
      expect.stringContaining(`This changed meanwhile: step ticked by <@${office.id('giorgi')}>`),
    ])
    expect((await office.log.events(cutover)).filter(({ type }) => type === 'step ticked')).toHaveLength(1)
  })

  it('with fields is refused in its form until they fit', async () => {
    const { cutover, channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    await office.press('ana', channel, 'step.tick', { about: 'counted' })

    expect(await office.submit('ana', { 'field/orders': 'many' })).toMatchObject({
      ok: false,
      errors: { 'field/orders': expect.stringContaining('a whole number') },
    })
    expect(await office.submit('ana', { 'field/orders': '17' })).toMatchObject({ ok: true, closed: true })

    expect((await office.state(cutover)).steps['counted']).toMatchObject({
      status: 'done',
      fields: { orders: '17' },
    })
  })

  it('of items is recorded one by one, with a reason for what failed', async () => {
    const { cutover, channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    await office.press('ana', channel, 'step.tick', { about: 'counted' })
    await office.submit('ana', { 'field/orders': '17' })

    await office.press('ana', channel, 'step.items', { about: 'looked' })
    expect(await office.submit('ana', { 'item/left': 'Done', 'item/right': 'Failed' })).toMatchObject({
      ok: false,
      errors: { note: expect.stringContaining('Say why') },
    })
    expect((await office.state(cutover)).steps['looked']?.items).toEqual({})
    expect(await office.submit('ana', { note: 'rows are missing' })).toMatchObject({ ok: true, closed: true })

    const state = await office.state(cutover)
    expect(state.steps['looked']).toMatchObject({
      status: 'failed',
      items: { left: { result: 'done' }, right: { result: 'failed', note: 'rows are missing' } },
    })
    expect(state.issues.map(({ text }) => text)).toEqual(['The right side: rows are missing'])
  })

  it('of an item that somebody else has answered meanwhile is refused in the form', async () => {
    const { cutover, channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    await office.press('ana', channel, 'step.tick', { about: 'counted' })
    await office.submit('ana', { 'field/orders': '17' })
    await office.press('ana', channel, 'step.items', { about: 'looked' })
    await office.press('giorgi', channel, 'step.items', { about: 'looked' })

    await office.submit('giorgi', { 'item/left': 'Done' })
    expect(await office.submit('ana', { 'item/left': 'Done' })).toMatchObject({
      ok: false,
      errors: { 'item/left': '@giorgi has already answered “left”.' },
    })
    const events = await office.log.events(cutover)
    expect(events.filter(({ type }) => type === 'item ticked')).toHaveLength(1)
  })
})

describe('a form', () => {
  it('is not opened for a person whose words would be refused anyway', async () => {
    const { channel } = await office.open()

    await office.press('ana', channel, 'step.tick-failed', { about: 'told' })

    expect((await office.control.get('users/ana/views')).views).toEqual([])
    expect(await office.told('ana')).toEqual([expect.stringContaining('belongs to observer')])
  })

  it('that Slack would not let open is offered again by a button', async () => {
    const { cutover, channel } = await office.open()
    await office.control.post('faults', { kind: 'error', method: 'views.open', error: 'expired_trigger_id' })

    await office.press('giorgi', channel, 'step.tick-failed', { about: 'told' })

    const { messages } = await office.control.get('users/giorgi/ephemeral')
    expect(messages.at(-1).text).toContain('Nothing was recorded')
    await office.press('giorgi', channel, 'step.tick-failed', { message: messages.at(-1) })
    await office.submit('giorgi', { reason: 'nobody answers' })
    expect(statusOf(await office.state(cutover), 'told')).toBe('failed')
  })
})

describe('the rollback form', () => {
  it('shows the computed plan and takes the right name only', async () => {
    const { cutover, channel } = await inForce()

    await office.press('giorgi', channel, 'cutover.rollback')
    const view = await eventually(async () => {
      const modal = await office.modal('giorgi')
      return modal.submit === undefined ? undefined : modal
    })
    expect(JSON.stringify(view.blocks)).toContain('Start the shop as it was')

    expect(await office.submit('giorgi', { name: 'shopp', reason: 'it is wrong' })).toMatchObject({
      ok: false,
      errors: { name: expect.stringContaining('exactly as it is: shop') },
    })
    expect((await office.state(cutover)).status).toBe('running')
    expect(await office.submit('giorgi', { name: 'shop' })).toMatchObject({ ok: true, closed: true })
    expect((await office.state(cutover)).status).toBe('rolling back')
  })

  it('says why when there is nothing to roll back', async () => {
    const { cutover, channel } = await office.open()
    expectAcknowledged(await office.say('ana', channel, '/cutover rollback'))

    const view = await eventually(async () => {
      const modal = await office.modal('ana')
      return JSON.stringify(modal.blocks).includes('possible while') ? modal : undefined
    })
    expect(view.submit ?? null).toBeNull()
    expect((await office.state(cutover)).status).toBe('scheduled')
  })
})

describe('a hold', () => {
  it('is one click, and why is written afterwards where everybody reads it', async () => {
    const { cutover, channel } = await office.open()

    expectAcknowledged(await office.press('giorgi', channel, 'cutover.hold'))
    expect((await office.state(cutover)).held?.by).toMatchObject({ person: office.id('giorgi') })

    await office.press('giorgi', channel, 'cutover.why-held')
    expect(await office.submit('giorgi', { reason: 'smoke in the server room' })).toMatchObject({
      ok: true,
      closed: true,
    })
    await eventually(async () => {
      const messages = await office.control.messages(channel)
      return messages.some(({ plain }) => /HELD\* by @giorgi[^]*smoke in the server room/.test(plain))
    }, 8_000)
  })

  it('counts although the board that was pressed is old', async () => {
    const { cutover, channel } = await office.open()
    const message = await eventually(() => offering(office.control, channel, 'cutover.hold'))
    await office.say('ana', channel, '/cutover hold')
    await office.say('ana', channel, '/cutover resume')

    await office.press('giorgi', channel, 'cutover.hold', { message, stale: true })
    expect((await office.state(cutover)).held).toBeDefined()
  })
})

describe('votes', () => {
  it('after a NO-GO are opened anew by the form that the bare word opens', async () => {
    const { cutover, channel } = await atTheGate()
    await office.say('giorgi', channel, '/cutover no-go')
    expect(await office.submit('giorgi', { reason: 'the disk is full' })).toMatchObject({ closed: true })

    await office.say('ana', channel, '/cutover round')
    expect(await office.submit('ana', { reason: 'there is room again' })).toMatchObject({ closed: true })
    expect((await office.state(cutover)).gates['go']).toMatchObject({ round: 2, open: true })
  })

  it('of two people carry a GO, and the criterion is confirmed first', async () => {
    const { cutover, channel } = await atTheGate()

    await office.press('ana', channel, 'gate.confirm', { about: 'no-incident' })
    await office.until(cutover, (state) => state.gates['go']?.confirmed['no-incident'] !== undefined)
    expectAcknowledged(await office.press('ana', channel, 'gate.go'))
    expectAcknowledged(await office.press('giorgi', channel, 'gate.go'))

    const decided = await office.until(cutover, (state) => state.gates['go']?.decision !== undefined)
    expect(decided.gates['go']?.decision?.decision).toBe('go')
    expect(decided.gates['go']?.votes.map(({ person }) => person)).toEqual([
      office.id('ana'),
      office.id('giorgi'),
    ])
  })

  it('NO-GO wants a reason and closes the round', async () => {
    const { cutover, channel } = await atTheGate()

    await office.press('giorgi', channel, 'gate.no-go')
    expect(await office.submit('giorgi', { reason: 'the disk is full' })).toMatchObject({
      ok: true,
      closed: true,
    })

    const state = await office.state(cutover)
    expect(state.gates['go']?.decision).toMatchObject({ decision: 'no-go', reason: 'the disk is full' })
    expect(state.held).toBeDefined()
  })
})

async function before(): Promise<{ cutover: string; channel: string }> {
  const opened = await office.open()
  const { channel } = opened
  await office.press('giorgi', channel, 'step.tick', { about: 'told' })
  await office.press('ana', channel, 'step.tick', { about: 'counted' })
  await office.submit('ana', { 'field/orders': '17' })
  await office.press('ana', channel, 'step.items', { about: 'looked' })
  await office.submit('ana', { 'item/left': 'Done', 'item/right': 'Done' })
  return opened
}

async function atTheGate() {
  const opened = await before()
  await office.until(opened.cutover, (state) => state.gates['go']?.open === true)
  return opened
}

/** Something was changed that can be undone. */
async function inForce() {
  const opened = await atTheGate()
  const { cutover, channel } = opened
  await office.press('ana', channel, 'gate.confirm', { about: 'no-incident' })
  await office.press('ana', channel, 'gate.go')
  await office.press('giorgi', channel, 'gate.go')
  await office.press('ana', channel, 'step.tick', { about: 'stopped' })
  await office.until(cutover, (state) => state.status === 'running')
  return opened
}
