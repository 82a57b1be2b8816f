import { createHmac } from 'node:crypto'
import type { Ack, Envelope } from './sockets.ts'
import { isObject, parseJson } from './json.ts'

/** An app that is reached by HTTP instead of Socket Mode. */
export interface HttpApp {
  url: string
  signingSecret: string
}

/** The signature Slack puts on a request: HMAC-SHA256 over version, timestamp and body. */
export function signature(signingSecret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`
}

/** Sends one signed request and reads the answer as an acknowledgement. */
export async function postSigned(app: HttpApp, envelope: Envelope, ackMs: number): Promise<Ack> {
  const { body, contentType } = encode(envelope)
  const timestamp = Math.floor(Date.now() / 1000)
  try {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signature(app.signingSecret, timestamp, body),
        ...(envelope.retry === undefined
          ? {}
          : {
              'x-slack-retry-num': String(envelope.retry.attempt),
              'x-slack-retry-reason': envelope.retry.reason,
            }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ackMs),
    })
    const text = await response.text()
    if (response.headers.get('x-slack-no-retry') === '1' && !response.ok) {
      return { status: 'not_delivered', reason: 'no_retry' }
    }
    return response.ok
      ? { status: 'acknowledged', body: readAnswer(text) }
      : { status: 'not_delivered', reason: 'http_error' }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return timedOut ? { status: 'timed_out' } : { status: 'not_delivered', reason: 'connection_failed' }
  }
}

function encode(envelope: Envelope): { body: string; contentType: string } {
  if (envelope.type === 'events_api') {
    return { body: JSON.stringify(envelope.payload), contentType: 'application/json' }
  }
  const fields =
    envelope.type === 'interactive'
      ? { payload: JSON.stringify(envelope.payload) }
      : Object.fromEntries(Object.entries(envelope.payload).map(([name, value]) => [name, String(value)]))
  return { body: new URLSearchParams(fields).toString(), contentType: 'application/x-www-form-urlencoded' }
}

function readAnswer(text: string): Record<string, unknown> {
  const parsed = parseJson(text)
  if (isObject(parsed)) return { ...parsed }
  return text === '' ? {} : { text }
}
