import { describe, expect, it } from 'vitest'
import type { Answer } from './support/control.ts'
import { eventually } from './support/control.ts'
import { aBoltApp, aWorkspace, clientOf, refusal } from './support/fixture.ts'
import { rawSocket } from './support/raw-socket.ts'

describe('faults of calls', () => {
  it('an error strikes as often as asked, after as many calls as asked, where asked', async () => {
    const { client, control, ops, general } = await aWorkspace()
    const post = (channel: string) => client.chat.postMessage({ channel, text: 'x' })
    await control.post('faults', {
      method: 'chat.postMessage',
      kind: 'error',
      error: 'fatal_error',
      times: 2,
      skip: 1,
      where: { channel: ops },
    })

    await post(ops)
    await post(general)
    expect(await refusal(post(ops))).toBe('fatal_error')
    expect(await refusal(post(ops))).toBe('fatal_error')
    await post(ops)

    expect((await control.messages('ops')).length).toBe(2)
    expect((await control.calls('chat.postMessage')).map(({ fault }) => fault)).toEqual([
      undefined,
      undefined,
      'error',
      'error',
      undefined,
    ])
  })

  it('a lost response means that the work was done and nobody heard', async () => {
    const { client, control, ops } = await aWorkspace()
    await control.post('faults', { method: 'chat.postMessage', kind: 'lose_response' })

    await expect(client.chat.postMessage({ channel: ops, text: 'lost' })).rejects.toThrow('request error')

    expect((await control.messages('ops')).map(({ text }) => text)).toEqual(['lost'])
    expect((await control.calls('chat.postMessage'))[0]).toMatchObject({ status: 0, answer: { ok: true } })
  })

  it('a closed connection means that nothing was done', async () => {
    const { client, control, ops } = await aWorkspace()
    await control.post('faults', { method: 'chat.postMessage', kind: 'close' })

    await expect(client.chat.postMessage({ channel: ops, text: 'x' })).rejects.toThrow('request error')

    expect(await control.messages('ops')).toEqual([])
  })

  it('a real client waits for Retry-After and then succeeds', async () => {
    const { control, ops, workspace } = await aWorkspace()
    const client = clientOf(workspace, workspace.botToken, { retryConfig: { retries: 1, minTimeout: 1 } })
    await control.post('faults', { method: 'chat.postMessage', kind: 'rate_limited', retryAfter: 1 })

    const began = Date.now()
    await client.chat.postMessage({ channel: ops, text: 'x' })

    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000)
    expect(await control.messages('ops')).toHaveLength(1)
  })

  it('a delayed call outlives the patience of the client and still takes effect', async () => {
    const { control, ops, workspace } = await aWorkspace()
    const client = clientOf(workspace, workspace.botToken, { timeout: 50 })
    await control.post('faults', { method: 'chat.postMessage', kind: 'delay', ms: 150 })

    await expect(client.chat.postMessage({ channel: ops, text: 'late' })).rejects.toThrow('request error')

    await eventually(async () => (await control.messages('ops')).length === 1)
  })

  it('strike response URLs and uploads too', async () => {
    const { client, control, workspace } = await aWorkspace()
    const errors: string[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, respond }) => {
        await ack()
        await respond('x').catch((error: Error) => errors.push(error.message))
      })
    })
    await control.post('faults', {
      faults: [
        { method: 'response_url', kind: 'status', status: 500 },
        { method: 'upload', kind: 'status', status: 503 },
      ],
    })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
    expect(await eventually(() => errors[0])).toContain('500')
    const { upload_url } = await client.files.getUploadURLExternal({ filename: 'a', length: 1 })
    expect((await fetch(upload_url!, { method: 'POST', body: 'x' })).status).toBe(503)
    expect((await fetch(upload_url!, { method: 'POST', body: 'x' })).status).toBe(200)
  })

  it('can be listed and taken back', async () => {
    const { client, control } = await aWorkspace()
    await control.post('faults', { method: '*', kind: 'error', error: 'fatal_error', times: 'always' })

    expect((await control.get('faults')).faults.calls).toMatchObject([{ method: '*', left: 'always' }])
    await control.delete('faults')

    await client.auth.test()
    expect((await control.get('faults')).faults.calls).toEqual([])
  })

  it('that do not exist are refused', async () => {
    const { control } = await aWorkspace()

    expect(await control.post('faults', { method: 'x', kind: 'explode' })).toMatchObject({
      status: 400,
      error: 'bad_fault',
    })
    expect(await control.post('faults', { method: 'x', kind: 'status', status: 200 })).toMatchObject({
      status: 400,
    })
    expect(await control.post('faults', { nonsense: true })).toMatchObject({
      status: 400,
      error: 'bad_request',
    })
  })
})

describe('faults of sockets', () => {
  it('refused connections: the app does not get in until they end', async () => {
    const { control, workspace } = await aWorkspace()
    await control.post('faults', { socket: 'refuse', error: 'invalid_auth', times: 2 })
    const open = () => clientOf(workspace, workspace.appToken).apps.connections.open()

    expect(await refusal(open())).toBe('invalid_auth')
    expect(await refusal(open())).toBe('invalid_auth')
    expect((await open()).url).toMatch(/^ws:/)
  })

  it('dropped connections: everything is cut at once', async () => {
    const { control, workspace } = await aWorkspace()
    const { socket, next } = await rawSocket(workspace)
    await next('hello')

    await control.post('faults', { socket: 'drop' })

    await eventually(() => socket.readyState === socket.CLOSED)
    expect((await control.get('faults')).sockets).toBe(0)
  })

  it('a duplicated envelope runs the handler of real Bolt twice', async () => {
    const { control, workspace } = await aWorkspace()
    const commands: string[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command }) => {
        await ack()
        commands.push(command.text)
      })
    })
    await control.post('faults', { socket: 'duplicate', type: 'slash_commands' })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover one' })
    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover two' })
    await eventually(() => commands.length === 3)

    expect(commands.toSorted()).toEqual(['one', 'one', 'two'])
  })

  it('a real client reconnects by itself after a disconnect', async () => {
    const { control, workspace } = await aWorkspace()
    const running = await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack }) => ack('back'))
    })
    const lost: Answer[] = []
    running.receiver.client.on('reconnecting', () => lost.push(true))

    await control.post('faults', { socket: 'disconnect', reason: 'refresh_requested' })
    await eventually(async () => (await control.get('faults')).sockets === 1, 9_000)

    expect(lost).toHaveLength(1)
    const answer = await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
    expect(answer.ephemeral[0].text).toBe('back')
  })
})
