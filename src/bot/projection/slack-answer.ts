import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api'

/**
 * What a call to Slack came to. `refused`: Slack said no and did nothing. `wait`: it did nothing and wants us to wait.
 * `away`: we cannot act at all for now, and nothing was done. `lost`: nobody knows whether it was done.
 */
export type Answer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly error: string; readonly details: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'away'; readonly error: string }
  | { readonly kind: 'lost'; readonly error: string }

export async function answerOf<T>(call: Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'done', value: await call }
  } catch (error) {
    return failureOf(error)
  }
}

/** Errors about the whole connection: they pass when somebody mends the token or Slack recovers. */
const AWAY: ReadonlySet<string> = new Set([
  'token_revoked',
  'token_expired',
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'missing_scope',
  'org_login_required',
  'ekm_access_denied',
  'team_access_not_granted',
  'service_unavailable',
  'team_added_to_org',
])
/** Slack failed inside: it may have done it. */
const LOST: ReadonlySet<string> = new Set(['internal_error', 'fatal_error', 'request_timeout'])

function failureOf(error: unknown): Exclude<Answer<never>, { kind: 'done' }> {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'wait', ms: error.retryAfter * 1_000 }
  if (error instanceof WebAPIPlatformError) {
    const { error: code, response_metadata: more } = error.data
    if (code === 'ratelimited') return { kind: 'wait', ms: 1_000 }
    if (AWAY.has(code)) return { kind: 'away', error: code }
    if (LOST.has(code)) return { kind: 'lost', error: code }
    return { kind: 'refused', error: code, details: (more?.messages ?? []).join(' ').slice(0, 500) }
  }
  if (error instanceof WebAPIHTTPError) return { kind: 'lost', error: `HTTP ${error.statusCode}` }
  return { kind: 'lost', error: error instanceof Error ? error.message : String(error) }
}

/** The channel cannot be used any more, whatever is sent. */
export const CHANNEL_GONE: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'channel_is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
])

/** The message is not there (any more), or cannot be changed any more: it is posted anew. */
export const MESSAGE_GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
])
