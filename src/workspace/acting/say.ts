import { postMessage } from '../messages.ts'
import type { Ack } from '../sockets.ts'
import type { Message } from '../types.ts'
import { messageToWire } from '../wire.ts'
import type { World } from '../world.ts'
import type { Deliver } from './deliver.ts'
import { channelPayload, commonPayload, escapeTyped } from './payloads.ts'
import { Problem } from './problem.ts'
import { actor, visibleTo, writableBy } from './who-and-where.ts'

/** A person writes a message or a reply. */
export function say(
  world: World,
  given: { user: string; channel: string; text: string; thread_ts?: string | undefined },
): Message {
  const user = actor(world, given.user)
  const channel = writableBy(world, user, given.channel)
  if (given.text.trim() === '') throw new Problem(400, 'no_text', 'A message needs a text.')
  return postMessage(world, {
    channel,
    user,
    text: escapeTyped(world, given.text, { names: false }),
    threadTs: given.thread_ts,
  })
}

/** A person uses a message shortcut from the menu of a message. */
export async function useShortcut(
  world: World,
  deliver: Deliver,
  given: { user: string; channel: string; ts: string; callback_id: string },
): Promise<Ack> {
  const user = actor(world, given.user)
  const channel = visibleTo(world, user, given.channel)
  const message = world.state.findMessage(channel.id, given.ts)
  if (message === undefined) {
    throw new Problem(404, 'unknown_message', `There is no message ${given.ts} in #${channel.name}.`)
  }
  const shortcuts = world.app.shortcuts.filter((shortcut) => shortcut.type === 'message')
  if (!shortcuts.some((shortcut) => shortcut.callback_id === given.callback_id)) {
    const known = shortcuts.map((shortcut) => shortcut.callback_id).join(', ')
    throw new Problem(
      400,
      'unknown_shortcut',
      `There is no message shortcut "${given.callback_id}". There is: ${known}.`,
    )
  }
  const target = { channel: channel.id, user: user.id, messageTs: message.ts, threadTs: message.threadTs }
  return deliver('interactive', {
    ...commonPayload(world, user),
    type: 'message_action',
    callback_id: given.callback_id,
    action_ts: world.state.clock.next(),
    trigger_id: world.triggers.issue(user.id),
    channel: channelPayload(channel),
    message_ts: message.ts,
    message: messageToWire(world, message, { metadata: false }),
    response_url: `${world.url}${world.responseUrls.issue(target)}`,
  })
}
