import type { Sockets } from '../sockets.ts'
import { authMethods } from './auth.ts'
import { chatMethods } from './chat.ts'
import { connectionsOpen } from './connections.ts'
import type { MethodTable } from './method.ts'
import { viewMethods } from './views.ts'

/** Every Web API method that the workspace serves. */
export function methodTable(sockets: Sockets): MethodTable {
  return {
    'apps.connections.open': connectionsOpen(sockets),
    ...authMethods,
    ...chatMethods,
    ...viewMethods,
  }
}
