import { z } from 'zod'
import { freshId } from '../ids.ts'
import { postMessage } from '../messages.ts'
import type { Channel, ScheduledMessage } from '../types.ts'
import type { World } from '../world.ts'
import { nextCursor } from './conversations.ts'
import { postableChannel, visibleChannel } from './lookups.ts'
import { messageBlocks, messageText } from './message-content.ts'
import { messageMetadata } from './metadata.ts'
import type { MethodTable } from './method.ts'
import { json, limit, method, page, Refused, whole } from './method.ts'

const write = ['chat:write']
const FARTHEST_SECONDS = 120 * 24 * 3600
const WINDOW_SECONDS = 300
const MOST_IN_WINDOW = 30
/** A timer cannot wait longer; a workspace that runs for weeks looks again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const scheduledMethods: MethodTable = {
  'chat.scheduleMessage': method(
    write,
    {
      channel: z.string(),
      post_at: whole,
      text: z.string().optional(),
      blocks: json.optional(),
      thread_ts: z.string().optional(),
      metadata: json.optional(),
    },
    (args, world) => {
      const channel = postableChannel(world, args.channel)
      refuseTime(world, channel, args.post_at)
      const blocks = messageBlocks(args.blocks)
      const text = messageText(args.text, blocks)
      const hasMetadata = messageMetadata(args.metadata) !== undefined
      const scheduled: ScheduledMessage = {
        id: freshId('Q'),
        channel: channel.id,
        postAt: args.post_at,
        created: Math.floor(Date.now() / 1000),
        text,
        args,
        timer: setTimeout(() => {}, 0),
      }
      const post = () => {
        world.state.scheduled.delete(scheduled.id)
        // Slack accepts a scheduled message with metadata and never posts it.
        if (channel.isArchived || hasMetadata) return
        postMessage(world, { channel, user: world.state.bot, text, blocks, threadTs: args.thread_ts })
      }
      scheduled.timer = wait(scheduled, post)
      world.state.scheduled.set(scheduled.id, scheduled)
      return {
        channel: channel.id,
        scheduled_message_id: scheduled.id,
        post_at: args.post_at,
        message: { type: 'delayed_message', text, user: world.state.bot.id, bot_id: world.identity.botId },
      }
    },
  ),

  'chat.deleteScheduledMessage': method(
    write,
    { channel: z.string(), scheduled_message_id: z.string() },
    (args, world) => {
      const channel = visibleChannel(world, args.channel)
      const scheduled = world.state.scheduled.get(args.scheduled_message_id)
      if (scheduled?.channel !== channel.id) throw new Refused('invalid_scheduled_message_id')
      clearTimeout(scheduled.timer)
      world.state.scheduled.delete(scheduled.id)
      return {}
    },
  ),

  'chat.scheduledMessages.list': method(
    [],
    { channel: z.string().optional(), cursor: z.string().optional(), limit: limit(1_000, 100) },
    (args, world) => {
      const waiting = [...world.state.scheduled.values()]
        .filter((scheduled) => args.channel === undefined || scheduled.channel === args.channel)
        .toSorted((a, b) => a.postAt - b.postAt)
      const { items, next } = page(waiting, args.cursor, args.limit)
      return {
        scheduled_messages: items.map(({ id, channel, postAt, created, text }) => ({
          id,
          channel_id: channel,
          post_at: postAt,
          date_created: created,
          text,
        })),
        ...nextCursor(next),
      }
    },
  ),
}

function refuseTime(world: World, channel: Channel, postAt: number): void {
  const now = Date.now() / 1000
  if (postAt <= now) throw new Refused('time_in_past')
  if (postAt > now + FARTHEST_SECONDS) throw new Refused('time_too_far')
  const near = [...world.state.scheduled.values()].filter(
    (other) => other.channel === channel.id && Math.abs(other.postAt - postAt) < WINDOW_SECONDS,
  )
  if (near.length >= MOST_IN_WINDOW) throw new Refused('restricted_too_many')
}

function wait(scheduled: ScheduledMessage, post: () => void): NodeJS.Timeout {
  const ms = scheduled.postAt * 1000 - Date.now()
  const timer =
    ms <= LONGEST_TIMER_MS
      ? setTimeout(post, Math.max(ms, 0))
      : setTimeout(() => {
          scheduled.timer = wait(scheduled, post)
        }, LONGEST_TIMER_MS)
  return timer.unref()
}
