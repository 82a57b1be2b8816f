import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import type { Channel } from '../types.ts'
import { channelToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { knownUser, visibleChannel } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { flag, ids, limit, method, page, Refused } from './method.ts'
import { requireScope, scopesOf } from './scopes.ts'

const read = scopesOf('read')
const KINDS = { public: 'public_channel', private: 'private_channel', im: 'im' } as const
const KIND_NAMES = ['public', 'private', 'im'] as const

const paging = { cursor: z.string().optional(), limit: limit(1_000, 100) }

/** Reading about channels. */
export const conversationMethods: MethodTable = {
  'conversations.info': method(read, { channel: z.string() }, (args, world) => ({
    channel: channelToWire(world, readableChannel(world, args.channel)),
  })),

  'conversations.list': method(
    read,
    { ...paging, types: z.string().default('public_channel'), exclude_archived: flag.optional() },
    (args, world) => {
      const types = new Set(args.types.split(',').map((type) => type.trim()))
      for (const kind of KIND_NAMES.filter((name) => types.has(KINDS[name])))
        requireScope(world, 'read', kind)
      const isListed = (channel: Channel) =>
        types.has(KINDS[channel.kind]) &&
        (channel.kind === 'public' || channel.members.has(world.state.bot.id)) &&
        !(args.exclude_archived === true && channel.isArchived)
      const { items, next } = page(
        [...world.state.channels.values()].filter(isListed),
        args.cursor,
        args.limit,
      )
      return { channels: items.map((channel) => channelToWire(world, channel)), ...nextCursor(next) }
    },
  ),

  'conversations.members': method(read, { ...paging, channel: z.string() }, (args, world) => {
    const { items, next } = page([...readableChannel(world, args.channel).members], args.cursor, args.limit)
    return { members: items, ...nextCursor(next) }
  }),

  'conversations.open': method(
    ['im:write', 'mpim:write', 'groups:write'],
    { users: ids.optional(), channel: z.string().optional(), return_im: flag.optional() },
    (args, world) => {
      const [userId, ...others] = args.users ?? []
      if (userId === undefined && args.channel === undefined) throw new Refused('users_list_not_supplied')
      // The workspace has direct conversations of the app with one person; groups of people are not needed here.
      if (others.length > 0) throw new Refused('method_not_supported_for_channel_type')
      const channel =
        userId === undefined
          ? visibleChannel(world, args.channel ?? '')
          : world.state.directChannel(knownUser(world, userId))
      return { channel: args.return_im === true ? channelToWire(world, channel) : { id: channel.id } }
    },
  ),
}

function readableChannel(world: World, id: string): Channel {
  const channel = visibleChannel(world, id)
  requireScope(world, 'read', channel.kind)
  return channel
}

export function nextCursor(next: string): JsonObject {
  return { response_metadata: { next_cursor: next } }
}
