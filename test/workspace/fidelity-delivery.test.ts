import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, LogLevel } from '@slack/bolt'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { signature } from '../../src/workspace/signed-http.ts'
import type { Answer } from './support/control.ts'
import { eventually } from './support/control.ts'
import { aBoltApp, atTheEnd, aWorkspace, buttons, clientOf, section } from './support/fixture.ts'
import { rawSocket } from './support/raw-socket.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('3. envelopes', () => {
  it('come after hello, say what they are, and their acknowledgement carries the answer back', async () => {
    const { control, workspace } = await aWorkspace()
    const socket = await rawSocket(workspace)
    const hello = await socket.next('hello')

    const answered = control.post('command', { user: 'ana', channel: 'ops', text: '/cutover status' })
    const envelope = await socket.next('slash_commands')
    socket.ack(envelope, { text: 'all is well' })

    expect(hello).toMatchObject({ num_connections: 1, debug_info: { approximate_connection_time: 18_060 } })
    expect(envelope).toMatchObject({
      accepts_response_payload: true,
      payload: { command: '/cutover', text: 'status', user_name: 'ana', channel_name: 'ops' },
    })
    expect(await answered).toMatchObject({ ok: true, ephemeral: [{ text: 'all is well' }] })
  })
})

describe('4. sockets', () => {
  it('share the work: one envelope goes to one of them; the eleventh is too many', async () => {
    const { control, workspace } = await aWorkspace()
    const sockets = []
    for (let n = 0; n < 10; n += 1) sockets.push(await rawSocket(workspace))
    const eleventh = await rawSocket(workspace)
    for (const socket of sockets) {
      socket.socket.on('message', (data) => socket.ack(JSON.parse(String(data))))
    }

    for (let n = 0; n < 20; n += 1)
      await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })

    expect(await eleventh.next('disconnect')).toMatchObject({ reason: 'too_many_websockets' })
    const counts = sockets.map(({ heard }) => heard.filter(({ type }) => type === 'slash_commands').length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20)
    expect(Math.max(...counts)).toBe(2)
  })

  it('that are not there get nothing later: what was sent meanwhile is gone and the person was told', async () => {
    const { control, workspace } = await aWorkspace()

    const answer = await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover start' })
    const socket = await rawSocket(workspace)
    await socket.next('hello')
    await pause(50)

    expect(answer).toMatchObject({ ok: false, error: 'dispatch_failed', ack: { status: 'not_delivered' } })
    expect(answer.ephemeral[0].text).toContain('dispatch_failed')
    expect(socket.heard.map(({ type }) => type)).toEqual(['hello'])
  })

  it('need a ticket, which works once', async () => {
    const { workspace } = await aWorkspace()
    const { url } = await clientOf(workspace, workspace.appToken).apps.connections.open()
    const outcome = (address: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address)
        atTheEnd(async () => socket.terminate())
        socket.once('open', () => resolve('open'))
        socket.once('error', (error) => resolve(error.message))
      })

    expect(await outcome(url!.replace(/ticket=\w+/, 'ticket=made-up'))).toContain('401')
    expect(await outcome(url!)).toBe('open')
    expect(await outcome(url!)).toContain('401')
  })
})

describe('5. without an acknowledgement', () => {
  it('an event is sent again up to three times with its attempt and reason', async () => {
    const { client, control, workspace } = await aWorkspace({ timings: { ackMs: 60 } })
    const { channel } = await client.conversations.create({ name: 'c' })
    const socket = await rawSocket(workspace)
    await control.post('join', { user: 'ana', channel: 'c' })

    const sent = () => socket.heard.filter(({ payload }) => payload?.event?.type === 'member_joined_channel')
    await eventually(() => sent().length === 4)
    await pause(150)

    expect(sent().map(({ retry_attempt }) => retry_attempt)).toEqual([undefined, 1, 2, 3])
    expect(sent()[3]).toMatchObject({ retry_reason: 'timeout', payload: { event: { channel: channel!.id } } })
    expect(new Set(sent().map(({ payload }) => payload.event_id)).size).toBe(1)
    expect(new Set(sent().map(({ envelope_id }) => envelope_id)).size).toBe(4)
  })

  it('a command and a click are not repeated; the person sees that it failed', async () => {
    const { client, control, ops, workspace } = await aWorkspace({ timings: { ackMs: 60 } })
    const socket = await rawSocket(workspace)
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'x', blocks: buttons('go') })

    const command = await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
    const click = await control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'go' })
    await pause(150)

    expect(command).toMatchObject({ ok: false, error: 'operation_timeout', ack: { status: 'timed_out' } })
    expect(command.ephemeral[0].text).toBe('/cutover failed with the error "operation_timeout"')
    expect(click).toMatchObject({ ok: false, error: 'operation_timeout' })
    expect(socket.heard.filter(({ type }) => type === 'interactive')).toHaveLength(1)
    expect(socket.heard.filter(({ type }) => type === 'slash_commands')).toHaveLength(1)
  })
})

describe('6. heartbeat', () => {
  it('the server pings, and answers the pings of the client', async () => {
    const { workspace } = await aWorkspace({ timings: { pingMs: 30 } })
    const { socket } = await rawSocket(workspace)
    const heard: string[] = []
    socket.on('ping', () => heard.push('ping'))
    socket.on('pong', () => heard.push('pong'))

    socket.ping()

    await eventually(() => heard.includes('ping') && heard.includes('pong'))
  })
})

describe('7. disconnect', () => {
  it.each(['warning', 'refresh_requested', 'link_disabled'])('%s on demand', async (reason) => {
    const { control, workspace } = await aWorkspace()
    const socket = await rawSocket(workspace)
    await socket.next('hello')

    await control.post('faults', { socket: 'disconnect', reason })

    expect(await socket.next('disconnect')).toMatchObject({ type: 'disconnect', reason })
    expect((await control.get('faults')).sockets).toBe(0)
    if (reason === 'link_disabled') await eventually(() => socket.socket.readyState === socket.socket.CLOSED)
  })
})

describe('10. a click', () => {
  it('carries everything Slack sends, and the answer can open a modal with its trigger', async () => {
    const { client, control, ops, id, workspace } = await aWorkspace()
    const bodies: Answer[] = []
    await aBoltApp(workspace, (app) => {
      app.action('go', async ({ ack, body, client }) => {
        await ack()
        bodies.push(body)
        if (body.type !== 'block_actions') return
        const view = {
          type: 'modal' as const,
          title: { type: 'plain_text' as const, text: 'Why?' },
          blocks: [section('one')],
        }
        await client.views.open({ trigger_id: body.trigger_id, view })
      })
    })
    const { ts } = await client.chat.postMessage({
      channel: ops,
      text: 'x',
      blocks: [
        ...buttons('go'),
        {
          type: 'section',
          block_id: 'pick',
          text: { type: 'mrkdwn', text: 'who' },
          accessory: { type: 'users_select', action_id: 'who', initial_user: id('nino') },
        },
      ],
    })

    await control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'go' })
    await eventually(async () => (await control.get('users/ana/views')).views.length === 1)

    expect(bodies[0]).toMatchObject({
      type: 'block_actions',
      team: { id: workspace.teamId },
      user: { id: id('ana'), username: 'ana', team_id: workspace.teamId },
      api_app_id: expect.stringMatching(/^A/),
      container: { type: 'message', message_ts: ts, channel_id: ops, is_ephemeral: false },
      channel: { id: ops, name: 'ops' },
      message: { ts, text: 'x', bot_id: expect.stringMatching(/^B/) },
      state: { values: { pick: { who: { type: 'users_select', selected_user: id('nino') } } } },
      trigger_id: expect.any(String),
      response_url: expect.stringContaining('/response/'),
      actions: [
        {
          type: 'button',
          action_id: 'go',
          block_id: 'row',
          value: 'go-value',
          action_ts: expect.any(String),
        },
      ],
    })
  })
})

describe('12. timestamps and echoes', () => {
  it('the app’s own messages come back as events, which Bolt drops', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    const socket = await rawSocket(workspace)
    await client.conversations.join({ channel: ops })
    socket.socket.on('message', (data) => socket.ack(JSON.parse(String(data))))
    await client.chat.postMessage({ channel: ops, text: 'echo' })
    const echo = await eventually(() => socket.heard.find(({ payload }) => payload?.event?.text === 'echo'))
    expect(echo.payload.event).toMatchObject({
      type: 'message',
      channel_type: 'channel',
      bot_id: expect.any(String),
    })
    socket.socket.close()
    await eventually(async () => (await control.get('faults')).sockets === 0)

    const texts: string[] = []
    await aBoltApp(workspace, (app) => {
      app.message(async ({ message }) => {
        if ('text' in message) texts.push(message.text ?? '')
      })
    })
    await client.chat.postMessage({ channel: ops, text: 'mine' })
    await control.post('message', { user: 'ana', channel: 'ops', text: 'yours' })
    await eventually(() => texts.length > 0)

    expect(texts).toEqual(['yours'])
  })

  it('a mention reaches the app as app_mention, with names turned into references', async () => {
    const { client, control, ops, id, workspace } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const texts: string[] = []
    await aBoltApp(workspace, (app) => {
      app.event('app_mention', async ({ event }) => {
        texts.push(event.text)
      })
    })

    await control.post('message', { user: 'ana', channel: 'ops', text: '@cutover ask @nino <now> & here' })

    const bot = (await client.auth.test()).user_id
    expect(await eventually(() => texts[0])).toBe(`<@${bot}> ask <@${id('nino')}> &lt;now&gt; &amp; here`)
  })

  it('timestamps are unique and rise', async () => {
    const { client, ops } = await aWorkspace()

    const posted = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.chat.postMessage({ channel: ops, text: `${n}` })),
    )
    const stamps = posted.map(({ ts }) => ts!)

    expect(new Set(stamps).size).toBe(50)
    expect(stamps.every((ts) => /^\d{10}\.\d{6}$/.test(ts))).toBe(true)
  })
})

describe('16. HTTP mode', () => {
  it('real Bolt accepts the signature, answers, and refuses a forged one', async () => {
    const signingSecret = 'a-signing-secret'
    const { control, workspace } = await aWorkspace({ httpApp: { url: 'http://127.0.0.1:9', signingSecret } })
    const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR })
    const app = new App({
      token: workspace.botToken,
      receiver,
      clientOptions: { slackApiUrl: workspace.apiUrl },
      logLevel: LogLevel.ERROR,
    })
    const joined: string[] = []
    app.command('/cutover', async ({ ack, command }) => ack(`heard ${command.text}`))
    app.event('app_home_opened', async ({ event }) => {
      joined.push(event.user)
    })
    const server = await app.start({ port: 0, host: '127.0.0.1' })
    atTheEnd(async () => void (await app.stop()))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
    workspace.deliverTo(address)

    const answer = await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover a & b' })
    await control.post('home', { user: 'nino' })
    const forged = await fetch(address, {
      method: 'POST',
      body: 'command=%2Fcutover',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
        'x-slack-signature': signature('another secret', Math.floor(Date.now() / 1000), 'command=%2Fcutover'),
      },
    })

    expect(answer).toMatchObject({ ok: true, ack: { body: { text: 'heard a &amp; b' } } })
    await eventually(() => joined.length === 1)
    expect(forged.status).toBe(401)
  })

  it('an event that is not answered with 2xx comes again with its number and the reason', async () => {
    const { control, workspace } = await aWorkspace({ timings: { httpRetryMs: [10, 10, 10] } })
    const seen: (string | undefined)[][] = []
    const server = createServer((request, response) => {
      const { 'x-slack-retry-num': attempt, 'x-slack-retry-reason': reason } = request.headers
      seen.push([attempt, reason].map((value) => value?.toString()))
      response.writeHead(500).end()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    atTheEnd(async () => void server.close())
    workspace.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)

    await control.post('home', { user: 'nino' })
    await eventually(() => seen.length === 4)

    expect(seen).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ])
  })
})
