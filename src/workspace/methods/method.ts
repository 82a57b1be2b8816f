import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { parseJson } from '../json.ts'
import type { World } from '../world.ts'

/** A business error: the method answers 200 with `ok: false`. */
export class Refused extends Error {
  readonly error: string
  readonly details: JsonObject

  constructor(error: string, details: JsonObject = {}) {
    super(error)
    this.error = error
    this.details = details
  }
}

export interface Method {
  /** `app` for the app-level token; all others take the bot token. */
  token: 'bot' | 'app'
  /** Having any one of these is enough; none means that every token may call it. */
  scopes: readonly string[]
  run(args: JsonObject, world: World): JsonObject
}

export type MethodTable = Readonly<Record<string, Method>>

/** Declares a method: the scopes that allow it, the arguments it reads, what it does. `ok: true` is added. */
export function method<Shape extends z.ZodRawShape>(
  scopes: readonly string[],
  shape: Shape,
  run: (args: z.output<z.ZodObject<Shape>>, world: World) => JsonObject,
): Method {
  const Args = z.object(shape)
  return {
    token: 'bot',
    scopes,
    run(given, world) {
      const parsed = Args.safeParse(given)
      if (parsed.success) return run(parsed.data, world)
      const messages = parsed.error.issues.map((issue) => `[ERROR] ${describe(issue, given)}`)
      throw new Refused('invalid_arguments', { response_metadata: { messages } })
    },
  }
}

function describe(issue: z.core.$ZodIssue, given: JsonObject): string {
  const name = String(issue.path[0] ?? '')
  if (given[name] === undefined) return `missing required field: ${name}`
  return `${issue.message} [json-pointer:/${issue.path.join('/')}]`
}

/** Form values arrive as text; these read them as what they mean. */
export const flag = z.preprocess((value) => value === true || value === 'true' || value === '1', z.boolean())
export const whole = z.coerce.number().int()
export const limit = (most: number, usual: number) => whole.min(1).max(most).default(usual)
export const ids = z.preprocess(
  (value) => (typeof value === 'string' ? splitIds(value) : value),
  z.array(z.string().min(1)).min(1),
)

/** An argument that is JSON inside a form field. What is no JSON stays the text it was. */
export const json = z.preprocess(
  (value) => (typeof value === 'string' ? (parseJson(value) ?? value) : value),
  z.unknown(),
)

function splitIds(value: string): unknown {
  const list = parseJson(value)
  return Array.isArray(list) ? list : value.split(',').map((id) => id.trim())
}

/** One page of a list, with the cursor of the next. */
export function page<Item>(items: readonly Item[], cursor: string | undefined, limit: number) {
  const from = cursor === undefined || cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString())
  if (!Number.isInteger(from) || from < 0) throw new Refused('invalid_cursor')
  const next = from + limit < items.length ? Buffer.from(String(from + limit)).toString('base64') : ''
  return { items: items.slice(from, from + limit), next }
}
