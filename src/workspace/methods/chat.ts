import { z } from 'zod'
import { isObject } from '../json.ts'
import { deleteMessage, editMessage, postEphemeral, postMessage } from '../messages.ts'
import type { Channel, Message } from '../types.ts'
import { messageToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { activeChannel, knownMessage, knownUser, postableChannel, visibleChannel } from './lookups.ts'
import { messageBlocks, messageText, NO_TEXT_SHOWN } from './message-content.ts'
import { messageMetadata } from './metadata.ts'
import type { MethodTable } from './method.ts'
import { flag, json, method, Refused } from './method.ts'

const LONGEST_UPDATE = 4_000
const write = ['chat:write']

const content = { text: z.string().optional(), blocks: json.optional(), thread_ts: z.string().optional() }

export const chatMethods: MethodTable = {
  'chat.postMessage': method(
    write,
    { ...content, channel: z.string(), metadata: json.optional(), reply_broadcast: flag.optional() },
    (args, world) => {
      const channel = postableChannel(world, args.channel)
      const blocks = messageBlocks(args.blocks)
      const message = postMessage(world, {
        channel,
        user: world.state.bot,
        text: messageText(args.text, blocks),
        blocks,
        threadTs: threadOf(world, channel, args.thread_ts),
        isBroadcast: args.reply_broadcast,
        metadata: messageMetadata(args.metadata),
      })
      return {
        channel: channel.id,
        ts: message.ts,
        message: messageToWire(world, message, { metadata: true }),
      }
    },
  ),

  'chat.postEphemeral': method(
    write,
    { ...content, channel: z.string(), user: z.string() },
    (args, world) => {
      const channel = activeChannel(world, args.channel)
      const user = knownUser(world, args.user)
      if (!channel.members.has(user.id)) throw new Refused('user_not_in_channel')
      const blocks = messageBlocks(args.blocks)
      const text = messageText(args.text, blocks)
      const draft = { channel, user: world.state.bot, text, blocks, threadTs: args.thread_ts }
      return { message_ts: postEphemeral(world, draft, user.id).ts }
    },
  ),

  'chat.update': method(
    write,
    { ...content, channel: z.string(), ts: z.string(), metadata: json.optional() },
    (args, world) => {
      const channel = visibleChannel(world, args.channel)
      const message = ownMessage(world, channel, args.ts, 'cant_update_message')
      if (channel.isArchived) throw new Refused('is_archived')
      if ((args.text ?? '').length > LONGEST_UPDATE) throw new Refused('msg_too_long')
      const edit = { ...changedContent(message, args), metadata: changedMetadata(args.metadata) }
      editMessage(world, channel, message, edit)
      const shown = messageToWire(world, message, { metadata: true })
      return { channel: channel.id, ts: message.ts, text: message.text, message: shown }
    },
  ),

  'chat.delete': method(write, { channel: z.string(), ts: z.string() }, (args, world) => {
    const channel = visibleChannel(world, args.channel)
    deleteMessage(world, channel, ownMessage(world, channel, args.ts, 'cant_delete_message'))
    return { channel: channel.id, ts: args.ts }
  }),

  'chat.getPermalink': method([], { channel: z.string(), message_ts: z.string() }, (args, world) => {
    const channel = visibleChannel(world, args.channel)
    const message = knownMessage(world, channel, args.message_ts)
    return { channel: channel.id, permalink: permalink(world, message) }
  }),
}

export function permalink(world: World, message: Message): string {
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${message.channel}`
  return `${world.url}/archives/${message.channel}/p${message.ts.replace('.', '')}${thread}`
}

/** Replies always hang on the first message of the thread, also when the app names a reply. */
function threadOf(world: World, channel: Channel, threadTs: string | undefined): string | undefined {
  if (threadTs === undefined) return undefined
  const parent = world.state.findMessage(channel.id, threadTs)
  return parent === undefined ? threadTs : (parent.threadTs ?? parent.ts)
}

function ownMessage(world: World, channel: Channel, ts: string, refusal: string): Message {
  const message = knownMessage(world, channel, ts)
  if (message.user !== world.state.bot.id) throw new Refused(refusal)
  return message
}

/** Text without blocks takes the blocks away; blocks without text keep no old text; neither keeps what was there. */
function changedContent(message: Message, args: { text?: string | undefined; blocks?: unknown }) {
  const blocks = messageBlocks(args.blocks)
  if (blocks !== undefined && blocks.length > 0) return { text: args.text ?? NO_TEXT_SHOWN, blocks }
  if (args.text !== undefined && args.text !== '') return { text: args.text, blocks: [] }
  if (blocks === undefined && message.blocks.length > 0) return { text: message.text, blocks: message.blocks }
  throw new Refused('no_text')
}

function changedMetadata(given: unknown) {
  if (isObject(given) && Object.keys(given).length === 0) return null
  return messageMetadata(given)
}
