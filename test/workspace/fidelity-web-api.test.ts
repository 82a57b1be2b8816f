import { describe, expect, it } from 'vitest'
import {
  aBoltApp,
  aWorkspace,
  buttons,
  clientOf,
  refusal,
  refusalDetails,
  section,
} from './support/fixture.ts'
import { eventually } from './support/control.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const modal = (title = 'Start') => ({ type: 'modal' as const, title: plain(title), blocks: [section('one')] })

describe('1. bodies', () => {
  it('are forms with nested values as JSON, multipart when there are bytes, and the token is in the header', async () => {
    const { client, control, ops, workspace } = await aWorkspace()

    await client.chat.postMessage({ channel: ops, text: 'a & b', blocks: buttons('go') })
    const multipart = new FormData()
    multipart.append('channel', ops)
    multipart.append('text', 'by multipart')
    const sent = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      body: multipart,
      headers: { authorization: `Bearer ${workspace.botToken}` },
    })

    expect(await sent.json()).toMatchObject({ ok: true })
    const [first, second] = await control.calls('chat.postMessage')
    expect(JSON.parse(first.args.blocks)).toEqual(buttons('go'))
    expect(first.args).not.toHaveProperty('token')
    expect(second.args.text).toBe('by multipart')
  })
})

describe('2. errors', () => {
  it('of the business come as 200 with ok false; 429, 5xx, hanging and closing come from faults only', async () => {
    const { control, workspace } = await aWorkspace()
    const call = (method: string, signal?: AbortSignal) =>
      fetch(`${workspace.apiUrl}${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${workspace.botToken}` },
        ...(signal === undefined ? {} : { signal }),
      })

    const business = await call('chat.postMessage')
    expect(business.status).toBe(200)
    expect(await business.json()).toMatchObject({ ok: false, error: 'invalid_arguments' })

    await control.post('faults', { method: 'auth.test', kind: 'rate_limited', retryAfter: 7 })
    const limited = await call('auth.test')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
    await control.post('faults', { method: 'auth.test', kind: 'status', status: 503 })
    expect((await call('auth.test')).status).toBe(503)
    await control.post('faults', { method: 'auth.test', kind: 'close' })
    await expect(call('auth.test')).rejects.toThrow('fetch failed')
    await control.post('faults', { method: 'auth.test', kind: 'hang' })
    await expect(call('auth.test', AbortSignal.timeout(100))).rejects.toThrow('timeout')
    expect((await call('auth.test')).status).toBe(200)
  })

  it('tell a missing, wrong, misplaced and revoked token apart', async () => {
    const { client, control, workspace } = await aWorkspace()
    const withToken = (token: string) => refusal(clientOf(workspace, token).auth.test())

    expect(await withToken('')).toBe('not_authed')
    expect(await withToken('xoxb-local-other')).toBe('invalid_auth')
    expect(await withToken(workspace.appToken)).toBe('not_allowed_token_type')
    expect(await refusal(client.apps.connections.open())).toBe('not_allowed_token_type')
    await control.post('faults', { token: 'bot', state: 'revoked' })
    expect(await refusal(client.auth.test())).toBe('token_revoked')
    await control.post('faults', { token: 'bot', state: 'valid' })
    await client.auth.test()
  })

  it('say which scope is missing when the manifest does not ask for it', async () => {
    const { client, ops } = await aWorkspace({
      manifest: {
        display_information: { name: 'Small' },
        features: { bot_user: { display_name: 'small' } },
        oauth_config: { scopes: { bot: ['chat:write'] } },
        settings: {},
      },
    })

    expect(await refusalDetails(client.users.list({}))).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
    })
    expect(await refusal(client.chat.postMessage({ channel: ops, text: 'x' }))).toBe('not_in_channel')
  })
})

describe('scopes', () => {
  it('differ for public and private channels, as the manifest asks for them', async () => {
    const { client } = await aWorkspace({
      manifest: {
        display_information: { name: 'Public only' },
        features: { bot_user: { display_name: 'public' } },
        oauth_config: { scopes: { bot: ['channels:manage', 'channels:read', 'users:read'] } },
        settings: {},
      },
    })
    const { channel } = await client.conversations.create({ name: 'open' })
    const missing = async (call: Promise<unknown>) => (await refusalDetails(call))['needed']

    expect(await missing(client.conversations.create({ name: 'closed', is_private: true }))).toBe(
      'groups:write',
    )
    expect(await missing(client.conversations.list({ types: 'public_channel,private_channel' }))).toBe(
      'groups:read',
    )
    expect(await missing(client.conversations.history({ channel: channel!.id! }))).toContain(
      'channels:history',
    )
    const { members } = await client.users.list({})
    expect(members!.some((user) => user.profile?.email !== undefined)).toBe(false)
  })

  it('a manifest that is none is refused with the place', async () => {
    await expect(aWorkspace({ manifest: { features: {} } })).rejects.toThrow(
      'The app manifest cannot be installed',
    )
  })
})

describe('8. trigger ids', () => {
  it('open one view within three seconds, and the stack is three deep', async () => {
    const { client, control, id, workspace } = await aWorkspace({ timings: { triggerMs: 300 } })
    const triggers: string[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command }) => {
        triggers.push(command.trigger_id)
        await ack()
      })
    })
    const trigger = async () => {
      await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
      return triggers.at(-1)!
    }
    const open = (trigger_id: string) => client.views.open({ trigger_id, view: modal() })
    const push = async () => client.views.push({ trigger_id: await trigger(), view: modal() })

    const first = await trigger()
    const opened = await open(first)
    expect(await refusal(open(first))).toBe('exchanged_trigger_id')
    expect(await refusal(open('123.456.abc'))).toBe('invalid_trigger_id')
    const late = await trigger()
    await new Promise((resolve) => setTimeout(resolve, 350))
    expect(await refusal(open(late))).toBe('expired_trigger_id')

    const second = await push()
    expect(second.view).toMatchObject({ root_view_id: opened.view!.id, previous_view_id: opened.view!.id })
    await push()
    expect(await refusal(push())).toBe('push_limit_reached')
    expect((await control.get('users/ana/views')).views).toHaveLength(3)
    expect((await control.get('users/nino/views')).views).toEqual([])
    expect(id('ana')).toMatch(/^U0/)
  })

  it('a view that breaks a limit is refused with its place, and its trigger stays good', async () => {
    const { client, control, workspace } = await aWorkspace()
    const answers: unknown[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command }) => {
        await ack()
        const { trigger_id } = command
        answers.push(await refusalDetails(client.views.open({ trigger_id, view: modal('x'.repeat(25)) })))
        answers.push(await client.views.open({ trigger_id, view: modal() }))
      })
    })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
    await eventually(() => answers.length === 2)

    expect(answers[0]).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: {
        messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
      },
    })
    expect(answers[1]).toMatchObject({ ok: true })
  })
})

describe('9. response URLs', () => {
  it('work five times, and say used_url afterwards', async () => {
    const { control, workspace } = await aWorkspace()
    const statuses: number[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command }) => {
        await ack()
        for (let n = 0; n < 6; n += 1) {
          const response = await fetch(command.response_url, {
            method: 'POST',
            body: JSON.stringify({
              text: `answer ${n}`,
              response_type: n === 0 ? 'in_channel' : 'ephemeral',
            }),
            headers: { 'content-type': 'application/json' },
          })
          statuses.push(response.status)
        }
      })
    })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
    await eventually(() => statuses.length === 6)

    expect(statuses).toEqual([200, 200, 200, 200, 200, 404])
    expect((await control.messages('ops')).map(({ text }) => text)).toEqual(['answer 0'])
    expect((await control.get('users/ana/ephemeral')).messages).toHaveLength(4)
  })

  it('expire', async () => {
    const { control, workspace } = await aWorkspace({ timings: { responseUrlMs: 20 } })
    const errors: string[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, respond }) => {
        await ack()
        await new Promise((resolve) => setTimeout(resolve, 40))
        await respond('late').catch((error: Error) => errors.push(error.message))
      })
    })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })

    expect(await eventually(() => errors[0])).toContain('404')
  })

  it('replace and delete the original, ephemeral ones too, which are never in the history', async () => {
    const { client, control, ops, id, workspace } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    await aBoltApp(workspace, (app) => {
      app.action('change', async ({ ack, respond }) => {
        await ack()
        await respond({ text: 'changed', blocks: buttons('remove'), replace_original: true })
      })
      app.action('remove', async ({ ack, respond }) => {
        await ack()
        await respond({ delete_original: true })
      })
    })
    await client.chat.postEphemeral({ channel: ops, user: id('ana'), text: 'x', blocks: buttons('change') })
    const own = async () => (await control.get('users/ana/ephemeral')).messages
    const [{ ts }] = await own()

    await control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'change' })
    await eventually(async () => (await own())[0].text === 'changed')
    const history = await client.conversations.history({ channel: ops })
    expect(history.messages!.map(({ text }) => text)).not.toContain('changed')

    await control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'remove' })
    await eventually(async () => (await own()).length === 0)
  })
})

describe('11. channel rules', () => {
  it('hold for names', async () => {
    const { client } = await aWorkspace()
    const create = (name: string) => refusal(client.conversations.create({ name }))

    expect(await create('ops')).toBe('name_taken')
    expect(await create('Upper')).toBe('invalid_name')
    expect(await create('with space')).toBe('invalid_name')
    expect(await create('dots.and!more')).toBe('invalid_name_specials')
    expect(await create('--')).toBe('invalid_name_punctuation')
    expect(await create('x'.repeat(81))).toBe('invalid_name_maxlength')
    await client.conversations.create({ name: 'x'.repeat(80) })
    const { channel } = await client.conversations.create({ name: 'archived-one' })
    await client.conversations.archive({ channel: channel!.id! })
    expect(await create('archived-one')).toBe('name_taken')
  })

  it('hold for invitations, topics and members', async () => {
    const { client, ops, id } = await aWorkspace()
    const { channel } = await client.conversations.create({ name: 'c' })
    const here = channel!.id!
    const invite = (users: string, force?: boolean) =>
      client.conversations.invite({ channel: here, users, ...(force === undefined ? {} : { force }) })
    const self = (await client.auth.test()).user_id!

    expect(await refusal(client.conversations.invite({ channel: ops, users: id('ana') }))).toBe(
      'not_in_channel',
    )
    expect(await refusal(invite(self))).toBe('cant_invite_self')
    expect(await refusal(invite(`${id('ana')},U000`))).toBe('user_not_found')
    expect((await client.conversations.members({ channel: here })).members).toEqual([self])
    await invite(`${id('ana')},U000`, true)
    expect(await refusal(invite(id('ana')))).toBe('already_in_channel')
    expect(await refusal(invite(Array.from({ length: 101 }, () => id('nino')).join(',')))).toBe(
      'too_many_users',
    )
    await client.conversations.setTopic({ channel: here, topic: 'x'.repeat(250) })
    expect(await refusal(client.conversations.setTopic({ channel: here, topic: 'x'.repeat(251) }))).toBe(
      'too_long',
    )
  })

  it('hide a private channel from an app that is no member', async () => {
    const { client, control } = await aWorkspace()
    const made = await control.post('channels', { user: 'ana', name: 'secret', isPrivate: true })
    const post = () => client.chat.postMessage({ channel: made.channel.id, text: 'x' })

    expect(await refusal(client.conversations.info({ channel: made.channel.id }))).toBe('channel_not_found')
    expect(await refusal(post())).toBe('channel_not_found')
    expect(await refusal(client.conversations.create({ name: 'secret' }))).toBe('name_taken')
    await control.post('invite', { user: 'ana', channel: 'secret', invitee: 'cutover' })
    await post()
  })
})

describe('13. chat.update', () => {
  it('takes blocks away with text alone, keeps them with neither, and marks only text as edited', async () => {
    const { client, control, ops } = await aWorkspace()
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'one', blocks: [section('one')] })
    const update = (change: object) => client.apiCall('chat.update', { channel: ops, ts: ts!, ...change })
    const now = async () => (await control.messages('ops'))[0]

    await update({ metadata: { event_type: 'k', event_payload: {} } })
    expect(await now()).toMatchObject({ text: 'one', plain: 'one', metadata: { event_type: 'k' } })
    await update({ text: 'two', blocks: [section('two')] })
    expect(await now()).not.toHaveProperty('edited')
    await update({ text: 'three' })
    expect(await now()).toMatchObject({
      text: 'three',
      blocks: [],
      edited: {},
      metadata: { event_type: 'k' },
    })
    await update({ text: 'four', metadata: {} })
    expect(await now()).not.toHaveProperty('metadata')
    expect(await refusal(update({ blocks: [] }))).toBe('no_text')
  })

  it('metadata comes back only when it is asked for', async () => {
    const { client, ops } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const metadata = { event_type: 'cutover', event_payload: { key: 'board' } }
    await client.chat.postMessage({ channel: ops, text: 'board', metadata })

    const without = await client.conversations.history({ channel: ops, limit: 1 })
    const withIt = await client.conversations.history({ channel: ops, limit: 1, include_all_metadata: true })

    expect(without.messages![0]).not.toHaveProperty('metadata')
    expect(withIt.messages![0]).toMatchObject({ metadata })
  })
})

describe('14. blocks', () => {
  it('that break a limit are refused with the place, and nothing is posted', async () => {
    const { client, control, ops } = await aWorkspace()
    const post = (blocks: object[] | string) =>
      refusalDetails(client.apiCall('chat.postMessage', { channel: ops, text: 'x', blocks }))

    expect(await post([section('x'.repeat(3_001))])).toMatchObject({
      error: 'invalid_blocks',
      errors: ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
      response_metadata: {
        messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
      },
    })
    expect(await post('not json')).toMatchObject({ error: 'invalid_blocks_format' })
    expect(await post(Array.from({ length: 6 }, () => section('x'.repeat(2_500))))).toMatchObject({
      error: 'msg_blocks_too_long',
    })
    expect(await control.messages('ops')).toEqual([])
  })

  it('get ids and Slack’s defaults written in', async () => {
    const { client, control, ops } = await aWorkspace()
    const first = await client.chat.postMessage({ channel: ops, text: 'x', blocks: [section('one')] })
    const before = (await control.messages('ops'))[0].blocks[0]
    await client.chat.update({ channel: ops, ts: first.ts!, text: 'x', blocks: [section('one')] })
    const after = (await control.messages('ops'))[0].blocks[0]

    expect(before).toMatchObject({ text: { verbatim: false } })
    expect(before.block_id).not.toBe(after.block_id)
  })
})

describe('15. rate limits', () => {
  it('let a few messages a second through in one channel and then say when to come back', async () => {
    const { control, ops, general, workspace } = await aWorkspace({ rateLimits: true })
    const client = clientOf(workspace, workspace.botToken, { rejectRateLimitedCalls: true })
    const post = (channel: string) => client.chat.postMessage({ channel, text: 'x' })

    for (let n = 0; n < 4; n += 1) await post(ops)
    await expect(post(ops)).rejects.toMatchObject({ retryAfter: 1 })
    await post(general)

    await control.post('faults', { rateLimits: false })
    for (let n = 0; n < 10; n += 1) await post(ops)
  })

  it('count updates by method: fifty a minute for the whole workspace', async () => {
    const { ops, workspace } = await aWorkspace({ rateLimits: true })
    const client = clientOf(workspace, workspace.botToken, { rejectRateLimitedCalls: true })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'x' })
    const update = () => client.chat.update({ channel: ops, ts: ts!, text: 'y' })

    const results = await Promise.allSettled(Array.from({ length: 60 }, update))
    const refused = results.filter(({ status }) => status === 'rejected').length

    expect(refused).toBeGreaterThanOrEqual(8)
    expect(refused).toBeLessThanOrEqual(10)
  })
})
