import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from './acting/problem.ts'

export interface Visit {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** The named parts of the path, decoded. */
  params: Readonly<Record<string, string>>
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** Such as `/control/users/:name/views`. */
  path: string
  serve(visit: Visit): Promise<void> | void
}

/** The route for a request, with the named parts of its path. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : undefined
    if (params !== undefined) return { route, params }
  }
  return undefined
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/')
  const given = path.split('/')
  if (expected.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of expected.entries()) {
    const value = given[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== value) return undefined
      continue
    }
    params[part.slice(1)] = decode(value)
  }
  return params
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Problem(400, 'bad_path', `"${part}" is no valid part of a path.`)
  }
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Refuses what does not come from this machine by name: a page of a foreign site (Origin) or a foreign name that was
 * made to point here (Host) must not drive the workspace.
 */
export function refuseForeign(request: IncomingMessage): void {
  const { host, origin } = request.headers
  const hostName = host === undefined ? undefined : hostOf(`http://${host}`)
  const isForeign = hostName === undefined || !LOOPBACK.has(hostName)
  const isForeignOrigin = origin !== undefined && !LOOPBACK.has(hostOf(origin) ?? '')
  if (isForeign || isForeignOrigin) {
    throw new Problem(
      403,
      'foreign_origin',
      'The workspace is driven from this machine only, by a loopback address.',
    )
  }
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).hostname : undefined
}
