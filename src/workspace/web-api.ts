import type { IncomingMessage } from 'node:http'
import type { Answer } from './answering.ts'
import { answerCall, rateLimited } from './answering.ts'
import type { JsonObject } from './json.ts'
import type { Method, MethodTable } from './methods/method.ts'
import { Refused } from './methods/method.ts'
import { readArguments } from './request-body.ts'
import type { Visit } from './routes.ts'
import type { World } from './world.ts'

/** Serves `/api/METHOD`: rate limit, token and scope first, then the method itself. */
export async function serveWebApi(
  { world, methods }: { world: World; methods: MethodTable },
  name: string,
  visit: Visit,
): Promise<void> {
  const { token: inBody, ...args } = await readArguments(visit.request, visit.url.searchParams)
  const token = bearer(visit.request) ?? (typeof inBody === 'string' ? inBody : undefined)
  await answerCall(world, { name, args }, visit, () => call(world, methods[name], { name, args, token }))
}

function call(
  world: World,
  method: Method | undefined,
  { name, args, token }: { name: string; args: JsonObject; token: string | undefined },
): Answer {
  const { scopes } = world.app
  const headers = { 'x-oauth-scopes': scopes.join(',') }
  const refuse = (error: string, details: JsonObject = {}) => {
    return { status: 200, headers, body: { ok: false, error, ...details } }
  }
  if (method === undefined) return refuse('unknown_method', { req_method: name })
  const wait = world.rateLimits.take(name, args)
  if (wait !== undefined) return rateLimited(wait)
  const bad = tokenError(world, method, token)
  if (bad !== undefined) return refuse(bad)
  if (method.scopes.length > 0 && !method.scopes.some((scope) => scopes.includes(scope))) {
    return refuse('missing_scope', { needed: method.scopes.join(','), provided: scopes.join(',') })
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

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}
