import { z } from 'zod'
import { Problem } from '../acting/problem.ts'
import type { Channel, User } from '../types.ts'
import type { World } from '../world.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoint } from './endpoint.ts'
import { showChannel, showMessage, showThreads, showUser, showView } from './show.ts'

/** What can be looked at, whoever may see it in the client. */
export function lookEndpoints(world: World): Endpoint[] {
  return [
    endpoint('GET', '/control/channels', {}, () => ({
      channels: [...world.state.channels.values()].map((channel) => showChannel(world, channel)),
    })),

    endpoint(
      'GET',
      '/control/channels/:name/messages',
      { limit: z.coerce.number().int().positive().optional() },
      ({ limit }, { name }) => {
        const channel = channelNamed(world, name)
        return { channel: showChannel(world, channel), messages: showThreads(world, channel, limit) }
      },
    ),

    endpoint('GET', '/control/users', {}, () => ({ users: [...world.state.users.values()].map(showUser) })),

    endpoint('GET', '/control/users/:name/ephemeral', {}, (_given, { name }) => {
      const user = userNamed(world, name)
      const own = world.state.ephemerals.filter((message) => message.onlyFor === user.id)
      return { messages: own.map((message) => showMessage(world, message)) }
    }),

    endpoint('GET', '/control/users/:name/views', {}, (_given, { name }) => ({
      views: world.state.openModals(userNamed(world, name).id).map((view) => showView(world, view)),
    })),

    endpoint('GET', '/control/users/:name/home', {}, (_given, { name }) => {
      const view = world.state.homes.get(userNamed(world, name).id)
      return { home: view === undefined ? null : showView(world, view) }
    }),

    endpoint(
      'GET',
      '/control/log',
      { method: z.string().optional(), after: z.coerce.number().int().optional() },
      (given) => ({ calls: world.log.read(given) }),
    ),
  ]
}

/** The channel of this name or id; `@ana` is the conversation of the app with ana. */
function channelNamed(world: World, name: string | undefined): Channel {
  const person = name?.startsWith('@') === true ? world.state.findUser(name) : undefined
  const channel =
    person === undefined ? world.state.findChannel(name ?? '') : world.state.directChannel(person)
  if (channel === undefined) {
    const names = [...world.state.channels.values()].map((known) => known.name)
    throw new Problem(
      404,
      'unknown_channel',
      `There is no channel "${name ?? ''}". There are: ${names.join(', ')}.`,
    )
  }
  return channel
}

function userNamed(world: World, name: string | undefined): User {
  const user = world.state.findUser(name ?? '')
  if (user === undefined) {
    const names = [...world.state.users.values()].map((known) => known.name)
    throw new Problem(
      404,
      'unknown_user',
      `There is no user "${name ?? ''}". There are: ${names.join(', ')}.`,
    )
  }
  return user
}
