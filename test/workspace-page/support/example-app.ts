import type { App } from '@slack/bolt'
import { gateCard, startModal } from './example-blocks.ts'

/** What the example app was told, for tests to look at. */
export interface Told {
  submissions: Record<string, Record<string, unknown>>[]
  actions: { id: string; user: string; details: unknown }[]
  shortcuts: { text: string; user: string }[]
}

/** A small app in the manner of Cutover: a command with a modal, a gate card, a shortcut. */
export function registerExample(app: App): Told {
  const told: Told = { submissions: [], actions: [], shortcuts: [] }
  app.command('/cutover', async ({ ack, command, client }) => {
    if (command.text.startsWith('silent')) return
    if (command.text.startsWith('status')) {
      await ack({ response_type: 'ephemeral', text: `Nothing runs, <@${command.user_id}>.` })
      return
    }
    await ack()
    await client.views.open({
      trigger_id: command.trigger_id,
      view: { ...startModal(), private_metadata: command.channel_id },
    })
  })
  app.view('start', async ({ ack, view, client, body }) => {
    const values = view.state.values
    told.submissions.push(values)
    const name = values['name']?.['value']?.value ?? ''
    if (!/^[a-z0-9-]+$/.test(name)) {
      await ack({
        response_action: 'errors',
        errors: { name: 'Only lower-case letters, digits and dashes.' },
      })
      return
    }
    await ack()
    const made = await client.conversations.create({ name })
    const channel = made.channel?.id ?? ''
    await client.conversations.invite({ channel, users: body.user.id })
    await client.chat.postMessage({
      channel: view.private_metadata,
      text: 'Go or no-go?',
      blocks: gateCard(true),
    })
  })
  app.action('go', async ({ ack, body, client, action }) => {
    await ack()
    told.actions.push({ id: 'go', user: body.user.id, details: action })
    if (body.type !== 'block_actions' || !body.channel || !body.message) return
    await client.chat.update({
      channel: body.channel.id,
      ts: body.message.ts,
      text: 'GO',
      blocks: gateCard(false),
    })
  })
  app.action('no_go', async () => {
    // Never acknowledged: what a person sees when the app hangs.
  })
  app.action(/^(hold|rollback|pick|more|runbook)$/, async ({ ack, body, action }) => {
    await ack()
    told.actions.push({
      id: 'action_id' in action ? action.action_id : '',
      user: body.user.id,
      details: action,
    })
  })
  app.shortcut('add_to_timeline', async ({ ack, shortcut }) => {
    await ack()
    const text = shortcut.type === 'message_action' ? (shortcut.message.text ?? '') : ''
    told.shortcuts.push({ text, user: shortcut.user.id })
  })
  return told
}
