import { z } from 'zod'
import type { View } from '../types.ts'
import { openModal, publishHome, pushModal, readView, replaceView } from '../views.ts'
import { viewToWire } from '../wire.ts'
import type { World } from '../world.ts'
import { knownUser } from './lookups.ts'
import type { MethodTable } from './method.ts'
import { json, method, Refused } from './method.ts'

const opening = { trigger_id: z.string(), view: json }

export const viewMethods: MethodTable = {
  'views.open': method([], opening, (args, world) => {
    const content = readView(args.view, 'modal')
    const { user } = exchange(world, args.trigger_id)
    return { view: viewToWire(world, openModal(world, user, content)) }
  }),

  'views.push': method([], opening, (args, world) => {
    const content = readView(args.view, 'modal')
    const { user } = exchange(world, args.trigger_id)
    return { view: viewToWire(world, pushModal(world, user, content)) }
  }),

  'views.update': method(
    [],
    {
      view_id: z.string().optional(),
      external_id: z.string().optional(),
      view: json,
      hash: z.string().optional(),
    },
    (args, world) => {
      const content = readView(args.view, 'modal')
      const view = world.state.findView(
        (open) =>
          open.content.type === 'modal' &&
          (open.id === args.view_id ||
            (args.external_id !== undefined && open.content.externalId === args.external_id)),
      )
      if (view === undefined) throw new Refused('not_found')
      refuseOldHash(view, args.hash)
      replaceView(world, view, content)
      return { view: viewToWire(world, view) }
    },
  ),

  'views.publish': method(
    [],
    { user_id: z.string(), view: json, hash: z.string().optional() },
    (args, world) => {
      const content = readView(args.view, 'home')
      const user = knownUser(world, args.user_id)
      const published = world.state.homes.get(user.id)
      if (published !== undefined) refuseOldHash(published, args.hash)
      return { view: viewToWire(world, publishHome(world, user.id, content)) }
    },
  ),
}

function exchange(world: World, triggerId: string): { user: string } {
  const answer = world.triggers.exchange(triggerId)
  if (!answer.ok) throw new Refused(answer.error)
  return answer
}

function refuseOldHash(view: View, hash: string | undefined): void {
  if (hash !== undefined && hash !== '' && hash !== view.hash) throw new Refused('hash_conflict')
}
