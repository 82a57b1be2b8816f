import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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

describe('an issue', () => {
  it('is opened by a word with how bad it is, changed and closed by its message', async () => {
    const { cutover, channel } = await office.open()

    expectAcknowledged(await office.say('giorgi', channel, '/cutover issue high The pool is full'))
    await office.press('ana', channel, 'cutover.change-issue')
    expect(
      await office.submit('ana', { severity: 'critical', kind: 'process', person: office.id('giorgi') }),
    ).toMatchObject({ ok: true, closed: true })
    expect((await office.state(cutover)).issues).toMatchObject([
      { text: 'The pool is full', severity: 'critical', kind: 'process', owner: office.id('giorgi') },
    ])

    await office.press('ana', channel, 'cutover.close-issue')
    expect(await office.submit('ana', { reason: 'doubled it' })).toMatchObject({ ok: true, closed: true })
    await office.until(cutover, ({ issues }) => issues[0]?.resolution === 'doubled it')
    await eventually(async () => {
      const messages = await office.control.messages(channel)
      return messages.some(({ text }) => String(text).startsWith('✓ Issue 1 closed'))
    }, 10_000)
  })
})

describe('a change during the freeze', () => {
  it('is allowed in one line, or by the form that begins with what was typed', async () => {
    const { cutover, channel } = await office.open({ inMinutes: 10 })

    expectAcknowledged(await office.say('ana', channel, '/cutover change Hotfix 42 because they cannot pay'))
    await office.say('ana', channel, '/cutover change Hotfix 43')
    expect(await office.submit('ana', { reason: 'nor log in' })).toMatchObject({ ok: true, closed: true })
    await office.press('ana', channel, 'cutover.allow-change')
    expect(await office.submit('ana', { note: 'Hotfix 44', reason: 'the same' })).toMatchObject({ ok: true })
    expect((await office.state(cutover)).changes).toMatchObject([
      { text: 'Hotfix 42', reason: 'they cannot pay' },
      { text: 'Hotfix 43', reason: 'nor log in' },
      { text: 'Hotfix 44', reason: 'the same' },
    ])
  })

  it('is allowed by nobody but the lead, who is named', async () => {
    const { channel } = await office.open({ inMinutes: 10 })

    await office.say('giorgi', channel, '/cutover change Hotfix 42')
    expect((await office.told('giorgi')).at(-1)).toContain('is allowed by the lead (')
  })
})

describe('what is left to do', () => {
  it('is added, listed and waived', async () => {
    const { cutover, channel } = await office.open()

    await office.say('giorgi', channel, '/cutover follow-up Tell the auditors')
    await eventually(() => offering(office.control, channel, 'cutover.waive-follow-up'))
    await office.say('ana', channel, '/cutover follow-ups')
    expect((await office.told('ana')).at(-1)).toContain('Follow-ups: 1 of 1 open.')

    await office.press('ana', channel, 'cutover.waive-follow-up')
    expect(await office.submit('ana', { reason: 'they know' })).toMatchObject({ ok: true, closed: true })
    expect((await office.state(cutover)).followUps).toMatchObject([
      { title: 'Tell the auditors', owner: office.id('giorgi'), closed: { waived: true, text: 'they know' } },
    ])
  })
})

describe('a message of a user', () => {
  it('is filed by the shortcut with its ticket and how many it stands for', async () => {
    const { cutover, channel } = await office.open()
    const text = 'Checkout fails since the move'
    const { message } = await office.control.post('message', { user: 'nino', channel: 'ops', text })

    await office.control.post('shortcut', {
      user: 'ana',
      channel: 'ops',
      ts: message.ts,
      callback_id: 'user_report',
    })
    expect(await office.submit('ana', { count: 'many' })).toMatchObject({
      ok: false,
      errors: { count: expect.stringContaining('a whole number') },
    })
    expect(await office.submit('ana', { ticket: 'SUP-7', count: '3' })).toMatchObject({
      ok: true,
      closed: true,
    })

    expect((await office.state(cutover)).userReports).toMatchObject([
      { text, ticket: 'SUP-7', count: 3, author: office.id('nino') },
    ])
    await office.say('ana', channel, '/cutover report It is slow')
    await office.until(cutover, ({ userReports }) => userReports.length === 2)
  })
})

describe('a word that cannot be said', () => {
  it('is answered with why', async () => {
    const { channel } = await office.open()

    await office.say('ana', channel, '/cutover ack')
    await office.say('ana', channel, '/cutover take-on')
    await office.say('ana', channel, '/cutover debrief')

    expect(await office.told('ana')).toEqual([
      expect.stringContaining('No decision of this cutover asks whether somebody is there.'),
      expect.stringContaining('Nobody is called for anything'),
      expect.stringMatching(/“debrief” is possible while it is watching/),
    ])
  })
})
