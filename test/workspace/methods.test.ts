import { describe, expect, it } from 'vitest'
import { aWorkspace, buttons, refusal, refusalDetails, section } from './support/fixture.ts'
import { eventually } from './support/control.ts'

describe('who and where', () => {
  it('auth.test, team.info and bots.info agree on who the app is', async () => {
    const { client, workspace } = await aWorkspace()

    const auth = await client.auth.test()
    const team = await client.team.info()
    const bot = await client.bots.info({ bot: auth.bot_id! })

    expect(auth).toMatchObject({ ok: true, team_id: workspace.teamId, user: 'cutover' })
    expect(team.team?.id).toBe(workspace.teamId)
    expect(bot.bot).toMatchObject({ id: auth.bot_id, user_id: auth.user_id })
    expect(await refusal(client.bots.info({ bot: 'B000' }))).toBe('bot_not_found')
  })

  it('users.info, users.list and users.lookupByEmail know the default team, guests and bots apart', async () => {
    const { client, id } = await aWorkspace()

    const { members } = await client.users.list({})
    const byEmail = await client.users.lookupByEmail({ email: 'nino@example.test' })
    const guest = await client.users.info({ user: id('guest') })

    expect(
      members!.filter((user) => !user.is_bot && user.id !== 'USLACKBOT').map((user) => user.name),
    ).toEqual(['ana', 'giorgi', 'nino', 'levan', 'guest'])
    expect(byEmail.user?.id).toBe(id('nino'))
    expect(guest.user).toMatchObject({ is_restricted: true, is_bot: false })
    expect(await refusal(client.users.info({ user: 'U000' }))).toBe('user_not_found')
    expect(await refusal(client.users.lookupByEmail({ email: 'x@y.z' }))).toBe('users_not_found')
  })

  it('usergroups.list and usergroups.users.list resolve a group to its people', async () => {
    const { client, id } = await aWorkspace()

    const { usergroups } = await client.usergroups.list({ include_users: true })
    const oncall = usergroups!.find((group) => group.handle === 'dba-oncall')!
    const { users } = await client.usergroups.users.list({ usergroup: oncall.id! })

    expect(users).toEqual([id('ana'), id('levan')])
    expect(oncall.users).toEqual(users)
    expect(await refusal(client.usergroups.users.list({ usergroup: 'S000' }))).toBe('no_such_subteam')
  })
})

describe('channels', () => {
  it('conversations.create, invite, members, info and list make a channel with its people', async () => {
    const { client, control, id } = await aWorkspace()

    const { channel } = await client.conversations.create({ name: 'cutover-ward', is_private: true })
    await client.conversations.invite({ channel: channel!.id!, users: `${id('ana')},${id('nino')}` })
    const { members } = await client.conversations.members({ channel: channel!.id! })
    const info = await client.conversations.info({ channel: channel!.id! })
    const publicOnes = await client.conversations.list({})
    const privateOnes = await client.conversations.list({ types: 'private_channel' })

    expect(members).toEqual([(await client.auth.test()).user_id, id('ana'), id('nino')])
    expect(info.channel).toMatchObject({ name: 'cutover-ward', is_private: true, is_member: true })
    expect(publicOnes.channels!.map(({ name }) => name)).toEqual(['general', 'ops'])
    expect(privateOnes.channels!.map(({ name }) => name)).toEqual(['cutover-ward'])
    expect((await control.get('channels')).channels.at(-1)).toMatchObject({ isPrivate: true })
  })

  it('conversations.setTopic, setPurpose and rename change it and say so in the channel', async () => {
    const { client, control } = await aWorkspace()
    const { channel } = await client.conversations.create({ name: 'cutover-ward' })

    await client.conversations.setTopic({ channel: channel!.id!, topic: 'RUNNING' })
    await client.conversations.setPurpose({ channel: channel!.id!, purpose: 'key:1' })
    await client.conversations.rename({ channel: channel!.id!, name: 'cutover-ward-2' })

    const info = await client.conversations.info({ channel: channel!.id! })
    expect(info.channel).toMatchObject({
      name: 'cutover-ward-2',
      previous_names: ['cutover-ward'],
      topic: { value: 'RUNNING' },
      purpose: { value: 'key:1' },
    })
    const subtypes = (await control.messages('cutover-ward-2')).map((message) => message.subtype)
    expect(subtypes).toEqual(['channel_topic', 'channel_purpose', 'channel_name'])
  })

  it('conversations.archive and unarchive close a channel and open it again', async () => {
    const { client } = await aWorkspace()
    const { channel } = await client.conversations.create({ name: 'old' })
    const id = channel!.id!

    await client.conversations.archive({ channel: id })

    expect(await refusal(client.conversations.archive({ channel: id }))).toBe('already_archived')
    expect(await refusal(client.chat.postMessage({ channel: id, text: 'late' }))).toBe('is_archived')
    expect(
      (await client.conversations.list({ exclude_archived: true })).channels!.map((c) => c.name),
    ).not.toContain('old')
    await client.conversations.unarchive({ channel: id })
    expect(await refusal(client.conversations.unarchive({ channel: id }))).toBe('not_archived')
    await client.chat.postMessage({ channel: id, text: 'in time' })
  })

  it('conversations.join makes the app a member, which conversations.history asks for', async () => {
    const { client, ops } = await aWorkspace()

    expect(await refusal(client.conversations.history({ channel: ops }))).toBe('not_in_channel')
    await client.conversations.join({ channel: ops })

    expect((await client.conversations.history({ channel: ops })).messages).toHaveLength(1)
    expect((await client.conversations.join({ channel: ops }))['warning']).toBe('already_in_channel')
  })

  it('conversations.open gives the same direct conversation each time', async () => {
    const { client, control, id } = await aWorkspace()

    const opened = await client.conversations.open({ users: id('ana') })
    const again = await client.conversations.open({ users: id('ana') })
    await client.chat.postMessage({ channel: id('ana'), text: 'for you' })

    expect(again.channel!.id).toBe(opened.channel!.id)
    expect((await control.messages(opened.channel!.id!))[0].text).toBe('for you')
  })

  it('conversations.history pages backwards and conversations.replies reads a thread forwards', async () => {
    const { client, ops } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'first' })
    await client.chat.postMessage({ channel: ops, text: 'reply', thread_ts: ts! })
    const second = await client.chat.postMessage({ channel: ops, text: 'second' })

    const newest = await client.conversations.history({ channel: ops, limit: 1 })
    const rest = await client.conversations.history({
      channel: ops,
      limit: 10,
      cursor: newest.response_metadata!.next_cursor!,
    })
    const since = await client.conversations.history({
      channel: ops,
      oldest: ts!,
      latest: second.ts!,
      inclusive: true,
    })
    const thread = await client.conversations.replies({ channel: ops, ts: ts! })

    expect(newest.messages!.map(({ text }) => text)).toEqual(['second'])
    expect(rest.messages![0]).toMatchObject({ text: 'first', reply_count: 1 })
    expect(since.messages!.map(({ text }) => text)).toEqual(['second', 'first'])
    expect(thread.messages!.map(({ text }) => text)).toEqual(['first', 'reply'])
    expect(await refusal(client.conversations.replies({ channel: ops, ts: '1.000000' }))).toBe(
      'thread_not_found',
    )
  })
})

describe('messages', () => {
  it('chat.postMessage, update, getPermalink and delete follow one message', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    const posted = await client.chat.postMessage({ channel: '#ops', text: 'one' })
    const where = { channel: ops, ts: posted.ts! }

    await client.chat.update({ ...where, text: 'two' })
    const { permalink } = await client.chat.getPermalink({ channel: ops, message_ts: posted.ts! })

    expect((await control.messages('ops'))[0].text).toBe('two')
    const followed = await fetch(permalink!, { redirect: 'manual' })
    expect(permalink).toContain(`${workspace.url}/archives/${ops}/p`)
    expect(followed.headers.get('location')).toBe('/#channel=ops')
    await client.chat.delete(where)
    expect(await control.messages('ops')).toEqual([])
    expect(await refusal(client.chat.update({ ...where, text: 'three' }))).toBe('message_not_found')
  })

  it('chat.update and chat.delete touch only messages of the app', async () => {
    const { client, control, ops } = await aWorkspace()
    const { message } = await control.post('message', { user: 'ana', channel: 'ops', text: 'mine' })

    expect(await refusal(client.chat.update({ channel: ops, ts: message.ts, text: 'x' }))).toBe(
      'cant_update_message',
    )
    expect(await refusal(client.chat.delete({ channel: ops, ts: message.ts }))).toBe('cant_delete_message')
  })

  it('chat.postEphemeral shows a message to one member of a channel the app is in', async () => {
    const { client, control, ops, id } = await aWorkspace()
    const show = (user: string) =>
      client.chat.postEphemeral({ channel: ops, user: id(user), text: 'only you' })

    expect(await refusal(show('ana'))).toBe('not_in_channel')
    await client.conversations.join({ channel: ops })
    await show('ana')

    expect(await refusal(show('guest'))).toBe('user_not_in_channel')
    expect((await control.get('users/ana/ephemeral')).messages).toMatchObject([
      { text: 'only you', onlyFor: id('ana') },
    ])
    expect((await control.get('users/nino/ephemeral')).messages).toEqual([])
  })

  it('chat.scheduleMessage posts later; the list and the deletion work until then', async () => {
    const { client, control, ops } = await aWorkspace()
    const now = Math.floor(Date.now() / 1000)
    const soon = await client.chat.scheduleMessage({ channel: ops, post_at: now + 2, text: 'soon' })
    const later = await client.chat.scheduleMessage({ channel: ops, post_at: now + 60, text: 'later' })
    const never = await client.chat.scheduleMessage({
      channel: ops,
      post_at: now + 1,
      text: 'with metadata',
      metadata: { event_type: 'key', event_payload: { n: 1 } },
    })

    const waiting = await client.chat.scheduledMessages.list({})
    await client.chat.deleteScheduledMessage({
      channel: ops,
      scheduled_message_id: later.scheduled_message_id!,
    })

    expect(waiting.scheduled_messages!.map(({ id }) => id)).toEqual([
      never.scheduled_message_id,
      soon.scheduled_message_id,
      later.scheduled_message_id,
    ])
    await eventually(async () => (await control.messages('ops')).length > 0, 4_000)
    expect((await control.messages('ops')).map(({ text }) => text)).toEqual(['soon'])
    expect((await client.chat.scheduledMessages.list({})).scheduled_messages).toEqual([])
    const gone = client.chat.deleteScheduledMessage({
      channel: ops,
      scheduled_message_id: later.scheduled_message_id!,
    })
    expect(await refusal(gone)).toBe('invalid_scheduled_message_id')
  })

  it('chat.scheduleMessage refuses the past, the far future and a crowd', async () => {
    const { client, ops } = await aWorkspace()
    const now = Math.floor(Date.now() / 1000)
    const at = (post_at: number) => client.chat.scheduleMessage({ channel: ops, post_at, text: 'x' })

    expect(await refusal(at(now - 1))).toBe('time_in_past')
    expect(await refusal(at(now + 121 * 24 * 3600))).toBe('time_too_far')
    for (let n = 0; n < 30; n += 1) await at(now + 1000 + n)
    expect(await refusal(at(now + 1031))).toBe('restricted_too_many')
  })

  it('a message keeps metadata of a flat shape only', async () => {
    const { client, ops } = await aWorkspace()
    const post = (event_payload: Record<string, unknown>) =>
      client.apiCall('chat.postMessage', {
        channel: ops,
        text: 'x',
        metadata: { event_type: 'key', event_payload },
      })

    await post({ cutover_id: 'c1', seq: 3 })

    expect(await refusal(post({ deep: { deeper: { deepest: 1 } } }))).toBe('invalid_metadata_format')
    expect(await refusal(post({ long: 'x'.repeat(20_000) }))).toBe('metadata_too_large')
  })

  it('chat.postMessage refuses an empty message and cuts one that is too long', async () => {
    const { client, ops } = await aWorkspace()

    expect(await refusal(client.chat.postMessage({ channel: ops, text: '' }))).toBe('no_text')
    const long = await client.chat.postMessage({ channel: ops, text: 'x'.repeat(50_000) })
    expect(long.message!.text).toHaveLength(40_000)
    const update = client.chat.update({ channel: ops, ts: long.ts!, text: 'x'.repeat(4_001) })
    expect(await refusal(update)).toBe('msg_too_long')
    expect(await refusal(client.chat.postMessage({ channel: 'C000', text: 'x' }))).toBe('channel_not_found')
  })
})

describe('marks', () => {
  it('pins.add, list and remove', async () => {
    const { client, control, ops } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'board' })
    const board = { channel: ops, timestamp: ts! }

    await client.pins.add(board)

    expect(await refusal(client.pins.add(board))).toBe('already_pinned')
    expect((await client.pins.list({ channel: ops })).items).toMatchObject([{ message: { text: 'board' } }])
    const shown = (await control.messages('ops')).find((message) => message.ts === ts)
    expect(shown.pinned).toBe(true)
    await client.pins.remove(board)
    expect(await refusal(client.pins.remove(board))).toBe('no_pin')
  })

  it('bookmarks.add, list, edit and remove', async () => {
    const { client, ops } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const add = (link: string) =>
      client.bookmarks.add({ channel_id: ops, title: 'Runbook', type: 'link', link })

    const { bookmark } = await add('https://example.test/runbook')
    await client.bookmarks.edit({ channel_id: ops, bookmark_id: bookmark!.id!, title: 'The runbook' })

    expect((await client.bookmarks.list({ channel_id: ops })).bookmarks).toMatchObject([
      { title: 'The runbook', link: 'https://example.test/runbook' },
    ])
    expect(await refusal(add('javascript:alert(1)'))).toBe('invalid_link')
    await client.bookmarks.remove({ channel_id: ops, bookmark_id: bookmark!.id! })
    expect((await client.bookmarks.list({ channel_id: ops })).bookmarks).toEqual([])
  })

  it('reactions.add, get, list and remove', async () => {
    const { client, ops } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'x' })
    const eyes = { channel: ops, timestamp: ts!, name: 'eyes' }

    await client.reactions.add(eyes)

    expect(await refusal(client.reactions.add(eyes))).toBe('already_reacted')
    const got = await client.reactions.get({ channel: ops, timestamp: ts! })
    expect(got['message']).toMatchObject({ reactions: [{ name: 'eyes', count: 1 }] })
    expect((await client.reactions.list({})).items).toHaveLength(1)
    await client.reactions.remove(eyes)
    expect(await refusal(client.reactions.remove(eyes))).toBe('no_reaction')
  })
})

describe('files', () => {
  it('filesUploadV2 goes through files.getUploadURLExternal, the upload and files.completeUploadExternal', async () => {
    const { client, control, ops, workspace } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'log' })

    await client.filesUploadV2({
      channel_id: ops,
      thread_ts: ts!,
      filename: 'ტესტი.log',
      file: Buffer.from('line 1\nline 2\n'),
      initial_comment: 'The log',
    })

    const log = (await control.messages('ops')).find((message) => message.ts === ts)
    const [file] = log.replies[0].files
    expect(log.replies[0]).toMatchObject({ text: 'The log', files: [{ name: 'ტესტი.log', size: 14 }] })
    const response = await fetch(file.url_private)
    expect(await response.text()).toBe('line 1\nline 2\n')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(file.url_private.startsWith(workspace.url)).toBe(true)
  })

  it('an upload of another length than announced is refused', async () => {
    const { client } = await aWorkspace()
    const { upload_url, file_id } = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 3 })

    const sent = await fetch(upload_url!, { method: 'POST', body: 'four' })

    expect(sent.status).toBe(400)
    const complete = client.files.completeUploadExternal({ files: [{ id: file_id!, title: 'a' }] })
    expect(await refusal(complete)).toBe('file_not_found')
  })
})

describe('views and blocks', () => {
  it('views.publish shows a Home tab and honours the hash', async () => {
    const { client, control, id } = await aWorkspace()
    const publish = (text: string, hash?: string) =>
      client.views.publish({
        user_id: id('ana'),
        view: { type: 'home', blocks: [section(text)] },
        ...(hash === undefined ? {} : { hash }),
      })

    const first = await publish('one')
    await publish('two', first.view!.hash!)

    expect(await refusal(publish('three', first.view!.hash!))).toBe('hash_conflict')
    expect((await control.get('users/ana/home')).home.plain).toBe('two')
    expect((await control.get('users/nino/home')).home).toBeNull()
  })

  it('views.update without an open view is refused', async () => {
    const { client } = await aWorkspace()
    const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'T' }, blocks: [] }

    expect(await refusal(client.views.update({ view_id: 'V000', view }))).toBe('not_found')
  })

  it('blocks.validate says what is wrong without posting anything', async () => {
    const { client, control } = await aWorkspace()

    const bad = client.apiCall('blocks.validate', { blocks: [{ type: 'section' }] })
    const details = await refusalDetails(bad)

    expect(details['error']).toBe('invalid_blocks')
    expect(details['errors']).toMatchObject([
      { pointer: '/0', message: 'must define either `text` or `fields`' },
    ])
    expect(await client.apiCall('blocks.validate', { message: { blocks: buttons('go') } })).toMatchObject({
      ok: true,
    })
    const home = { type: 'home', blocks: [{ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] }] }
    expect(await refusal(client.apiCall('blocks.validate', { view: home }))).toBe('invalid_view')
    expect(await refusal(client.apiCall('blocks.validate', {}))).toBe('invalid_arguments')
    expect(await control.messages('ops')).toEqual([])
  })
})
