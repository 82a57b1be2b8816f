import { createHmac } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeBot, type SlackConnection } from '../../src/bot/app.ts'
import { SlackConnectionError } from '../../src/bot/slack/connection.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { openOffice, type Office } from './support/office.ts'

let server: TestPostgres
const open: Office[] = []

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
afterEach(async () => {
  for (const office of open.splice(0)) await office.stop()
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** An office whose workspace calls the bot by signed HTTP. */
async function signedOffice() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/slack/events`
  const office = await openOffice({
    server,
    connection: async (workspace) => {
      workspace.deliverTo(url)
      const { botToken, signingSecret, apiUrl } = workspace
      return { botToken, signingSecret, httpPort: port, apiUrl }
    },
  })
  open.push(office)
  return { office, url }
}

describe('signed HTTP', () => {
  it('carries commands and clicks', async () => {
    const { office } = await signedOffice()
    const { cutover, channel } = await office.open()

    const answer = await office.say('ana', channel, '/cutover note by HTTP')
    expect(answer.ack).toMatchObject({ status: 'acknowledged', body: { text: 'Recorded: note added.' } })
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    expect((await office.state(cutover)).steps['told']?.status).toBe('done')
  })

  it.each([
    ['old', -301, 401],
    ['of the future', 301, 401],
    ['of now', 0, 200],
  ])('a request that is %s is answered with its status', async (_, seconds, status) => {
    const { office, url } = await signedOffice()
    const stamp = String(Math.floor(Date.now() / 1000) + seconds)
    const body = 'ssl_check=1&token=x'
    const signature = createHmac('sha256', office.workspace.signingSecret)
      .update(`v0:${stamp}:${body}`)
      .digest('hex')

    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': stamp,
        'x-slack-signature': `v0=${signature}`,
      },
    })
    expect(response.status).toBe(status)
  })

  it('a request with a wrong signature is refused', async () => {
    const { url } = await signedOffice()
    const response = await fetch(url, {
      method: 'POST',
      body: 'command=%2Fcutover&text=hold+x',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
        'x-slack-signature': 'v0=00',
      },
    })
    expect(response.status).toBe(401)
  })
})

describe('tokens', () => {
  const made = (slack: SlackConnection) => () => makeBot({ slack } as Parameters<typeof makeBot>[0])

  it.each([
    [{ botToken: 'xoxb-1-2', appToken: 'xapp-1', apiUrl: 'http://127.0.0.1:1/api/' }],
    [{ botToken: 'xoxb-local-1', appToken: 'xapp-1-real', apiUrl: 'http://127.0.0.1:1/api/' }],
    [{ botToken: 'xoxb-local-1', appToken: 'xapp-local-1' }],
    [{ botToken: 'xoxb-1-2', appToken: 'xapp-local-1' }],
  ])('of one kind do not go to a server of the other: %o', (slack) => {
    expect(made(slack)).toThrow(SlackConnectionError)
    expect(made(slack)).toThrow(/Nothing was sent/)
  })
})

describe('another workspace', () => {
  it('is refused, and nothing is shown in it', async () => {
    const office = await openOffice({ server, pinnedTeam: 'T0ANOTHER' })
    open.push(office)

    const answer = await office.say('ana', 'ops', '/cutover start')

    expect(answer.ack.body.text).toContain('People of other workspaces may not act')
    expect((await office.control.get('users/ana/views')).views).toEqual([])
    await eventually(() => JSON.stringify(office.lines).includes('belongs to another Slack workspace'), 5_000)
    await office.bot.project()
    expect(await office.control.calls('conversations.create')).toEqual([])
  })
})
