import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Answer } from './support/control.ts'
import { eventually } from './support/control.ts'
import type { Fixture } from './support/fixture.ts'
import { aBoltApp, aWorkspace, buttons, section } from './support/fixture.ts'
import { rawSocket } from './support/raw-socket.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })

describe('a click', () => {
  it('presses only what is there now; a stale click presses what was there before', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    const pressed: Answer[] = []
    await aBoltApp(workspace, (app) => {
      app.action(/.*/, async ({ ack, action }) => {
        await ack()
        pressed.push(action)
      })
    })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'x', blocks: buttons('go', 'stop') })
    await client.chat.update({ channel: ops, ts: ts!, text: 'decided', blocks: buttons('undo') })
    const click = (action_id: string, more: object = {}) =>
      control.post('click', { user: 'ana', channel: 'ops', ts, action_id, ...more })

    expect(await click('go')).toMatchObject({
      status: 409,
      error: 'no_such_action',
      hint: expect.stringContaining('[UNDO](undo)'),
    })
    expect(pressed).toEqual([])
    expect(await click('go', { stale: true })).toMatchObject({ ok: true })
    await client.chat.delete({ channel: ops, ts: ts! })
    expect(await click('undo')).toMatchObject({ status: 404, error: 'unknown_message' })
    expect(await click('undo', { stale: true })).toMatchObject({ ok: true })
    expect(pressed.map(({ value }) => value)).toEqual(['go-value', 'undo-value'])
  })

  it('wants to know which, when several buttons have the same action', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    const values: unknown[] = []
    await aBoltApp(workspace, (app) => {
      app.action('tick', async ({ ack, action }) => {
        await ack()
        values.push('value' in action ? action.value : undefined)
      })
    })
    const line = (value: string) => ({
      ...section(value),
      block_id: `line-${value}`,
      accessory: { type: 'button' as const, action_id: 'tick', value, text: plain('Done') },
    })
    const { ts } = await client.chat.postMessage({
      channel: ops,
      text: 'x',
      blocks: [line('one'), line('two')],
    })
    const click = (more: object) =>
      control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'tick', ...more })

    expect(await click({})).toMatchObject({ status: 409, error: 'ambiguous_action' })
    await click({ value: 'two' })
    await click({ block_id: 'line-one' })

    expect(values).toEqual(['two', 'one'])
  })

  it('cannot be made by somebody who does not see the message', async () => {
    const { client, control, id } = await aWorkspace()
    const { channel } = await client.conversations.create({ name: 'secret', is_private: true })
    await client.conversations.invite({ channel: channel!.id!, users: id('ana') })
    const { ts } = await client.chat.postMessage({ channel: channel!.id!, text: 'x', blocks: buttons('go') })
    const click = (user: string) => control.post('click', { user, channel: 'secret', ts, action_id: 'go' })

    expect(await click('nino')).toMatchObject({ status: 404, error: 'unknown_channel' })
    expect(await click('nobody')).toMatchObject({ status: 404, error: 'unknown_user' })
    expect(await click('cutover')).toMatchObject({ status: 409, error: 'bot_user' })
    expect(await click('ana')).toMatchObject({ error: 'dispatch_failed' })
  })

  it('on a menu chooses one of its options, by value or by label', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    const chosen: Answer[] = []
    await aBoltApp(workspace, (app) => {
      app.action('pick', async ({ ack, action }) => {
        await ack()
        chosen.push(action)
      })
    })
    const options = ['Retry', 'Skip'].map((label) => ({ text: plain(label), value: label.toLowerCase() }))
    const blocks = [{ ...section('x'), accessory: { type: 'overflow' as const, action_id: 'pick', options } }]
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'x', blocks })
    const pick = (value?: string) =>
      control.post('click', { user: 'ana', channel: 'ops', ts, action_id: 'pick', value })

    expect(await pick('abort')).toMatchObject({ status: 400, error: 'impossible_choice' })
    expect(await pick()).toMatchObject({ status: 400, error: 'impossible_choice' })
    await pick('Skip')

    expect(chosen[0]).toMatchObject({ type: 'overflow', selected_option: { value: 'skip' } })
  })
})

/** A modal with one input of each kind that matters, opened for ana. */
async function anOpenModal(fixture: Fixture, onSubmit: (values: Answer) => Answer) {
  const { client, control, workspace, id } = fixture
  const closed: Answer[] = []
  await aBoltApp(workspace, (app) => {
    app.command('/cutover', async ({ ack, command }) => {
      await ack()
      await client.views.open({
        trigger_id: command.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'start',
          private_metadata: 'c1',
          notify_on_close: true,
          title: plain('Start'),
          submit: plain('Start'),
          blocks: [
            {
              type: 'input',
              block_id: 'name',
              label: plain('Name'),
              element: { type: 'plain_text_input', action_id: 'text', max_length: 10 },
            },
            {
              type: 'input',
              block_id: 'lead',
              label: plain('Lead'),
              element: { type: 'users_select', action_id: 'user', initial_user: id('levan') },
            },
            {
              type: 'input',
              block_id: 'observers',
              optional: true,
              label: plain('Observers'),
              element: { type: 'multi_users_select', action_id: 'users' },
            },
            {
              type: 'input',
              block_id: 'at',
              optional: true,
              label: plain('At'),
              element: { type: 'datetimepicker', action_id: 'time' },
            },
          ],
        },
      })
    })
    app.view('start', async ({ ack, view, body }) => {
      const answer = onSubmit({ values: view.state.values, metadata: view.private_metadata, body })
      if (answer === 'silence') return
      await (answer === undefined ? ack() : ack(answer))
    })
    app.view({ callback_id: 'start', type: 'view_closed' }, async ({ ack, body }) => {
      await ack()
      closed.push(body)
    })
  })
  await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover' })
  const [view] = await eventually(async () => {
    const { views } = await control.get('users/ana/views')
    return views.length > 0 ? views : undefined
  })
  return {
    view,
    closed,
    submit: (values: object, user = 'ana') => control.post('submit', { user, view_id: view.id, values }),
    views: async (user = 'ana') => (await control.get(`users/${user}/views`)).views,
  }
}

describe('a submission', () => {
  it('sends what was entered, by name where Slack has ids, and closes the modal', async () => {
    const fixture = await aWorkspace()
    const sent: Answer[] = []
    const modal = await anOpenModal(fixture, (submission) => void sent.push(submission))

    const answer = await modal.submit({
      name: 'Ward OPS',
      observers: ['nino', 'giorgi'],
      'at.time': 1_800_000_000,
    })

    expect(answer).toMatchObject({ ok: true, closed: true })
    expect(await modal.views()).toEqual([])
    expect(sent[0]).toMatchObject({
      metadata: 'c1',
      values: {
        name: { text: { type: 'plain_text_input', value: 'Ward OPS' } },
        lead: { user: { selected_user: fixture.id('levan') } },
        observers: { users: { selected_users: [fixture.id('nino'), fixture.id('giorgi')] } },
        at: { time: { selected_date_time: 1_800_000_000 } },
      },
      body: { user: { id: fixture.id('ana'), name: 'ana' }, trigger_id: expect.any(String) },
    })
  })

  it('is held back by the client when a field is missing or too long', async () => {
    const sent: Answer[] = []
    const modal = await anOpenModal(await aWorkspace(), (submission) => void sent.push(submission))

    expect(await modal.submit({})).toMatchObject({
      ok: false,
      sent: false,
      errors: { name: 'Please complete this required field.' },
    })
    expect(await modal.submit({ name: 'much too long a name' })).toMatchObject({
      errors: { name: 'Must be at most 10 characters.' },
    })
    expect(await modal.submit({ nome: 'x' })).toMatchObject({ status: 400, error: 'unknown_input' })
    expect(await modal.submit({ lead: 'nobody' })).toMatchObject({ status: 400, error: 'impossible_choice' })
    expect(sent).toEqual([])
  })

  it('shows the errors of the app and keeps what was entered', async () => {
    const modal = await anOpenModal(await aWorkspace(), ({ values }) =>
      values.name.text.value === 'taken'
        ? { response_action: 'errors', errors: { name: 'Taken.' } }
        : undefined,
    )

    expect(await modal.submit({ name: 'taken' })).toMatchObject({ ok: false, errors: { name: 'Taken.' } })
    expect((await modal.views())[0]).toMatchObject({
      errors: { name: 'Taken.' },
      state: { values: { name: { text: { value: 'taken' } } } },
    })
    expect(await modal.submit({ name: 'free' })).toMatchObject({ ok: true, closed: true })
  })

  it('can update the modal, push another, or close them all', async () => {
    const answers: Answer[] = ['update', 'push', 'clear'].map((response_action) => ({
      response_action,
      ...(response_action === 'clear'
        ? {}
        : {
            view: {
              type: 'modal',
              callback_id: 'start',
              title: plain(response_action),
              submit: plain('Next'),
              blocks: [],
            },
          }),
    }))
    const fixture = await aWorkspace()
    const modal = await anOpenModal(fixture, () => answers.shift())

    const updated = await modal.submit({ name: 'x' })
    expect(updated.updated).toMatchObject({ id: modal.view.id, title: { text: 'update' } })
    const pushed = await modal.submit({})
    expect(pushed.pushed).toMatchObject({ previous_view_id: modal.view.id, title: { text: 'push' } })
    expect(await modal.submit({})).toMatchObject({ status: 409, error: 'covered_view' })
    const cleared = await fixture.control.post('submit', {
      user: 'ana',
      view_id: pushed.pushed.id,
      values: {},
    })
    expect(cleared).toMatchObject({ ok: true, closed: true })
    expect(await modal.views()).toEqual([])
  })

  it('that is not answered, or answered with nonsense, leaves the modal open', async () => {
    const answers: Answer[] = ['silence', { response_action: 'errors', errors: { nowhere: 'x' } }]
    const modal = await anOpenModal(await aWorkspace({ timings: { ackMs: 100 } }), () => answers.shift())

    const trouble = { ok: false, sent: true, error: 'no_answer', hint: expect.stringContaining('Try again') }
    expect(await modal.submit({ name: 'x' })).toMatchObject(trouble)
    expect(await modal.submit({ name: 'x' })).toMatchObject(trouble)
    expect(await modal.views()).toHaveLength(1)
  })

  it('belongs to the person whose modal it is; closing it tells an app that asked to know', async () => {
    const fixture = await aWorkspace()
    const modal = await anOpenModal(fixture, () => undefined)

    expect(await modal.submit({ name: 'x' }, 'nino')).toMatchObject({ status: 404, error: 'unknown_view' })
    await fixture.control.post('close', { user: 'ana', view_id: modal.view.id })

    expect(modal.closed[0]).toMatchObject({ type: 'view_closed', is_cleared: false })
    expect(await modal.views()).toEqual([])
  })
})

describe('a command', () => {
  it('carries references for the names it mentions, and nobody can smuggle markup in', async () => {
    const { control, id, ops, workspace } = await aWorkspace()
    const texts: string[] = []
    await aBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command }) => {
        await ack()
        texts.push(command.text)
      })
    })

    await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover assign lead @nino in #ops' })
    await control.post('command', {
      user: 'ana',
      channel: 'ops',
      text: '/cutover note <!channel> $(rm) --flag',
    })

    expect(texts).toEqual([
      `assign lead <@${id('nino')}|nino> in <#${ops}|ops>`,
      'note &lt;!channel&gt; $(rm) --flag',
    ])
  })

  it('is refused where the person could not send it', async () => {
    const { control } = await aWorkspace()
    const send = (user: string, channel: string, text: string) =>
      control.post('command', { user, channel, text })

    expect(await send('ana', 'ops', '/nothing')).toMatchObject({ status: 400, error: 'unknown_command' })
    expect(await send('guest', 'ops', '/cutover')).toMatchObject({ status: 404, error: 'unknown_channel' })
    expect(await send('ana', 'nowhere', '/cutover')).toMatchObject({ status: 404 })
    expect(await control.post('command', { user: 'ana' })).toMatchObject({
      status: 400,
      error: 'bad_request',
    })
  })
})

describe('a shortcut', () => {
  it('hands the app the message it was used on', async () => {
    const { control, workspace } = await aWorkspace()
    const used: Answer[] = []
    await aBoltApp(workspace, (app) => {
      app.shortcut('add_to_timeline', async ({ ack, shortcut }) => {
        await ack()
        used.push(shortcut)
      })
    })
    const { message } = await control.post('message', {
      user: 'nino',
      channel: 'ops',
      text: 'the disk is full',
    })

    const place = { user: 'ana', channel: 'ops', ts: message.ts }
    await control.post('shortcut', { ...place, callback_id: 'add_to_timeline' })

    expect(used[0]).toMatchObject({
      type: 'message_action',
      user: { name: 'ana' },
      message: { text: 'the disk is full' },
      message_ts: message.ts,
    })
    expect(await control.post('shortcut', { ...place, callback_id: 'x' })).toMatchObject({
      error: 'unknown_shortcut',
    })
  })
})

describe('what can be looked at', () => {
  it('messages with their replies, pins, metadata and readable text', async () => {
    const { client, control, ops, id } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({
      channel: ops,
      text: 'fallback',
      blocks: [section(`<@${id('ana')}> &amp; <https://example.test|runbook>`), ...buttons('go', 'stop')],
      metadata: { event_type: 'key', event_payload: { n: 1 } },
    })
    await client.chat.postMessage({ channel: ops, thread_ts: ts!, text: 'in the thread' })
    await client.pins.add({ channel: ops, timestamp: ts! })

    const message = (await control.messages('ops')).find((shown) => shown.ts === ts)

    expect(message).toMatchObject({
      userName: 'cutover',
      plain: '@ana & runbook\n[GO](go) [STOP](stop)',
      pinned: true,
      metadata: { event_payload: { n: 1 } },
      replies: [{ text: 'in the thread' }],
    })
  })

  it('only the last messages when that is enough, and what the app told one person', async () => {
    const { client, control, id, ops } = await aWorkspace()
    for (const text of ['one', 'two', 'three']) await client.chat.postMessage({ channel: ops, text })
    await client.chat.postMessage({ channel: id('ana'), text: 'your turn' })

    expect((await control.messages('ops?limit=2')).map(({ text }) => text)).toEqual(['two', 'three'])
    expect((await control.messages('@ana')).map(({ text }) => text)).toEqual(['your turn'])
  })

  it('everything goes back to the beginning with a reset', async () => {
    const { client, control, ops } = await aWorkspace()
    await client.chat.postMessage({ channel: ops, text: 'x' })
    await client.conversations.create({ name: 'new' })
    await control.post('faults', { method: '*', kind: 'error', error: 'fatal_error', times: 'always' })

    await control.post('reset')

    const { channels } = await control.get('channels')
    expect(channels.map(({ name }: Answer) => name)).toEqual(['general', 'ops'])
    expect(channels[1].id).toBe(ops)
    expect(await control.messages('ops')).toEqual([])
    await client.chat.postMessage({ channel: ops, text: 'as before' })
    expect(await control.calls('conversations.create')).toEqual([])
  })
})

describe('who may drive the workspace', () => {
  const ask = (address: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request(address, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .on('error', reject)
        .end()
    })

  it('this machine only: foreign names and foreign pages are refused', async () => {
    const { workspace } = await aWorkspace()
    const port = new URL(workspace.url).port
    const channels = `${workspace.url}/control/channels`

    expect(await ask(channels, {})).toBe(200)
    expect(await ask(channels, { host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200)
    expect(await ask(channels, { host: 'evil.example' })).toBe(403)
    expect(await ask(channels, { origin: 'https://evil.example' })).toBe(403)
    expect(await ask(channels, { origin: 'null' })).toBe(403)
    expect(await ask(`${workspace.url}/page/state`, { host: 'evil.example' })).toBe(403)
  })

  it('bad requests are told what is wrong', async () => {
    const { control, workspace } = await aWorkspace()

    expect(await control.post('clikc', {})).toMatchObject({ status: 404, error: 'not_found' })
    expect(await control.get('channels/nowhere/messages')).toMatchObject({
      status: 404,
      error: 'unknown_channel',
    })
    expect(await control.get('users/nobody/home')).toMatchObject({ status: 404, error: 'unknown_user' })
    const response = await fetch(`${workspace.url}/control/message`, { method: 'POST', body: '[1]' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'bad_request' })
  })
})

it('two of the same name are refused at the start', async () => {
  const twins = {
    users: [
      { name: 'ana', realName: 'A' },
      { name: 'ana', realName: 'B' },
    ],
  }

  await expect(aWorkspace(twins)).rejects.toThrow('Two users of the workspace are called "ana"')
})

it('people make channels, join them and invite others; the app hears of it', async () => {
  const { control, workspace } = await aWorkspace()
  const socket = await rawSocket(workspace)
  await control.post('channels', { user: 'ana', name: 'war-room' })
  await control.post('invite', { user: 'ana', channel: 'war-room', invitee: 'cutover' })
  await control.post('join', { user: 'nino', channel: 'war-room' })

  const { channels } = await control.get('channels')
  expect(channels.at(-1)).toMatchObject({ name: 'war-room', members: ['ana', 'cutover', 'nino'] })
  await eventually(() => socket.heard.some(({ payload }) => payload?.event?.type === 'member_joined_channel'))
  expect(await control.post('channels', { user: 'ana', name: 'ops' })).toMatchObject({
    status: 409,
    error: 'name_taken',
  })
})
