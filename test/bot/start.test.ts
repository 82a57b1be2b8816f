import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { openOffice, type Office } from './support/office.ts'

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

const ENVIRONMENT = 'environment/shop'

/** The form, once it is filled in with the runbooks. */
async function startForm(user = 'ana'): Promise<Answer> {
  await office.say(user, 'ops', '/cutover start')
  return eventually(async () => {
    const view = await office.modal(user)
    return view.submit ? view : undefined
  })
}

async function choose(user: string, environment: string): Promise<Answer> {
  const view = await office.modal(user)
  await office.control.post('click', {
    user,
    view_id: view.id,
    action_id: 'start.environment',
    value: environment,
  })
  return office.modal(user)
}

describe('/cutover start', () => {
  it('opens a form whose environments say LIVE or rehearsal, and shows the plan before it is opened', async () => {
    const view = await startForm()
    const shown = JSON.stringify(view.blocks)
    expect(shown).toContain('production · LIVE')
    expect(shown).toContain('rehearsal · rehearsal')
    expect(shown).toContain('Without a zone it is Asia/Tbilisi')

    const first = await office.submit('ana', {
      'backup/lead': 'levan',
      [ENVIRONMENT]: 'rehearsal',
      start: '+30m',
      'holder/lead': 'ana',
      'holder/observer': 'giorgi',
      'var/ticket': 'OPS-118',
    })
    expect(first).toMatchObject({ ok: true })
    expect(JSON.stringify(first.updated.blocks)).toContain('Migrate: 3 steps')
    expect(await office.log.list()).toEqual([])

    expect(await office.submit('ana', {})).toMatchObject({ ok: true, closed: true })
    const [opened] = await office.log.list()
    expect(opened).toMatchObject({
      runbook: 'shop',
      environment: 'rehearsal',
      live: false,
      status: 'scheduled',
    })
    const state = await office.state(opened?.id ?? '')
    expect(state).toMatchObject({
      opener: office.id('ana'),
      holders: { lead: { person: office.id('ana') }, observer: { person: office.id('giorgi') } },
      plan: { vars: { ticket: 'OPS-118' } },
    })
    // The app is no member of #ops, so it says so in a direct message.
    const [told] = await office.control.messages('@ana')
    expect(told.text).toContain('Opened: *Shop to PostgreSQL* · rehearsal · *REHEARSAL*')
  })

  it('shows the plan as soon as the environment is chosen, when nothing else is missing for it', async () => {
    await startForm()
    const view = await office.modal('ana')
    await office.control.post('submit', { user: 'ana', view_id: view.id, values: { 'var/ticket': 'OPS-1' } })
    const drawn = await eventually(async () => {
      const now = await choose('ana', 'rehearsal')
      return JSON.stringify(now.blocks).includes('Migrate: 3 steps') ? now : undefined
    })
    expect(JSON.stringify(drawn.blocks)).toContain('REHEARSAL')
  })

  it('keeps what is wrong beside each input, and opens nothing', async () => {
    await startForm()

    const refused = await office.submit('ana', {
      [ENVIRONMENT]: 'production',
      start: '25:99',
      'holder/lead': 'ana',
      'holder/observer': 'levan',
      'backup/lead': 'giorgi',
      'var/ticket': 'no ticket',
    })
    expect(refused).toMatchObject({
      ok: false,
      errors: {
        start: expect.stringContaining('“25:99” is no time'),
        'backup/lead': expect.stringContaining('not eligible for Lead'),
        'var/ticket': expect.stringContaining('[A-Z]+-[0-9]+'),
      },
    })
    expect(await office.submit('ana', { start: '2020-01-01 10:00' })).toMatchObject({
      ok: false,
      errors: { start: expect.stringContaining('has passed') },
    })
    expect(await office.log.list()).toEqual([])
  })

  it('wants a stand-in for the lead of a live cutover', async () => {
    await startForm()
    const values = {
      [ENVIRONMENT]: 'production',
      start: '+30m',
      'holder/lead': 'ana',
      'holder/observer': 'giorgi',
      'var/ticket': 'OPS-1',
    }
    expect(await office.submit('ana', values)).toMatchObject({
      ok: false,
      errors: { 'backup/lead': expect.stringContaining('stand-in') },
    })
    expect(await office.submit('ana', { 'backup/lead': 'ana' })).toMatchObject({
      ok: false,
      errors: { 'backup/lead': expect.stringContaining('somebody else') },
    })
    await office.submit('ana', { 'backup/lead': 'levan' })
    expect(await office.submit('ana', {})).toMatchObject({ ok: true, closed: true })
    expect((await office.log.list())[0]).toMatchObject({ live: true, environment: 'production' })
  })

  it('is refused for somebody who is no opener', async () => {
    await startForm('giorgi')
    const refused = await office.submit('giorgi', {
      [ENVIRONMENT]: 'rehearsal',
      start: '+30m',
      'holder/lead': 'ana',
      'holder/observer': 'giorgi',
      'var/ticket': 'OPS-1',
    })
    expect(refused).toMatchObject({
      ok: false,
      errors: {
        runbook:
          '@giorgi may not open this runbook; its openers are named in the runbook. Nothing was opened.',
      },
    })
    expect(await office.log.list()).toEqual([])
  })

  it('opens once when the last submission arrives twice', async () => {
    await startForm()
    await office.submit('ana', {
      [ENVIRONMENT]: 'rehearsal',
      start: '+30m',
      'holder/lead': 'ana',
      'holder/observer': 'giorgi',
      'var/ticket': 'OPS-118',
    })
    await office.control.post('faults', { socket: 'duplicate', type: 'interactive' })
    await office.submit('ana', {})
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await office.log.list()).toHaveLength(1)
  })

  it('names a runbook that does not exist, and opens the form all the same', async () => {
    const answer = await office.say('ana', 'ops', '/cutover start <!channel>')
    expect(answer.ack.body.text).toContain('There is no runbook “&lt;!channel&gt;”')
    expect((await office.modal('ana')).submit).toBeDefined()
  })

  it('after an expired trigger is offered again by a button', async () => {
    await office.control.post('faults', { kind: 'error', method: 'views.open', error: 'expired_trigger_id' })
    await office.say('ana', 'ops', '/cutover start')
    const { messages } = await office.control.get('users/ana/ephemeral')

    await office.press('ana', 'ops', 'open.again', { message: messages.at(-1) })

    await eventually(async () => (await office.modal('ana')).submit)
  })
})
