import { afterEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../src/workspace/server.ts'
import { startWorkspace } from '../../src/workspace/server.ts'
import type { RunningApp } from './support/bolt-app.ts'
import { startBoltApp } from './support/bolt-app.ts'
import { controlOf, eventually } from './support/control.ts'

const running: { workspace?: Workspace; bolt?: RunningApp } = {}

afterEach(async () => {
  await running.bolt?.stop()
  await running.workspace?.stop()
  delete running.bolt
  delete running.workspace
})

describe('real Bolt over Socket Mode', () => {
  it('connects, answers a command, posts, and gets the click', async () => {
    const workspace = (running.workspace = await startWorkspace())
    const control = controlOf(workspace)
    const clicks: unknown[] = []
    running.bolt = await startBoltApp(workspace, (app) => {
      app.command('/cutover', async ({ ack, command, client }) => {
        await ack(`you said ${command.text}`)
        await client.chat.postMessage({
          channel: command.channel_id,
          text: 'Ready?',
          blocks: [
            {
              type: 'actions',
              block_id: 'gate',
              elements: [
                { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'GO' }, value: 'yes' },
              ],
            },
          ],
        })
      })
      app.action('go', async ({ ack, body, client }) => {
        await ack()
        clicks.push(body)
        if (body.type !== 'block_actions' || body.channel === undefined || body.message === undefined) return
        await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: 'GO was given' })
      })
    })

    const answer = await control.post('command', { user: 'ana', channel: 'ops', text: '/cutover start' })
    expect(answer).toMatchObject({
      ok: true,
      ack: { status: 'acknowledged', body: { text: 'you said start' } },
    })
    expect(answer.ephemeral[0].text).toBe('you said start')

    const [message] = await eventually(async () => {
      const messages = await control.messages('ops')
      return messages.length > 0 ? messages : undefined
    })
    expect(message.plain).toBe('[GO](go)')

    const clicked = await control.post('click', {
      user: 'ana',
      channel: 'ops',
      ts: message.ts,
      action_id: 'go',
    })
    expect(clicked).toMatchObject({ ok: true, ack: { status: 'acknowledged' } })
    await eventually(async () => (await control.messages('ops'))[0].text === 'GO was given')
    expect(clicks).toMatchObject([
      { user: { username: 'ana' }, actions: [{ action_id: 'go', block_id: 'gate', value: 'yes' }] },
    ])
  })
})
