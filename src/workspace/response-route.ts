import { applyAppResponse } from './acting/app-response.ts'
import type { Answer } from './answering.ts'
import { answerCall } from './answering.ts'
import type { JsonObject } from './json.ts'
import { Refused } from './methods/method.ts'
import { readArguments } from './request-body.ts'
import type { Route } from './routes.ts'
import type { World } from './world.ts'

/** Where the app answers an interaction: `POST /response/KEY`. Faults and the log call it `response_url`. */
export function responseRoute(world: World): Route {
  return {
    method: 'POST',
    path: '/response/:key',
    async serve(visit) {
      const args = await readArguments(visit.request, visit.url.searchParams)
      const respondTo = () => respond(world, visit.params['key'] ?? '', args)
      await answerCall(world, { name: 'response_url', args }, visit, respondTo)
    },
  }
}

function respond(world: World, key: string, args: JsonObject): Answer {
  const found = world.responseUrls.use(key)
  if (!found.ok) return { status: 404, body: { ok: false, error: found.error } }
  try {
    applyAppResponse(world, found.target, args)
    return { status: 200, body: { ok: true } }
  } catch (error) {
    if (error instanceof Refused)
      return { status: 400, body: { ok: false, error: error.error, ...error.details } }
    throw error
  }
}
