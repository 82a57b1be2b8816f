import { z } from 'zod'
import { Problem } from '../acting/problem.ts'
import type { JsonObject } from '../json.ts'
import { isObject, parseJson } from '../json.ts'
import { readBody } from '../request-body.ts'
import type { Route, Visit } from '../routes.ts'

export type Endpoint = Route

/** A route that takes JSON (or the query, for GET), checks it, and answers JSON. */
export function endpoint<Shape extends z.ZodRawShape>(
  method: Route['method'],
  path: string,
  shape: Shape,
  run: (
    given: z.output<z.ZodObject<Shape>>,
    params: Readonly<Record<string, string>>,
  ) => JsonObject | Promise<JsonObject>,
): Endpoint {
  const Given = z.strictObject(shape)
  return {
    method,
    path,
    async serve(visit) {
      const parsed = Given.safeParse(await readGiven(method, visit))
      if (!parsed.success) throw new Problem(400, 'bad_request', z.prettifyError(parsed.error))
      sendAnswer(visit, 200, await run(parsed.data, visit.params))
    },
  }
}

export function sendAnswer({ response }: Visit, status: number, body: JsonObject): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

async function readGiven(method: string, { request, url }: Visit): Promise<JsonObject> {
  if (method === 'GET') return Object.fromEntries(url.searchParams)
  const text = (await readBody(request)).toString()
  if (text.trim() === '') return {}
  const parsed = parseJson(text)
  if (!isObject(parsed)) throw new Problem(400, 'bad_request', 'The body must be a JSON object.')
  return parsed
}
