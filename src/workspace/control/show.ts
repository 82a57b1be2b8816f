import type { JsonObject } from '../json.ts'
import { plainText, readable } from '../plain-text.ts'
import type { Channel, Message, User, View } from '../types.ts'
import { fileToWire, viewToWire } from '../wire.ts'
import type { World } from '../world.ts'

/** How the control API shows things: all there is, plus `plain`, the text a person reads. */
export function showMessage(world: World, message: Message): JsonObject {
  const { state } = world
  const channel = state.channels.get(message.channel)
  const plain = message.blocks.length > 0 ? plainText(state, message.blocks) : readable(state, message.text)
  return {
    ts: message.ts,
    channel: message.channel,
    user: message.user,
    userName: state.users.get(message.user)?.name ?? message.user,
    text: message.text,
    blocks: message.blocks,
    plain,
    pinned: channel?.pins.some((pin) => pin.ts === message.ts) ?? false,
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.onlyFor === undefined ? {} : { onlyFor: message.onlyFor }),
    ...(message.reactions.length === 0 ? {} : { reactions: message.reactions }),
    ...(message.files.length === 0 ? {} : { files: message.files.map((file) => fileToWire(world, file)) }),
  }
}

/** The messages of a channel, oldest first, each with its replies; with `limit` only the last so many. */
export function showThreads(world: World, channel: Channel, limit?: number): JsonObject[] {
  const first = world.state
    .messagesIn(channel.id)
    .filter(
      ({ threadTs, ts, isBroadcast }) => threadTs === undefined || threadTs === ts || isBroadcast === true,
    )
  return first.slice(limit === undefined ? 0 : -limit).map((message) => ({
    ...showMessage(world, message),
    replies: world.state.repliesTo(channel.id, message.ts).map((reply) => showMessage(world, reply)),
  }))
}

export function showChannel(world: World, channel: Channel): JsonObject {
  const { state } = world
  return {
    id: channel.id,
    name: channel.name,
    isPrivate: channel.kind === 'private',
    isDirect: channel.kind === 'im',
    isArchived: channel.isArchived,
    topic: channel.topic.value,
    purpose: channel.purpose.value,
    members: [...channel.members].map((id) => state.users.get(id)?.name ?? id),
    bookmarks: channel.bookmarks,
    pins: channel.pins.map((pin) => pin.ts),
  }
}

export function showUser(user: User): JsonObject {
  const { id, name, realName, title, email, isGuest, isBot, deleted, groups } = user
  return { id, name, realName, title, email, isGuest, isBot, deleted, groups }
}

export function showView(world: World, view: View): JsonObject {
  return {
    ...viewToWire(world, view),
    errors: view.errors,
    plain: plainText(world.state, view.content.blocks),
  }
}
