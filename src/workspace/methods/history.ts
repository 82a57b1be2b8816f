import { z } from 'zod'
import type { Message } from '../types.ts'
import { messageToWire } from '../wire.ts'
import { nextCursor } from './conversations.ts'
import { joinedChannel } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { flag, limit, method, page, Refused } from './method.ts'
import { requireScope, scopesOf } from './scopes.ts'

const history = scopesOf('history')

const range = {
  channel: z.string(),
  cursor: z.string().optional(),
  limit: limit(999, 100),
  oldest: z.string().optional(),
  latest: z.string().optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
}

/** What was said. Metadata comes only when it is asked for; ephemeral messages are in no history. */
export const historyMethods: MethodTable = {
  'conversations.history': method(history, range, (args, world) => {
    const channel = joinedChannel(world, args.channel)
    requireScope(world, 'history', channel.kind)
    const shown = world.state
      .messagesIn(channel.id)
      .filter((message) => !isReply(message) || message.isBroadcast === true)
      .filter((message) => isWithin(message.ts, args))
      .toReversed()
    const { items, next } = page(shown, args.cursor, args.limit)
    return {
      messages: items.map((message) =>
        messageToWire(world, message, { metadata: args.include_all_metadata === true }),
      ),
      has_more: next !== '',
      pin_count: channel.pins.length,
      ...nextCursor(next),
    }
  }),

  'conversations.replies': method(history, { ...range, ts: z.string() }, (args, world) => {
    const channel = joinedChannel(world, args.channel)
    requireScope(world, 'history', channel.kind)
    const named = world.state.findMessage(channel.id, args.ts)
    const parent =
      named === undefined ? undefined : world.state.findMessage(channel.id, named.threadTs ?? named.ts)
    if (parent === undefined) throw new Refused('thread_not_found')
    const replies = world.state.repliesTo(channel.id, parent.ts).filter((reply) => isWithin(reply.ts, args))
    const { items, next } = page([parent, ...replies], args.cursor, args.limit)
    return {
      messages: items.map((message) =>
        messageToWire(world, message, { metadata: args.include_all_metadata === true }),
      ),
      has_more: next !== '',
      ...nextCursor(next),
    }
  }),
}

function isReply(message: Message): boolean {
  return message.threadTs !== undefined && message.threadTs !== message.ts
}

function isWithin(
  ts: string,
  {
    oldest,
    latest,
    inclusive,
  }: { oldest?: string | undefined; latest?: string | undefined; inclusive?: boolean | undefined },
): boolean {
  const given = { oldest: atFullLength(oldest ?? '0'), latest: atFullLength(latest ?? '9999999999.999999') }
  if (inclusive === true && (ts === given.oldest || ts === given.latest)) return true
  return ts > given.oldest && ts < given.latest
}

/** Timestamps are compared as text, which is right when all have six decimals. */
function atFullLength(ts: string): string {
  const [seconds = '0', decimals = ''] = ts.split('.')
  return `${seconds.padStart(10, '0')}.${decimals.padEnd(6, '0')}`
}
