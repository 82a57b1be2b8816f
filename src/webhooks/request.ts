import { setTimeout as pause } from 'node:timers/promises'
import { WebhookError } from './webhook-error.ts'

export interface Request {
  /** How a failure calls the receiver. */
  readonly receiver: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: object | string
  /** The receiver knows the message again, so that it may be sent twice. */
  readonly mayRepeat: boolean
}

export interface Patience {
  readonly timeoutMs: number
  /** Before the second try, the third… */
  readonly pausesMs: readonly number[]
}

/** A person waits for the answer on the card; three tries fit into a minute. */
export const PATIENCE: Patience = { timeoutMs: 15_000, pausesMs: [1000, 4000] }
const RETRY_AFTER_MAX_MS = 20_000
const ANSWER_MAX = 200_000

/** Asks, and asks again while that may help. Gives the answer's text; throws {@link WebhookError}. */
export async function request(asked: Request, patience: Patience = PATIENCE): Promise<string> {
  for (const pauseMs of [...patience.pausesMs, null]) {
    const tried = await once(asked, patience.timeoutMs)
    if ('text' in tried) return tried.text
    if (pauseMs === null || !tried.again) throw tried.error
    await pause(Math.max(pauseMs, Math.min(tried.afterMs ?? 0, RETRY_AFTER_MAX_MS)))
  }
  throw new Error('A request ends with an answer or an error.')
}

type Tried =
  | { readonly text: string }
  | { readonly error: WebhookError; readonly again: boolean; readonly afterMs?: number }

async function once(asked: Request, timeoutMs: number): Promise<Tried> {
  const { method, url, headers, body, mayRepeat, receiver } = asked
  const json = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { body: json }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = (await answer.text()).slice(0, ANSWER_MAX)
    return answer.ok ? { text } : refused(asked, answer, text)
  } catch (error) {
    const hangs = error instanceof DOMException && error.name === 'TimeoutError'
    const neverSent = !hangs && NOT_SENT.has(codeOf(error))
    const mayHaveArrived = !neverSent && !mayRepeat && method !== 'GET'
    const what = hangs
      ? `${receiver} did not answer within ${timeoutMs / 1000} s.`
      : `${receiver} cannot be reached, or hung up.`
    const consequence = mayHaveArrived
      ? 'It may have taken the message or not.'
      : 'Nothing was changed there as far as is known.'
    const hint = mayHaveArrived
      ? 'Look there first; then retry it, or skip it.'
      : 'See whether it is up and reachable from where `serve` runs; then retry it, or tell it by hand and skip it.'
    return {
      error: new WebhookError(`${what} ${consequence}`, hint, mayHaveArrived, { cause: error }),
      again: neverSent || mayRepeat,
    }
  }
}

/** The connection never came about. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
}

function refused({ receiver, mayRepeat }: Request, answer: Response, text: string): Tried {
  const { status } = answer
  const said = oneLine(text)
  const words = said === '' ? '' : `: ${said}`
  const hint =
    status === 401 || status === 403
      ? 'Look at its token in the file that CUTOVER_WEBHOOKS_FILE names; then retry it.'
      : status === 404
        ? 'Look at its url and ids in the file that CUTOVER_WEBHOOKS_FILE names; then retry it.'
        : 'Its answer says why. Retry it, or tell it by hand and skip it.'
  const isTheirs = status >= 500
  const mayHaveArrived = isTheirs && !mayRepeat
  const after = Number(answer.headers.get('retry-after'))
  return {
    error: new WebhookError(`${receiver} answered ${status}${words}.`, hint, mayHaveArrived),
    again: status === 429 || (isTheirs && mayRepeat),
    ...(Number.isFinite(after) && after > 0 ? { afterMs: after * 1000 } : {}),
  }
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`
}
