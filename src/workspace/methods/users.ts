import { z } from 'zod'
import type { User, UserGroup } from '../types.ts'
import { userToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { nextCursor } from './conversations.ts'
import { knownUser } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { flag, limit, method, page, Refused } from './method.ts'

const groups = ['usergroups:read']

export const userMethods: MethodTable = {
  'users.info': method(['users:read'], { user: z.string() }, (args, world) => ({
    user: userToWire(world, knownUser(world, args.user)),
  })),

  'users.list': method(
    ['users:read'],
    { cursor: z.string().optional(), limit: limit(1_000, 1_000) },
    (args, world) => {
      const { items, next } = page([...world.state.users.values()], args.cursor, args.limit)
      return { members: items.map((user) => userToWire(world, user)), cache_ts: 0, ...nextCursor(next) }
    },
  ),

  'users.lookupByEmail': method(['users:read.email'], { email: z.string() }, (args, world) => {
    const found = [...world.state.users.values()].find(
      (user) => !user.deleted && !user.isBot && user.email.toLowerCase() === args.email.toLowerCase(),
    )
    if (found === undefined) throw new Refused('users_not_found')
    return { user: userToWire(world, found) }
  }),

  'usergroups.list': method(groups, { include_users: flag.optional() }, (args, world) => ({
    usergroups: [...world.state.groups.values()].map((group) => ({
      id: group.id,
      team_id: world.identity.teamId,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      date_delete: 0,
      user_count: membersOf(world, group).length,
      ...(args.include_users === true ? { users: membersOf(world, group).map((user) => user.id) } : {}),
    })),
  })),

  'usergroups.users.list': method(groups, { usergroup: z.string() }, (args, world) => {
    const group = world.state.groups.get(args.usergroup)
    if (group === undefined) throw new Refused('no_such_subteam')
    return { users: membersOf(world, group).map((user) => user.id) }
  }),
}

function membersOf(world: World, group: UserGroup): User[] {
  return [...world.state.users.values()].filter((user) => !user.deleted && user.groups.includes(group.handle))
}
