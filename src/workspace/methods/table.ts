import type { Sockets } from '../sockets.ts'
import { authMethods } from './auth.ts'
import { blockMethods } from './blocks.ts'
import { channelChangeMethods } from './channel-changes.ts'
import { chatMethods } from './chat.ts'
import { connectionsOpen } from './connections.ts'
import { conversationMethods } from './conversations.ts'
import { fileMethods } from './files.ts'
import { historyMethods } from './history.ts'
import { markMethods } from './marks.ts'
import type { MethodTable } from './method.ts'
import { reactionMethods } from './reactions.ts'
import { scheduledMethods } from './scheduled.ts'
import { userMethods } from './users.ts'
import { viewMethods } from './views.ts'

/** Every Web API method that the workspace serves. */
export function methodTable(sockets: Sockets): MethodTable {
  return {
    'apps.connections.open': connectionsOpen(sockets),
    ...authMethods,
    ...blockMethods,
    ...channelChangeMethods,
    ...chatMethods,
    ...conversationMethods,
    ...fileMethods,
    ...historyMethods,
    ...markMethods,
    ...reactionMethods,
    ...scheduledMethods,
    ...userMethods,
    ...viewMethods,
  }
}
