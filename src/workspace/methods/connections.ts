import type { Sockets } from '../sockets.ts'
import type { Method } from './method.ts'
import { Refused } from './method.ts'

/** `apps.connections.open`: where Socket Mode begins. */
export function connectionsOpen(sockets: Sockets): Method {
  return {
    token: 'app',
    scopes: [],
    run(_args, world) {
      const refusal = world.faults.refusal()
      if (refusal !== undefined) throw new Refused(refusal)
      return { url: `${world.url.replace(/^http/, 'ws')}${sockets.issueTicket()}` }
    },
  }
}
