import { channelType } from './events.ts'
import { postSystemMessage } from './messages.ts'
import type { Channel, User } from './types.ts'
import type { World } from './world.ts'

const LONGEST_NAME = 80

export type NameError =
  | 'invalid_name_required'
  | 'invalid_name_maxlength'
  | 'invalid_name_punctuation'
  | 'invalid_name_specials'
  | 'invalid_name'
  | 'name_taken'

/** Why a channel cannot have this name; undefined when it can. Archived channels keep their names. */
export function nameError(world: World, name: string): NameError | undefined {
  if (name === '') return 'invalid_name_required'
  if (name.length > LONGEST_NAME) return 'invalid_name_maxlength'
  if (/^[-_]+$/.test(name)) return 'invalid_name_punctuation'
  if (name !== name.toLowerCase() || /\s/.test(name)) return 'invalid_name'
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(name)) return 'invalid_name_specials'
  return world.state.findChannel(name)?.name === name ? 'name_taken' : undefined
}

/** Makes a channel with its creator in it, or says why the name will not do. */
export function createChannel(
  world: World,
  creator: User,
  given: { name: string; isPrivate: boolean },
): Channel | NameError {
  const error = nameError(world, given.name)
  if (error !== undefined) return error
  const kind = given.isPrivate ? 'private' : 'public'
  const channel = world.state.addChannel({
    name: given.name,
    kind,
    creator: creator.id,
    members: [creator.id],
  })
  if (kind === 'public') {
    const { id, name, created } = channel
    const shown = { id, name, created, creator: creator.id }
    world.announce({ subscription: 'channel_created', body: { type: 'channel_created', channel: shown } })
  }
  world.changed({ what: 'channels' })
  return channel
}

/** Adds a person to a channel; nothing happens when they are in it already. */
export function addMember(world: World, channel: Channel, user: User, inviter: User): void {
  if (channel.members.has(user.id)) return
  channel.members.add(user.id)
  postSystemMessage(world, channel, user, 'channel_join', `<@${user.id}> has joined the channel`)
  world.announce({
    subscription: 'member_joined_channel',
    channel,
    body: {
      type: 'member_joined_channel',
      user: user.id,
      channel: channel.id,
      channel_type: channelType(channel) === 'group' ? 'G' : 'C',
      team: world.identity.teamId,
      ...(inviter.id === user.id ? {} : { inviter: inviter.id }),
    },
  })
  world.changed({ what: 'channels' })
}

/** Deletes a channel with everything in it, as an admin does. Its name is free again. */
export function removeChannel(world: World, channel: Channel): void {
  world.state.removeChannel(channel)
  const prefix = channel.kind === 'private' ? 'group' : 'channel'
  world.announce({
    subscription: `${prefix}_deleted`,
    body: { type: `${prefix}_deleted`, channel: channel.id },
  })
  world.changed({ what: 'channels' })
}

/** Archives or opens a channel again. */
export function setArchived(world: World, channel: Channel, by: User, isArchived: boolean): void {
  const verb = isArchived ? 'archive' : 'unarchive'
  const word = isArchived ? 'archived' : 'un-archived'
  postSystemMessage(world, channel, by, `channel_${verb}`, `<@${by.id}> ${word} the channel`)
  channel.isArchived = isArchived
  const prefix = channel.kind === 'private' ? 'group' : 'channel'
  world.announce({
    subscription: `${prefix}_${verb}`,
    channel,
    body: { type: `${prefix}_${verb}`, channel: channel.id, user: by.id },
  })
  world.changed({ what: 'channels' })
}

export function renameChannel(world: World, channel: Channel, by: User, name: string): void {
  const before = channel.name
  channel.previousNames = [before, ...channel.previousNames]
  channel.name = name
  const text = `<@${by.id}> has renamed the channel from "${before}" to "${name}"`
  postSystemMessage(world, channel, by, 'channel_name', text)
  const prefix = channel.kind === 'private' ? 'group' : 'channel'
  const { id, created } = channel
  world.announce({
    subscription: `${prefix}_rename`,
    channel,
    body: { type: `${prefix}_rename`, channel: { id, name, created, is_channel: prefix === 'channel' } },
  })
  world.changed({ what: 'channels' })
}

/** Sets the topic or the purpose; Slack says so in the channel. */
export function describeChannel(
  world: World,
  channel: Channel,
  by: User,
  change: { field: 'topic' | 'purpose'; value: string },
): void {
  const { field, value } = change
  channel[field] = { value, creator: by.id, last_set: Math.floor(Date.now() / 1000) }
  const text =
    value === ''
      ? `<@${by.id}> cleared the channel ${field}`
      : `<@${by.id}> set the channel ${field}: ${value}`
  postSystemMessage(world, channel, by, `channel_${field}`, text)
  world.changed({ what: 'channels', channel: channel.id })
}
