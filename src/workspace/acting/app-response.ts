import type { JsonObject } from '../json.ts'
import { textAt } from '../json.ts'
import { deleteMessage, editMessage, postEphemeral, postMessage } from '../messages.ts'
import { messageBlocks, messageText } from '../methods/message-content.ts'
import { Refused } from '../methods/method.ts'
import type { ResponseTarget } from '../response-urls.ts'
import type { Message } from '../types.ts'
import type { World } from '../world.ts'

/**
 * Carries out what the app sent to a response URL or with an acknowledgement: shows a message to the person, posts it
 * for all, or replaces or deletes the message the person acted on. Throws `Refused` when Slack would refuse it.
 */
export function applyAppResponse(world: World, target: ResponseTarget, response: JsonObject): void {
  const channel = world.state.channels.get(target.channel)
  if (channel === undefined) throw new Refused('channel_not_found')
  const original = originalMessage(world, target)
  if (isTrue(response['delete_original'])) {
    if (original === undefined) throw new Refused('message_not_found')
    deleteMessage(world, channel, original)
    return
  }
  const blocks = messageBlocks(response['blocks'])
  const text = messageText(textAt(response, 'text'), blocks)
  if (isTrue(response['replace_original'])) {
    if (original === undefined) throw new Refused('message_not_found')
    editMessage(world, channel, original, { text, blocks: blocks ?? [] })
    return
  }
  if (channel.isArchived) throw new Refused('is_archived')
  const draft = {
    channel,
    user: world.state.bot,
    text,
    blocks,
    threadTs: textAt(response, 'thread_ts') ?? target.threadTs,
  }
  if (response['response_type'] === 'in_channel') postMessage(world, draft)
  else postEphemeral(world, draft, target.user)
}

/** Whether an acknowledgement of a slash command says something to show. */
export function saysSomething(body: JsonObject): boolean {
  return (textAt(body, 'text') ?? '') !== '' || body['blocks'] !== undefined
}

function originalMessage(world: World, { channel, user, messageTs }: ResponseTarget): Message | undefined {
  if (messageTs === undefined) return undefined
  const own = world.state.ephemerals.find((message) => message.ts === messageTs && message.onlyFor === user)
  return own ?? world.state.findMessage(channel, messageTs)
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}
