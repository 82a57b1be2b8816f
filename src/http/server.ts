import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NEWER } from '../app/handle-command.ts'
import { NewerEvent } from '../app/log-errors.ts'
import type { Logger } from '../app/ports.ts'

/** An answer: JSON, or text of another media type. */
export interface Answer {
  readonly status: number
  readonly body: object | string
  readonly type?: string
}

export interface Request {
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  /** Bearer token, as it came. */
  readonly token: string | null
}

/** `GET /v1/cutovers/:id`: a name that begins with `:` matches any one segment. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly pattern: string
  readonly handle: (request: Request) => Promise<Answer>
}

const BODY_MAX_BYTES = 256 * 1024

/** The CLI's endpoint, health and readiness. Loopback unless told otherwise. */
export async function startHttpServer(options: {
  readonly host: string
  readonly port: number
  readonly routes: readonly Route[]
  readonly logger: Logger
}): Promise<{ readonly url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void answerTo(request, options.routes, options.logger).then((answer) => send(response, answer))
  })
  server.requestTimeout = 15_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host}:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function answerTo(
  incoming: IncomingMessage,
  routes: readonly Route[],
  logger: Logger,
): Promise<Answer> {
  const url = new URL(incoming.url ?? '/', 'http://local')
  const path = url.pathname.split('/').filter(Boolean)
  const fitting = routes.filter((route) => matches(route, path))
  const route = fitting.find(({ method }) => method === incoming.method)
  if (!route) {
    return fitting.length > 0
      ? problem(405, 'wrong method', `${incoming.method ?? ''} is not possible here.`)
      : problem(404, 'not found', `There is nothing at ${url.pathname}.`)
  }
  try {
    const body = await readJson(incoming)
    if (body instanceof BadBody) return problem(400, 'bad request', body.message)
    return await route.handle({ path, query: url.searchParams, body, token: bearer(incoming) })
  } catch (error) {
    if (error instanceof NewerEvent) return problem(409, NEWER, error.message)
    logger.error({ path: url.pathname, ...about(route, path), error }, 'a request failed')
    return problem(503, 'unavailable', 'Cutover cannot answer right now: its log or Slack is away.')
  }
}

/** The cutover that a path names: what stands where its pattern has `:id`. */
function about({ pattern }: Route, path: readonly string[]): { readonly cutover?: string } {
  const cutover = path[pattern.split('/').filter(Boolean).indexOf(':id')]
  return cutover === undefined ? {} : { cutover }
}

export function problem(status: number, code: string, message: string): Answer {
  return { status, body: { ok: false, code, message } }
}

function matches(route: Route, path: readonly string[]): boolean {
  const pattern = route.pattern.split('/').filter(Boolean)
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => segment.startsWith(':') || segment === path[index])
  )
}

class BadBody extends Error {}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > BODY_MAX_BYTES)
      return new BadBody(`At most ${BODY_MAX_BYTES / 1024} KB are read. Nothing was changed.`)
    chunks.push(bytes)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    return new BadBody('The body is not JSON. Nothing was changed.')
  }
}

function bearer(incoming: IncomingMessage): string | null {
  return /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? null
}

function send(response: ServerResponse, answer: Answer): void {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    'content-type':
      answer.type ?? (typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
