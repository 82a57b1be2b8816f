import { z } from 'zod'
import {
  addMember,
  createChannel,
  describeChannel,
  nameError,
  renameChannel,
  setArchived,
} from '../channels.ts'
import type { JsonObject } from '../json.ts'
import { channelToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { activeChannel, joinedChannel, visibleChannel } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { flag, ids, method, Refused } from './method.ts'
import { requireScope, scopesOf } from './scopes.ts'

const manage = scopesOf('manage')
const LONGEST_DESCRIPTION = 250
const MOST_INVITED = 100

/** Making channels and changing them. */
export const channelChangeMethods: MethodTable = {
  'conversations.create': method(manage, { name: z.string(), is_private: flag.optional() }, (args, world) => {
    const given = { name: args.name, isPrivate: args.is_private === true }
    requireScope(world, 'manage', given.isPrivate ? 'private' : 'public')
    const created = createChannel(world, world.state.bot, given)
    if (typeof created === 'string') throw new Refused(created)
    return { channel: channelToWire(world, created) }
  }),

  'conversations.join': method(['channels:join'], { channel: z.string() }, (args, world) => {
    const channel = visibleChannel(world, args.channel)
    if (channel.kind !== 'public') throw new Refused('method_not_supported_for_channel_type')
    if (channel.isArchived) throw new Refused('is_archived')
    const wasMember = channel.members.has(world.state.bot.id)
    addMember(world, channel, world.state.bot, world.state.bot)
    return { channel: channelToWire(world, channel), ...(wasMember ? { warning: 'already_in_channel' } : {}) }
  }),

  'conversations.invite': method(
    scopesOf('invite'),
    { channel: z.string(), users: ids, force: flag.optional() },
    (args, world) => {
      const channel = activeChannel(world, args.channel)
      requireScope(world, 'invite', channel.kind)
      if (args.users.length > MOST_INVITED) throw new Refused('too_many_users')
      const problems = args.users.flatMap((user) => {
        const error = inviteError(world, channel.members, user)
        return error === undefined ? [] : [{ user, ok: false, error }]
      })
      const first = problems[0]
      const goesOn = args.force === true && problems.length < args.users.length
      if (first !== undefined && !goesOn) throw new Refused(first.error, { errors: problems })
      for (const id of args.users) {
        const user = world.state.users.get(id)
        if (user !== undefined && !problems.some((problem) => problem.user === id)) {
          addMember(world, channel, user, world.state.bot)
        }
      }
      return {
        channel: channelToWire(world, channel),
        ...(problems.length === 0 ? {} : { errors: problems }),
      }
    },
  ),

  'conversations.setTopic': method(manage, { channel: z.string(), topic: z.string() }, (args, world) =>
    describe(world, args.channel, 'topic', args.topic),
  ),

  'conversations.setPurpose': method(manage, { channel: z.string(), purpose: z.string() }, (args, world) =>
    describe(world, args.channel, 'purpose', args.purpose),
  ),

  'conversations.rename': method(manage, { channel: z.string(), name: z.string() }, (args, world) => {
    const channel = activeChannel(world, args.channel)
    requireScope(world, 'manage', channel.kind)
    const error = nameError(world, args.name)
    if (error !== undefined) throw new Refused(error)
    renameChannel(world, channel, world.state.bot, args.name)
    return { channel: channelToWire(world, channel) }
  }),

  'conversations.archive': method(manage, { channel: z.string() }, (args, world) => {
    const channel = joinedChannel(world, args.channel)
    requireScope(world, 'manage', channel.kind)
    if (channel.name === 'general') throw new Refused('cant_archive_general')
    if (channel.isArchived) throw new Refused('already_archived')
    setArchived(world, channel, world.state.bot, true)
    return {}
  }),

  'conversations.unarchive': method(manage, { channel: z.string() }, (args, world) => {
    const channel = visibleChannel(world, args.channel)
    requireScope(world, 'manage', channel.kind)
    if (!channel.isArchived) throw new Refused('not_archived')
    setArchived(world, channel, world.state.bot, false)
    return {}
  }),
}

function inviteError(world: World, members: ReadonlySet<string>, id: string): string | undefined {
  const user = world.state.users.get(id)
  if (user === undefined || user.deleted) return 'user_not_found'
  if (user.id === world.state.bot.id) return 'cant_invite_self'
  return members.has(id) ? 'already_in_channel' : undefined
}

function describe(world: World, id: string, field: 'topic' | 'purpose', value: string): JsonObject {
  const channel = activeChannel(world, id)
  requireScope(world, 'manage', channel.kind)
  if (value.length > LONGEST_DESCRIPTION) throw new Refused('too_long')
  describeChannel(world, channel, world.state.bot, { field, value })
  return { channel: channelToWire(world, channel), [field]: value }
}
