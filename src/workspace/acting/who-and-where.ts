import type { Directory } from '../element-values.ts'
import type { Channel, User, View } from '../types.ts'
import type { World } from '../world.ts'
import { Problem } from './problem.ts'

/** The person who acts; nobody can act for a bot or a deactivated account. */
export function actor(world: World, idOrName: string): User {
  const user = world.state.findUser(idOrName)
  if (user === undefined) {
    const names = [...world.state.users.values()].filter((known) => !known.isBot).map((known) => known.name)
    throw new Problem(404, 'unknown_user', `There is no user "${idOrName}". There are: ${names.join(', ')}.`)
  }
  if (user.deleted)
    throw new Problem(409, 'deactivated_user', `${user.name} is deactivated and can do nothing.`)
  if (user.isBot) throw new Problem(409, 'bot_user', `${user.name} is a bot; only people act here.`)
  return user
}

/** A channel this person can look at. */
export function visibleTo(world: World, user: User, idOrName: string): Channel {
  const channel = world.state.findChannel(idOrName)
  if (channel === undefined || !world.state.canSee(user, channel)) {
    throw new Problem(404, 'unknown_channel', `${user.name} sees no channel "${idOrName}".`)
  }
  return channel
}

/** A channel this person can write in. */
export function writableBy(world: World, user: User, idOrName: string): Channel {
  const channel = visibleTo(world, user, idOrName)
  if (!channel.members.has(user.id)) {
    throw new Problem(
      409,
      'not_in_channel',
      `${user.name} is no member of #${channel.name}. Join first: POST /control/join.`,
    )
  }
  if (channel.isArchived)
    throw new Problem(409, 'is_archived', `#${channel.name} is archived; nobody can write in it.`)
  return channel
}

/** The modal on top of what this person has open; a view below it cannot be reached. */
export function modalOf(world: World, user: User, viewId: string): View {
  const stack = world.state.openModals(user.id)
  const view = stack.find((open) => open.id === viewId)
  if (view === undefined) {
    throw new Problem(
      404,
      'unknown_view',
      `${user.name} has no modal ${viewId} open. See GET /control/users/${user.name}/views.`,
    )
  }
  if (view !== stack.at(-1))
    throw new Problem(409, 'covered_view', `The modal ${viewId} lies below another one.`)
  return view
}

export function directoryOf(world: World): Directory {
  return {
    userId: (idOrName) => world.state.findUser(idOrName)?.id,
    channelId: (idOrName) => world.state.findChannel(idOrName)?.id,
  }
}
