import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallFault } from './faults.ts'
import type { JsonObject } from './json.ts'
import type { Method, MethodTable } from './methods/method.ts'
import { Refused } from './methods/method.ts'
import { readArguments } from './request-body.ts'
import type { World } from './world.ts'

/** What is sent back; `status` 0 means that the caller never hears. */
interface Answer {
  status: number
  body: unknown
  headers?: Readonly<Record<string, string>>
  fault?: string
}

/** Serves `/api/METHOD`: faults first, then token, scope, rate limit, the method itself, and the log. */
export async function serveWebApi(
  { world, methods }: { world: World; methods: MethodTable },
  { name, url }: { name: string; url: URL },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = new Date()
  const args = await readArguments(request, url.searchParams)
  const fault = world.faults.strike(name, args)
  if (fault?.kind === 'delay') await pause(fault.ms)
  const answer =
    faultAnswer(fault) ?? call(world, methods[name], { name, args, token: tokenOf(request, args) })
  const isHeard = fault?.kind !== 'lose_response' && fault?.kind !== 'close' && fault?.kind !== 'hang'
  world.log.add({
    method: name,
    args: withoutToken(args),
    at: at.toISOString(),
    durationMs: Date.now() - at.getTime(),
    status: isHeard ? answer.status : 0,
    answer: answer.body,
    ...(fault === undefined ? {} : { fault: fault.kind }),
  })
  if (fault?.kind === 'hang') return
  if (isHeard) sendJson(response, answer)
  else request.socket.destroy()
}

export function sendJson(response: ServerResponse, answer: Answer): void {
  const body = JSON.stringify(answer.body)
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
  response.end(body)
}

/** The answer a fault gives in place of the method; undefined when the method is to do its work. */
export function faultAnswer(fault: CallFault | undefined): Answer | undefined {
  if (fault === undefined) return undefined
  switch (fault.kind) {
    case 'error':
      return { status: 200, body: { ok: false, error: fault.error } }
    case 'status':
      return { status: fault.status, body: { ok: false, error: 'service_unavailable' } }
    case 'rate_limited':
      return rateLimited(fault.retryAfter)
    case 'hang':
    case 'close':
      return { status: 0, body: null }
    case 'delay':
    case 'lose_response':
      return undefined
  }
}

function call(
  world: World,
  method: Method | undefined,
  { name, args, token }: { name: string; args: JsonObject; token: string | undefined },
): Answer {
  const headers = { 'x-oauth-scopes': world.app.scopes.join(','), 'x-slack-req-id': `${Date.now()}` }
  const refuse = (error: string, details: JsonObject = {}) => ({
    status: 200,
    headers,
    body: { ok: false, error, ...details },
  })
  if (method === undefined) return refuse('unknown_method', { req_method: name })
  const wait = world.rateLimits.take(name, args)
  if (wait !== undefined) return rateLimited(wait)
  const bad = tokenError(world, method, token)
  if (bad !== undefined) return refuse(bad)
  if (method.scopes.length > 0 && !method.scopes.some((scope) => world.app.scopes.includes(scope))) {
    return refuse('missing_scope', { needed: method.scopes.join(','), provided: world.app.scopes.join(',') })
  }
  try {
    return { status: 200, headers, body: { ok: true, ...method.run(args, world) } }
  } catch (error) {
    if (error instanceof Refused) return refuse(error.error, error.details)
    throw error
  }
}

function tokenError(world: World, method: Method, token: string | undefined): string | undefined {
  const { botToken, appToken } = world.identity
  if (token === undefined) return 'not_authed'
  if (token !== botToken && token !== appToken) return 'invalid_auth'
  const kind = token === botToken ? 'bot' : 'app'
  if (world.faults.isRevoked(kind)) return 'token_revoked'
  return kind === method.token ? undefined : 'not_allowed_token_type'
}

function tokenOf(request: IncomingMessage, args: JsonObject): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return bearer ?? (typeof args['token'] === 'string' ? args['token'] : undefined)
}

function withoutToken(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== 'token'))
}

function rateLimited(seconds: number): Answer {
  return {
    status: 429,
    headers: { 'retry-after': String(seconds) },
    body: { ok: false, error: 'ratelimited' },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
