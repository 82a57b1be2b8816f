import { applyAppResponse } from './acting/app-response.ts'
import type { JsonObject } from './json.ts'
import { Refused } from './methods/method.ts'
import { readArguments } from './request-body.ts'
import type { Route } from './routes.ts'
import { faultAnswer, sendJson } from './web-api.ts'
import type { World } from './world.ts'

/** Where the app answers an interaction: `POST /response/KEY`. Faults call it `response_url`. */
export function responseRoute(world: World): Route {
  return {
    method: 'POST',
    path: '/response/:key',
    async serve({ request, response, url, params }) {
      const at = new Date()
      const args = await readArguments(request, url.searchParams)
      const fault = world.faults.strike('response_url', args)
      if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms).unref())
      const answer = faultAnswer(fault) ?? respond(world, params['key'] ?? '', args)
      const isHeard = fault?.kind !== 'lose_response' && fault?.kind !== 'close' && fault?.kind !== 'hang'
      world.log.add({
        method: 'response_url',
        args,
        at: at.toISOString(),
        durationMs: Date.now() - at.getTime(),
        status: isHeard ? answer.status : 0,
        answer: answer.body,
        ...(fault === undefined ? {} : { fault: fault.kind }),
      })
      if (fault?.kind === 'hang') return
      if (isHeard) sendJson(response, answer)
      else request.socket.destroy()
    },
  }
}

function respond(world: World, key: string, args: JsonObject): { status: number; body: JsonObject } {
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
