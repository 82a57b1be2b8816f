import { z } from 'zod'
import type { SlackConnection } from './connection.ts'

const WITHIN_MS = 8_000
const SLACK = 'https://slack.com/api/'

const Body = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  team: z.string().optional(),
  team_id: z.string().optional(),
  user: z.string().optional(),
})

/** What Slack says of a token. `reached: false`: it does not answer at all. */
export type SlackAnswer =
  | { readonly reached: false }
  | {
      readonly reached: true
      /** Slack's own word, when it refuses: `invalid_auth`. */
      readonly refusal?: string
      readonly team?: { readonly id: string; readonly name: string }
      readonly user?: string
      readonly scopes: readonly string[]
      /** By Slack's clock, in whole seconds; null: it does not say. */
      readonly clockMs: number | null
    }

/**
 * Asks once, without a client: its answer to `auth.test` has the scopes and the time in its headers.
 * `apps.connections.open` only hands out an address; nothing is connected by it.
 */
export async function askSlack(
  { botToken, appToken, apiUrl = SLACK }: SlackConnection,
  method: 'auth.test' | 'apps.connections.open',
): Promise<SlackAnswer> {
  const token = method === 'auth.test' ? botToken : appToken
  try {
    const response = await fetch(new URL(method, apiUrl), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token ?? ''}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    const body = Body.safeParse(await response.json())
    if (!body.success) return { reached: false }
    return { reached: true, ...told(body.data), ...headed(response.headers) }
  } catch {
    return { reached: false }
  }
}

function told({ ok, error, team, team_id: id, user }: z.infer<typeof Body>) {
  return {
    ...(ok ? {} : { refusal: error ?? 'no reason given' }),
    ...(id === undefined ? {} : { team: { id, name: team ?? id } }),
    ...(user === undefined ? {} : { user }),
  }
}

function headed(headers: Headers) {
  const at = Date.parse(headers.get('date') ?? '')
  const scopes = headers.get('x-oauth-scopes') ?? ''
  return {
    scopes: scopes
      .split(',')
      .map((scope) => scope.trim())
      .filter((scope) => scope !== ''),
    clockMs: Number.isNaN(at) ? null : at,
  }
}
