import { z } from 'zod'
import type { Channel, Message } from '../types.ts'
import { messageToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { activeChannel, joinedChannel, knownMessage } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { method, Refused } from './method.ts'

const named = { channel: z.string(), timestamp: z.string(), name: z.string() }

export const reactionMethods: MethodTable = {
  'reactions.add': method(['reactions:write'], named, (args, world) => {
    const { channel, message, name } = target(world, args)
    const reaction = message.reactions.find((existing) => existing.name === name) ?? { name, users: [] }
    if (reaction.users.includes(world.state.bot.id)) throw new Refused('already_reacted')
    reaction.users.push(world.state.bot.id)
    if (!message.reactions.includes(reaction)) message.reactions.push(reaction)
    announceReaction(world, channel, message, { type: 'reaction_added', name })
    return {}
  }),

  'reactions.remove': method(['reactions:write'], named, (args, world) => {
    const { channel, message, name } = target(world, args)
    const reaction = message.reactions.find((existing) => existing.name === name)
    if (reaction === undefined || !reaction.users.includes(world.state.bot.id))
      throw new Refused('no_reaction')
    reaction.users = reaction.users.filter((user) => user !== world.state.bot.id)
    message.reactions = message.reactions.filter((kept) => kept.users.length > 0)
    announceReaction(world, channel, message, { type: 'reaction_removed', name })
    return {}
  }),

  'reactions.get': method(
    ['reactions:read'],
    { channel: z.string(), timestamp: z.string() },
    (args, world) => {
      const channel = joinedChannel(world, args.channel)
      const message = knownMessage(world, channel, args.timestamp)
      return {
        type: 'message',
        channel: channel.id,
        message: messageToWire(world, message, { metadata: false }),
      }
    },
  ),

  'reactions.list': method(['reactions:read'], { user: z.string().optional() }, (args, world) => {
    const user = args.user ?? world.state.bot.id
    const reactedTo = [...world.state.messages.values()]
      .flat()
      .filter((message) => message.reactions.some((reaction) => reaction.users.includes(user)))
    return {
      items: reactedTo.map((message) => ({
        type: 'message',
        channel: message.channel,
        message: messageToWire(world, message, { metadata: false }),
      })),
    }
  }),
}

function target(world: World, args: { channel: string; timestamp: string; name: string }) {
  const channel = activeChannel(world, args.channel)
  const message = knownMessage(world, channel, args.timestamp)
  const name = args.name.replaceAll(':', '')
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new Refused('invalid_name')
  return { channel, message, name }
}

function announceReaction(
  world: World,
  channel: Channel,
  message: Message,
  what: { type: 'reaction_added' | 'reaction_removed'; name: string },
): void {
  world.announce({
    subscription: what.type,
    channel,
    body: {
      type: what.type,
      user: world.state.bot.id,
      reaction: what.name,
      item_user: message.user,
      item: { type: 'message', channel: channel.id, ts: message.ts },
    },
  })
  world.changed({ what: 'messages', channel: channel.id })
}
