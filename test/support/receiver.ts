import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // A test says what it expects of it.
  readonly body: { readonly [key: string]: unknown }
}

export interface WebhookReceiver {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly received: readonly Received[]
  /** The next requests are answered so, in order; then again as it was started with. */
  answerWith(...answers: readonly Answer[]): void
  stop(): Promise<void>
}

/** `hang`: nothing is answered. `drop`: the connection is cut after the request was read. */
export type Answer =
  | 'hang'
  | 'drop'
  | {
      readonly status: number
      readonly body?: unknown
      readonly headers?: { readonly [name: string]: string }
    }

/** A server that takes webhooks, as Statuspage, a pager or anything else would. */
export async function startReceiver(
  usual: (request: Received) => Answer = () => ({ status: 202, body: { status: 'success' } }),
): Promise<WebhookReceiver> {
  const received: Received[] = []
  const next: Answer[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: body === '' ? {} : JSON.parse(body),
    }
    received.push(one)
    const how = next.shift() ?? usual(one)
    if (how === 'hang') return
    if (how === 'drop') {
      request.socket.destroy()
      return
    }
    response.writeHead(how.status, how.headers ?? {})
    response.end(
      how.body === undefined ? '' : typeof how.body === 'string' ? how.body : JSON.stringify(how.body),
    )
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answerWith: (...answers) => void next.push(...answers),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
