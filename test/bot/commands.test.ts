import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { readyPool } from '../support/pools.ts'
import { eventually } from '../workspace/support/control.ts'
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

/** The answer that the acknowledgement brought. */
async function answerTo(user: string, channel: string, text: string): Promise<string> {
  const answer = await office.say(user, channel, text)
  expect(answer).toMatchObject({ ok: true, ack: { status: 'acknowledged' } })
  return answer.ack.body?.text ?? ''
}

async function typesOf(cutover: string): Promise<readonly string[]> {
  return (await office.log.events(cutover)).map(({ type }) => type)
}

const boardOf = async (channel: string): Promise<string> => {
  const [board] = (await office.control.messages(channel)).filter(({ pinned }) => pinned === true)
  return board?.plain ?? ''
}

describe('what may be said', () => {
  it('is listed by help, with what this person may do now', async () => {
    const { channel } = await office.open()

    const lead = await answerTo('ana', channel, '/cutover help')
    const [mayLead = '', notLead = ''] = lead.split('*Not now, or not yours*')
    expect(mayLead).toContain('/cutover postpone [TIME] [reason]')
    expect(notLead).toContain('/cutover resume')

    const observer = await answerTo('giorgi', channel, '/cutover')
    const [mayObserve = '', notObserve = ''] = observer.split('*Not now, or not yours*')
    expect(mayObserve).toContain('/cutover hold [reason]')
    expect(notObserve).toContain('/cutover postpone')
  })

  it('is told with the nearest word when it is none', async () => {
    expect(await answerTo('ana', 'ops', '/cutover hodl on')).toContain(
      '“hodl” is no word of mine. Did you mean `hold`?',
    )
    expect(await answerTo('ana', 'ops', '/cutover note')).toContain('Write `/cutover note <text>`')
  })
})

describe('a command', () => {
  it('acts in the channel of its cutover, and says what was recorded', async () => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('giorgi', channel, '/cutover hold the disk is full')).toBe(
      'Recorded: cutover held.',
    )
    expect((await office.state(cutover)).held).toMatchObject({
      reason: 'the disk is full',
      by: { person: office.id('giorgi') },
    })
    expect(await answerTo('ana', channel, '/cutover resume')).toBe('Recorded: cutover resumed.')
  })

  it('holds at once without a reason: it is the emergency stop', async () => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('giorgi', channel, '/cutover hold')).toBe('Recorded: cutover held.')
    expect((await office.state(cutover)).held?.by).toMatchObject({ person: office.id('giorgi') })
  })

  it('without its words opens the form that asks for them, and the form is recorded', async () => {
    const { cutover, channel } = await office.open()

    await office.say('ana', channel, '/cutover postpone')
    expect(await office.submit('ana', { reason: 'the disk is late' })).toMatchObject({ closed: true })
    expect((await office.state(cutover)).status).toBe('postponed')
    await office.say('ana', channel, '/cutover abandon')
    expect(JSON.stringify((await office.modal('ana')).blocks)).toContain('This is final.')
    expect(await office.submit('ana', { reason: 'the vendor is gone' })).toMatchObject({ closed: true })
    expect((await office.state(cutover)).status).toBe('abandoned')
  })

  it('without its words opens no form for somebody who may not', async () => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('giorgi', channel, '/cutover abandon')).toContain('lead')
    const { views } = await office.control.get('users/giorgi/views')
    expect(views).toEqual([])
    expect((await office.state(cutover)).status).toBe('scheduled')
  })

  it('opens an issue, and its button on the board closes it', async () => {
    const { cutover, channel } = await office.open()
    await answerTo('ana', channel, '/cutover issue the lift is stuck')
    await answerTo('ana', channel, '/cutover issue the coffee is out')
    const [lift, coffee] = (await office.state(cutover)).issues

    await office.press('giorgi', channel, 'cutover.close-issue', { about: coffee?.id ?? '' })
    expect(await office.submit('giorgi', { part: 'the lift is stuck', reason: 'it moves' })).toMatchObject({
      closed: true,
    })
    const closed = (await office.log.events(cutover)).filter(({ type }) => type === 'issue closed')
    expect(closed.map(({ data }) => data)).toEqual([{ issue: lift?.id, text: 'it moves' }])

    const left = await eventually(async () => {
      const board = await boardOf(channel)
      return board.includes('1 open') ? board : undefined
    }, 8_000)
    expect(left).toContain('the coffee is out')
    await office.press('giorgi', channel, 'cutover.close-issue')
    expect(await office.submit('giorgi', {})).toMatchObject({ closed: true })
    await eventually(async () => !(await boardOf(channel)).includes('Issues'), 8_000)
  })

  it('in another channel changes nothing and says where it belongs', async () => {
    const { cutover, channel } = await office.open()

    const answer = await answerTo('ana', 'ops', '/cutover hold wrong place')

    expect(answer).toContain(`<#${channel}> — Shop to PostgreSQL`)
    expect(answer).toContain('nothing was recorded')
    expect((await office.state(cutover)).held).toBeUndefined()
  })

  it('that only looks answers anywhere while one cutover is open, and asks which of two', async () => {
    const first = await office.open()
    expect(await answerTo('nino', 'ops', '/cutover status')).toContain('*Shop to PostgreSQL*')

    const second = await office.open()
    const answer = await answerTo('nino', 'ops', '/cutover status')
    expect(answer).toContain(`<#${first.channel}>`)
    expect(answer).toContain(`<#${second.channel}>`)
    expect(await answerTo('ana', second.channel, '/cutover status')).toContain('*Shop to PostgreSQL*')
  })

  it('counts once when Slack brings it twice', async () => {
    const { cutover, channel } = await office.open()
    await office.control.post('faults', { socket: 'duplicate', type: 'slash_commands' })

    await office.say('ana', channel, '/cutover note the lights are on')
    await answerTo('ana', channel, '/cutover note the door is open')

    expect((await office.state(cutover)).notes.map(({ text }) => text)).toEqual([
      'the lights are on',
      'the door is open',
    ])
  })

  it('assigns a role to somebody eligible, and to nobody else', async () => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('ana', channel, '/cutover assign observer @nino')).toBe('Recorded: role assigned.')
    expect((await office.state(cutover)).holders['observer']?.person).toBe(office.id('nino'))
    expect(await answerTo('ana', channel, '/cutover assign observer @ana')).toContain(
      'is not eligible for observer',
    )
    expect(await answerTo('ana', channel, '/cutover assign obsrver @nino')).toContain(
      'Its roles: lead, observer',
    )
  })

  it('postpones to a time in the zone of the window', async () => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('ana', channel, '/cutover postpone the disk is late')).toContain(
      'cutover postponed',
    )
    expect(await answerTo('ana', channel, '/cutover postpone 2031-02-03 04:05 new disk')).toContain(
      'cutover rescheduled',
    )
    expect((await office.state(cutover)).plannedStart).toBe(Date.parse('2031-02-03T04:05+04:00'))
    expect(await answerTo('ana', channel, '/cutover postpone 2031-02-30 04:05 no such day')).toContain(
      'is no time',
    )
  })

  it('votes on the open decision, or says that there is none', async () => {
    const { channel } = await office.open()
    expect(await answerTo('ana', channel, '/cutover go')).toContain('No decision is open')
    expect(await answerTo('ana', channel, '/cutover no-go never')).toContain('/cutover hold')
    expect(await answerTo('ana', channel, '/cutover round again please')).toContain('Say which decision')
  })

  it('shows plan, timeline and runbooks', async () => {
    const { channel } = await office.open()

    await office.say('giorgi', channel, '/cutover plan')
    expect(JSON.stringify((await office.modal('giorgi')).blocks)).toContain('Say that it moves')
    expect(await answerTo('giorgi', channel, '/cutover timeline')).toContain('Shop to PostgreSQL')
    expect(await answerTo('giorgi', 'ops', '/cutover runbooks')).toMatch(
      /`shop` — Shop to PostgreSQL · platform · [0-9a-f]{6} · production \(LIVE\), rehearsal \(rehearsal\)/,
    )
  })
})

describe('the command line', () => {
  it('is asked for on the board by name, until everybody has a login', async () => {
    const { channel } = await office.open()
    await eventually(async () => /No CLI login yet: .*@ana.*@giorgi/.test(await boardOf(channel)), 8_000)
  })

  it('is confirmed by its code, once, and ended by logout', async () => {
    const tokenHash = createHash('sha256').update('a token').digest('hex')
    await office.logins.begin({ code: 'BCDF-GHJK', tokenHash, days: 14 })

    expect(await answerTo('ana', 'ops', '/cutover login XXXX-XXXX')).toContain('no such login')
    expect(await answerTo('ana', 'ops', '/cutover login bcdfghjk')).toContain('You are logged in')
    expect(await office.logins.personOf(tokenHash)).toBe(office.id('ana'))
    expect(await answerTo('giorgi', 'ops', '/cutover login BCDF-GHJK')).toContain('no such login')
    expect(await answerTo('ana', 'ops', '/cutover logout')).toBe(
      'Ended 1 of your logins of the command line.',
    )
    expect(await office.logins.personOf(tokenHash)).toBeNull()
  })
})

describe('text from outside', () => {
  const HOSTILE = [
    '<!channel> everybody',
    '@channel everybody',
    '$(rm -rf /) `id`',
    '--force --yes',
    "'; drop table cutover.event; --",
    '{{secret}} ${process.env.HOME}',
    'ქართული 🚀 & <b>bold</b>',
  ]

  it.each(HOSTILE)('is recorded as it was typed and mentions nobody: %s', async (text) => {
    const { cutover, channel } = await office.open()

    expect(await answerTo('ana', channel, `/cutover hold ${text}`)).toBe('Recorded: cutover held.')

    expect((await office.state(cutover)).held?.reason).toBe(text)
    const shown = await eventually(async () => {
      const messages = await office.control.messages(channel)
      // What Slack would read: `plain` is what it shows.
      const all = JSON.stringify(messages.map(({ text: line, blocks }) => ({ line, blocks })))
      return all.includes('HELD') ? all : undefined
    }, 8_000)
    expect(shown).not.toContain('<!channel>')
    const refused = await answerTo('giorgi', channel, '/cutover hold again')
    expect(refused).toContain('Already held by')
    expect(refused).not.toContain('<!channel>')
  })

  it('is refused when it is too long or holds a NUL, and nothing changes', async () => {
    const { cutover, channel } = await office.open()
    const before = await typesOf(cutover)

    expect(await answerTo('ana', channel, `/cutover note ${'x'.repeat(100_000)}`)).toContain(
      'at most 3,000 are read',
    )
    expect(await answerTo('ana', channel, '/cutover note a\u0000b')).toContain('NUL')

    expect(await typesOf(cutover)).toEqual(before)
  })
})

describe('a person who may not', () => {
  it('as a guest hears why, by command and by click, and nothing changes', async () => {
    const { cutover, channel } = await office.open()
    await office.control.post('invite', { user: 'ana', channel, invitee: 'guest' })
    const before = await typesOf(cutover)

    expect(await answerTo('guest', channel, '/cutover hold me')).toBe(
      'Guests of this workspace may not act in Cutover. Nothing was recorded.',
    )
    await office.press('guest', channel, 'step.tick', { about: 'told' })

    expect(await office.told('guest')).toContain(
      'Guests of this workspace may not act in Cutover. Nothing was recorded.',
    )
    expect(await typesOf(cutover)).toEqual(before)
  })
})

describe('a message', () => {
  it('is added to the timeline of its channel with author and link', async () => {
    const { cutover, channel } = await office.open()
    const { message } = await office.control.post('message', {
      user: 'giorgi',
      channel,
      text: 'The old disk is <slow> & loud',
    })

    await office.control.post('shortcut', {
      user: 'ana',
      channel,
      ts: message.ts,
      callback_id: 'add_to_timeline',
    })
    expect(await office.submit('ana', {})).toMatchObject({ ok: true, closed: true })

    expect((await office.log.events(cutover)).find(({ type }) => type === 'note added')).toMatchObject({
      actor: { person: office.id('ana') },
      data: {
        text: 'The old disk is <slow> & loud',
        author: office.id('giorgi'),
        link: expect.stringContaining(`/archives/${channel}/p`),
      },
    })
  })

  it('of another channel asks which cutover it belongs to', async () => {
    const first = await office.open()
    const second = await office.open()
    const { message } = await office.control.post('message', {
      user: 'nino',
      channel: 'ops',
      text: 'All quiet',
    })

    await office.control.post('shortcut', {
      user: 'ana',
      channel: 'ops',
      ts: message.ts,
      callback_id: 'add_to_timeline',
    })
    expect(await office.submit('ana', { cutover: second.cutover })).toMatchObject({ ok: true, closed: true })

    expect((await office.state(second.cutover)).notes.map(({ text }) => text)).toEqual(['All quiet'])
    expect((await office.state(first.cutover)).notes).toEqual([])
  })
})

describe('a rollback by a command', () => {
  it('needs no form: the name, what happens to what runs, and a reason', async () => {
    const { cutover, channel } = await atWork()

    expect(await answerTo('giorgi', channel, '/cutover rollback shopp it is wrong')).toContain(
      'exactly as it is: shop',
    )
    expect(await answerTo('giorgi', channel, '/cutover rollback shop it is wrong')).toContain(
      'Still running: “Say that it moves”. Say whether to wait for it or to cancel it. Write `/cutover rollback shop',
    )
    expect((await office.state(cutover)).status).toBe('running')
    expect(await answerTo('giorgi', channel, '/cutover rollback shop cancel it is wrong')).toContain(
      'rollback started',
    )
    const state = await office.state(cutover)
    expect(state.status).toBe('rolling back')
    expect(state.rollback?.reason).toBe('it is wrong')
  })

  it('by its form asks for the same, and takes no answer from an empty choice', async () => {
    const { cutover, channel } = await atWork()
    await office.say('giorgi', channel, '/cutover rollback')
    await eventually(async () => (await office.modal('giorgi')).submit)

    expect(await office.submit('giorgi', { name: 'shop', reason: 'wrong' })).toMatchObject({
      ok: false,
      errors: { running: expect.any(String) },
    })
    expect(await office.submit('giorgi', { running: 'Cancel it first' })).toMatchObject({
      ok: true,
      closed: true,
    })
    expect((await office.state(cutover)).status).toBe('rolling back')
  })
})

describe('leaving what is in force', () => {
  it('cannot be said in one line, so abandoning opens its form', async () => {
    const { cutover, channel } = await atWork({ said: false })

    expect((await office.say('ana', channel, '/cutover abandon we stop here')).ack.body ?? {}).toEqual({})
    const refused = await office.submit('ana', {
      name: 'nope',
      reason: 'we stop here',
      'left-owner/maintenance': 'giorgi',
      'left-reason/maintenance': 'he puts the shop back by hand',
    })
    expect(refused).toMatchObject({
      ok: false,
      errors: { name: expect.stringContaining('exactly as it is: shop') },
    })
    expect(await office.submit('ana', { name: 'shop' })).toMatchObject({ ok: true, closed: true })

    expect((await office.state(cutover)).status).toBe('abandoned')
    expect(await answerTo('ana', channel, '/cutover note too late')).toContain('abandoned')
  })
})

describe('a stand-in', () => {
  it('takes over by one click', async () => {
    const { cutover, channel } = await office.open()

    await office.press('levan', channel, 'role.take-over')
    expect((await office.state(cutover)).holders['lead']).toEqual({
      person: office.id('levan'),
      backup: office.id('ana'),
    })
    // The button of before is stale; what is tested is the one that the board shows now.
    await eventually(async () => (await boardOf(channel)).includes('stand-in @ana'), 8_000)
    await office.press('giorgi', channel, 'role.take-over')
    expect(await office.told('giorgi')).toEqual([expect.stringContaining('stand-in')])
  })
})

/** Maintenance is open, and a run goes on as far as the log knows. */
async function atWork({ said = true } = {}) {
  const opened = await office.open({ inMinutes: 0 })
  const { cutover } = opened
  const by = async (user: string, command: PersonCommand) => {
    const actor = { kind: 'person', person: office.id(user), via: 'slack' } as const
    const outcome = await handleCommand(office.log, cutover, command, { actor })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const due = (step: string) => office.until(cutover, (state) => state.steps[step]?.status === 'due')
  await due('told')
  await by('giorgi', { type: 'tick', step: 'told', result: 'done', fields: {} })
  await due('counted')
  await by('ana', { type: 'tick', step: 'counted', result: 'done', fields: { orders: '3' } })
  await due('looked')
  for (const item of ['left', 'right'])
    await by('ana', { type: 'tick', step: 'looked', item, result: 'done', fields: {} })
  await office.until(cutover, (state) => state.gates['go']?.open === true)
  await by('ana', { type: 'confirm', gate: 'go', criterion: 'no-incident' })
  await by('ana', { type: 'vote', gate: 'go', vote: 'go' })
  await by('giorgi', { type: 'vote', gate: 'go', vote: 'go' })
  await due('stopped')
  await by('ana', { type: 'tick', step: 'stopped', result: 'done', fields: {} })
  if (!said) return opened
  await due('said')
  await by('ana', { type: 'run', step: 'said' })
  const attempt = `${cutover}.said.1`
  const actor = { kind: 'worker', pool: 'db', worker: 'w1' } as const
  await handleCommand(office.log, cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, { actor })
  await handleCommand(office.log, cutover, readyPool(), { actor })
  await handleCommand(office.log, cutover, { type: 'spawn', attempt }, { actor })
  await handleCommand(office.log, cutover, { type: 'report running', attempt, host: 'h1' }, { actor })
  return opened
}
