import { z } from 'zod'
import { Problem } from '../acting/problem.ts'
import { actor, visibleTo } from '../acting/who-and-where.ts'
import { addMember, createChannel, removeChannel } from '../channels.ts'
import { deleteMessage } from '../messages.ts'
import type { World } from '../world.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoint } from './endpoint.ts'
import { showChannel, showView } from './show.ts'

const who = z.string().min(1)

/** What people do around channels, so that a test can prepare a workspace the way people would. */
export function officeEndpoints(world: World): Endpoint[] {
  return [
    endpoint('POST', '/control/join', { user: who, channel: who }, (given) => {
      const user = actor(world, given.user)
      const channel = visibleTo(world, user, given.channel)
      addMember(world, channel, user, user)
      return { ok: true, channel: showChannel(world, channel) }
    }),

    endpoint('POST', '/control/invite', { user: who, channel: who, invitee: who }, (given) => {
      const user = actor(world, given.user)
      const channel = visibleTo(world, user, given.channel)
      const invitee = world.state.findUser(given.invitee)
      if (!channel.members.has(user.id)) {
        throw new Problem(
          409,
          'not_in_channel',
          `${user.name} is no member of #${channel.name} and can invite nobody.`,
        )
      }
      if (invitee === undefined)
        throw new Problem(404, 'unknown_user', `There is no user "${given.invitee}".`)
      addMember(world, channel, invitee, user)
      return { ok: true, channel: showChannel(world, channel) }
    }),

    endpoint(
      'POST',
      '/control/channels',
      { user: who, name: who, isPrivate: z.boolean().default(false) },
      (given) => {
        const user = actor(world, given.user)
        const created = createChannel(world, user, { name: given.name, isPrivate: given.isPrivate })
        if (typeof created === 'string') {
          throw new Problem(409, created, `Slack does not make the channel "${given.name}": ${created}.`)
        }
        return { ok: true, channel: showChannel(world, created) }
      },
    ),

    endpoint('POST', '/control/delete', { user: who, channel: who, ts: who.optional() }, (given) => {
      const user = actor(world, given.user)
      const channel = visibleTo(world, user, given.channel)
      if (given.ts === undefined) {
        removeChannel(world, channel)
        return { ok: true }
      }
      const message = world.state.messagesIn(channel.id).find(({ ts }) => ts === given.ts)
      if (message === undefined)
        throw new Problem(404, 'unknown_message', `There is no message ${given.ts} in #${channel.name}.`)
      deleteMessage(world, channel, message)
      return { ok: true }
    }),

    endpoint('POST', '/control/home', { user: who }, (given) => {
      const user = actor(world, given.user)
      const view = world.state.homes.get(user.id)
      world.announce({
        subscription: 'app_home_opened',
        body: {
          type: 'app_home_opened',
          user: user.id,
          channel: world.state.directChannel(user).id,
          tab: 'home',
        },
      })
      return { ok: true, home: view === undefined ? null : showView(world, view) }
    }),
  ]
}
