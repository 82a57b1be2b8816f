import type { Channel, Message, User } from '../types.ts'
import type { World } from '../world.ts'
import { Refused } from './method.ts'

/** The channel, when the app can know that it exists: private ones only as a member. */
export function visibleChannel(world: World, id: string): Channel {
  const channel = world.state.channels.get(id)
  if (channel === undefined || (channel.kind !== 'public' && !channel.members.has(world.state.bot.id))) {
    throw new Refused('channel_not_found')
  }
  return channel
}

/** A channel the app is a member of. */
export function joinedChannel(world: World, id: string): Channel {
  const channel = visibleChannel(world, id)
  if (!channel.members.has(world.state.bot.id)) throw new Refused('not_in_channel')
  return channel
}

/** A channel the app is a member of and that is not archived. */
export function activeChannel(world: World, id: string): Channel {
  const channel = joinedChannel(world, id)
  if (channel.isArchived) throw new Refused('is_archived')
  return channel
}

/**
 * Where a message can be posted: a channel by id or name, or a person (which opens the direct conversation). Public
 * channels need no membership when the app has `chat:write.public`.
 */
export function postableChannel(world: World, idOrName: string): Channel {
  const person = world.state.users.get(idOrName)
  if (person !== undefined) return world.state.directChannel(person)
  const named = world.state.findChannel(idOrName)
  const channel = visibleChannel(world, named?.id ?? idOrName)
  if (channel.isArchived) throw new Refused('is_archived')
  const mayPost = channel.members.has(world.state.bot.id) || world.app.scopes.includes('chat:write.public')
  if (!mayPost) throw new Refused('not_in_channel')
  return channel
}

export function knownUser(world: World, id: string): User {
  const user = world.state.users.get(id)
  if (user === undefined) throw new Refused('user_not_found')
  return user
}

export function knownMessage(world: World, channel: Channel, ts: string): Message {
  const message = world.state.findMessage(channel.id, ts)
  if (message === undefined) throw new Refused('message_not_found')
  return message
}
