import { z } from 'zod'
import { Problem } from '../acting/problem.ts'
import { FaultRequest } from '../faults.ts'
import type { JsonObject } from '../json.ts'
import type { Sockets } from '../sockets.ts'
import type { World } from '../world.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoint } from './endpoint.ts'

/** Faults, limits, and the way back to the beginning. */
export function switchEndpoints(world: World, sockets: Sockets, reset: () => void): Endpoint[] {
  return [
    endpoint(
      'POST',
      '/control/faults',
      { faults: z.array(z.unknown()).optional(), ...anyField() },
      (given) => {
        const { faults, ...single } = given
        for (const request of faults ?? [single]) arrange(world, sockets, request)
        return { ok: true, ...showFaults(world, sockets) }
      },
    ),

    endpoint('GET', '/control/faults', {}, () => showFaults(world, sockets)),

    endpoint('DELETE', '/control/faults', {}, () => {
      world.faults.clear()
      return { ok: true, ...showFaults(world, sockets) }
    }),

    endpoint('POST', '/control/reset', {}, () => {
      reset()
      return { ok: true }
    }),
  ]
}

function anyField() {
  const names = [
    'method',
    'kind',
    'error',
    'status',
    'retryAfter',
    'ms',
    'times',
    'skip',
    'where',
    'socket',
    'reason',
  ]
  const fields = [...names, 'token', 'state', 'rateLimits', 'type']
  return Object.fromEntries(fields.map((name) => [name, z.unknown().optional()]))
}

function arrange(world: World, sockets: Sockets, given: unknown): void {
  const parsed = FaultRequest.safeParse(given)
  if (!parsed.success) {
    throw new Problem(
      400,
      'bad_fault',
      `No such fault; docs/workspace.md lists them. ${z.prettifyError(parsed.error)}`,
    )
  }
  const fault = parsed.data
  if ('rateLimits' in fault) {
    world.rateLimits.enabled = fault.rateLimits
    world.rateLimits.refill()
  } else if ('token' in fault) {
    world.faults.setToken(fault.token, fault.state)
  } else if ('socket' in fault) {
    arrangeSocketFault(world, sockets, fault)
  } else {
    world.faults.addCallFault(fault)
  }
}

function arrangeSocketFault(
  world: World,
  sockets: Sockets,
  fault: Extract<FaultRequest, { socket: string }>,
): void {
  switch (fault.socket) {
    case 'disconnect':
      sockets.disconnect(fault.reason)
      return
    case 'drop':
      sockets.drop()
      return
    case 'refuse':
      world.faults.refuseConnections(fault.error, fault.times)
      return
    case 'duplicate':
      world.faults.duplicateEnvelopes(fault.times, fault.type)
  }
}

function showFaults(world: World, sockets: Sockets): JsonObject {
  return { faults: world.faults.list(), rateLimits: world.rateLimits.enabled, sockets: sockets.count }
}
