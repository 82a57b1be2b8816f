import { userToWire } from '../wire.ts'
import type { MethodTable } from './method.ts'
import { method, Refused } from './method.ts'
import { z } from 'zod'

export const authMethods: MethodTable = {
  'auth.test': method([], {}, (_args, { identity, state, url }) => ({
    url: `${url}/`,
    team: identity.teamName,
    user: state.bot.name,
    team_id: identity.teamId,
    user_id: state.bot.id,
    bot_id: identity.botId,
    is_enterprise_install: false,
  })),

  'team.info': method(['team:read'], {}, (_args, { identity }) => ({
    team: {
      id: identity.teamId,
      name: identity.teamName,
      domain: identity.teamDomain,
      email_domain: 'example.test',
      icon: {},
    },
  })),

  'bots.info': method(['users:read'], { bot: z.string().optional() }, ({ bot }, world) => {
    const { identity, state } = world
    if (bot !== undefined && bot !== identity.botId) throw new Refused('bot_not_found')
    const { name, updated } = userToWire(world, state.bot)
    return {
      bot: {
        id: identity.botId,
        app_id: identity.appId,
        user_id: state.bot.id,
        name,
        updated,
        deleted: false,
      },
    }
  }),
}
