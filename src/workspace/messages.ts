import { channelType, messageSubscription } from './events.ts'
import type { JsonObject } from './json.ts'
import type { Block, Channel, Message, StoredFile, User } from './types.ts'
import { messageToWire } from './wire.ts'
import type { World } from './world.ts'

const KEPT_VERSIONS = 20
const KEPT_DELETED = 500

export interface Draft {
  channel: Channel
  user: User
  text: string
  blocks?: readonly Block[] | undefined
  threadTs?: string | undefined
  isBroadcast?: boolean | undefined
  metadata?: JsonObject | undefined
  files?: readonly StoredFile[] | undefined
  subtype?: string | undefined
}

/** Adds a message to a conversation; the app and open pages hear of it. */
export function postMessage(world: World, draft: Draft): Message {
  const message = makeMessage(world, draft)
  world.state.messagesIn(draft.channel.id).push(message)
  announceMessage(world, draft.channel, message, {})
  announceMention(world, draft.channel, message)
  world.changed({ what: 'messages', channel: draft.channel.id })
  return message
}

/** Shows a message to one person only. It is in no history and the app gets no event. */
export function postEphemeral(world: World, draft: Draft, onlyFor: string): Message {
  const message = { ...makeMessage(world, draft), onlyFor }
  world.state.ephemerals.push(message)
  world.changed({ what: 'messages', channel: draft.channel.id, user: onlyFor })
  return message
}

export interface Edit {
  text: string
  blocks: readonly Block[]
  /** `null` takes the metadata away; undefined keeps it. */
  metadata?: JsonObject | null | undefined
  files?: readonly StoredFile[] | undefined
}

/** Changes a message in place. Only a message without blocks is marked as edited. */
export function editMessage(world: World, channel: Channel, message: Message, edit: Edit): void {
  const before = messageToWire(world, message, { metadata: false })
  message.earlier = [...message.earlier, message.blocks].slice(-KEPT_VERSIONS)
  message.text = edit.text
  message.blocks = edit.blocks
  if (edit.metadata === null) delete message.metadata
  else if (edit.metadata !== undefined) message.metadata = edit.metadata
  if (edit.files !== undefined) message.files = edit.files
  if (edit.blocks.length === 0) message.edited = { user: message.user, ts: world.state.clock.next() }
  else delete message.edited
  if (message.onlyFor === undefined) {
    announceChange(world, channel, 'message_changed', {
      message: messageToWire(world, message, { metadata: false }),
      previous_message: before,
    })
  }
  world.changed({
    what: 'messages',
    channel: channel.id,
    ...(message.onlyFor ? { user: message.onlyFor } : {}),
  })
}

export function deleteMessage(world: World, channel: Channel, message: Message): void {
  const list = message.onlyFor === undefined ? world.state.messagesIn(channel.id) : world.state.ephemerals
  const index = list.indexOf(message)
  if (index < 0) return
  list.splice(index, 1)
  channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts)
  world.state.deletedMessages.push(message)
  world.state.deletedMessages.splice(0, world.state.deletedMessages.length - KEPT_DELETED)
  if (message.onlyFor === undefined) {
    announceChange(world, channel, 'message_deleted', {
      deleted_ts: message.ts,
      previous_message: messageToWire(world, message, { metadata: false }),
    })
  }
  world.changed({
    what: 'messages',
    channel: channel.id,
    ...(message.onlyFor ? { user: message.onlyFor } : {}),
  })
}

/** A line such as "set the channel topic", which Slack writes by itself. */
export function postSystemMessage(
  world: World,
  channel: Channel,
  user: User,
  subtype: string,
  text: string,
): void {
  postMessage(world, { channel, user, text, subtype })
}

function makeMessage(world: World, draft: Draft): Message {
  return {
    channel: draft.channel.id,
    ts: world.state.clock.next(),
    user: draft.user.id,
    fromApp: draft.user.id === world.state.bot.id,
    text: draft.text,
    blocks: draft.blocks ?? [],
    files: draft.files ?? [],
    reactions: [],
    earlier: [],
    ...(draft.subtype === undefined ? {} : { subtype: draft.subtype }),
    ...(draft.threadTs === undefined ? {} : { threadTs: draft.threadTs }),
    ...(draft.isBroadcast === true ? { isBroadcast: true } : {}),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
  }
}

function announceMessage(world: World, channel: Channel, message: Message, extra: JsonObject): void {
  world.announce({
    subscription: messageSubscription(channel),
    channel,
    body: {
      ...messageToWire(world, message, { metadata: false }),
      type: 'message',
      channel: channel.id,
      channel_type: channelType(channel),
      ...extra,
    },
  })
}

function announceMention(world: World, channel: Channel, message: Message): void {
  if (message.fromApp || !message.text.includes(`<@${world.state.bot.id}>`)) return
  world.announce({
    subscription: 'app_mention',
    channel,
    body: { ...messageToWire(world, message, { metadata: false }), type: 'app_mention', channel: channel.id },
  })
}

function announceChange(world: World, channel: Channel, subtype: string, extra: JsonObject): void {
  world.announce({
    subscription: messageSubscription(channel),
    channel,
    body: {
      type: 'message',
      subtype,
      hidden: true,
      channel: channel.id,
      channel_type: channelType(channel),
      ts: world.state.clock.next(),
      ...extra,
    },
  })
}
