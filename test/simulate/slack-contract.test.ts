import type { WebClient } from '@slack/web-api'
import { beforeEach, describe, expect, test } from 'vitest'
import { clientFor } from '../../src/bot/slack/connection.ts'
import { answerOf } from '../../src/bot/projection/slack-answer.ts'
import { quiet } from '../support/installation.ts'
import { aWorkspace } from '../workspace/support/fixture.ts'
import { Faults } from './faults.ts'
import { makeRandom } from './random.ts'
import { FakeSlack } from './slack.ts'
import { noTrace } from './trace.ts'

/** The Slack that the simulator replaces, as the projection calls it. A public channel #ops is there, without the app. */
async function fake(): Promise<WebClient> {
  const calm = { kill: 0, freeze: 0, lose: 0, slow: 0, queue: 0, host: 0, slack: 0 }
  const slack = new FakeSlack(() => Date.now(), new Faults(makeRandom(1), calm), noTrace)
  return slack.client(async (_, effect) => effect())
}

async function server(): Promise<WebClient> {
  const { workspace } = await aWorkspace()
  return clientFor({ botToken: workspace.botToken, apiUrl: workspace.apiUrl }, quiet)
}

describe.each([
  ['in memory', fake],
  ['as a server', server],
] as const)('Slack %s', (_, start) => {
  let slack: WebClient
  let channel: string

  beforeEach(async () => {
    slack = await start()
    channel = (await slack.conversations.create({ name: 'our-own', is_private: true })).channel?.id ?? ''
  })

  const metadata = { event_type: 'cutover', event_payload: { cutover: 'c1', key: 'board' } }
  const refusal = async (call: Promise<unknown>) => {
    const answer = await answerOf(call)
    return answer.kind === 'refused' ? answer.error : answer.kind
  }
  const ops = async (): Promise<string> => {
    const { channels = [] } = await slack.conversations.list({ types: 'public_channel,private_channel' })
    return channels.find(({ name }) => name === 'ops')?.id ?? ''
  }

  test('makes a channel of a name once, and lists it with its purpose and its maker', async () => {
    expect(await refusal(slack.conversations.create({ name: 'our-own', is_private: true }))).toBe(
      'name_taken',
    )
    await slack.conversations.setPurpose({ channel, purpose: 'cutover:c1' })
    const { channels = [] } = await slack.conversations.list({ types: 'public_channel,private_channel' })
    const self = (await slack.auth.test()).user_id
    expect(channels.find(({ id }) => id === channel)).toMatchObject({
      name: 'our-own',
      creator: self,
      purpose: { value: 'cutover:c1' },
    })
  })

  test('gives a post back with its metadata, at the top or in its thread', async () => {
    const { ts = '' } = await slack.chat.postMessage({ channel, text: 'one', metadata })
    await slack.chat.postMessage({ channel, text: 'under it', thread_ts: ts })
    const { messages = [] } = await slack.conversations.history({ channel, include_all_metadata: true })
    const ours = messages.filter((message) => 'metadata' in message && message.metadata !== undefined)
    expect(ours).toMatchObject([{ ts, text: 'one', metadata, reply_count: 1 }])
    const { messages: replies = [] } = await slack.conversations.replies({ channel, ts })
    expect(replies.map(({ text }) => text)).toEqual(['one', 'under it'])
    expect(await refusal(slack.conversations.replies({ channel, ts: '1.000001' }))).toBe('thread_not_found')
  })

  test('changes a message that is there', async () => {
    const { ts = '' } = await slack.chat.postMessage({ channel, text: 'one', metadata })
    await slack.chat.update({ channel, ts, text: 'two' })
    const { messages = [] } = await slack.conversations.history({ channel })
    expect(messages.find((message) => message.ts === ts)?.text).toBe('two')
    expect(await refusal(slack.chat.update({ channel, ts: '1.000001', text: 'two' }))).toBe(
      'message_not_found',
    )
  })

  test('lets anybody post to a public channel by its name, and only members read it by its id', async () => {
    const posted = await slack.chat.postMessage({ channel: '#ops', text: 'It begins.', metadata })
    const id = await ops()
    expect(posted.channel).toBe(id)
    expect(await refusal(slack.conversations.history({ channel: '#ops' }))).toBe('channel_not_found')
    expect(await refusal(slack.conversations.history({ channel: id }))).toBe('not_in_channel')
    await slack.conversations.join({ channel: id })
    const { messages = [] } = await slack.conversations.history({ channel: id })
    expect(messages.map(({ ts }) => ts)).toContain(posted.ts)
    expect(await refusal(slack.chat.postMessage({ channel: '#nowhere', text: 'no' }))).toBe(
      'channel_not_found',
    )
  })

  test('pins a message once', async () => {
    const { ts = '' } = await slack.chat.postMessage({ channel, text: 'one' })
    await slack.pins.add({ channel, timestamp: ts })
    expect(await refusal(slack.pins.add({ channel, timestamp: ts }))).toBe('already_pinned')
  })
})
