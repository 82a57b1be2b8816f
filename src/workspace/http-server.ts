import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Problem } from './acting/problem.ts'
import { sendAnswer } from './control/endpoint.ts'
import type { MethodTable } from './methods/method.ts'
import { BodyTooLarge } from './request-body.ts'
import type { Route } from './routes.ts'
import { findRoute, refuseForeign } from './routes.ts'
import type { Sockets } from './sockets.ts'
import { serveStatic } from './static-page.ts'
import { serveWebApi } from './web-api.ts'
import type { World } from './world.ts'

export interface Served {
  world: World
  methods: MethodTable
  sockets: Sockets
  /** Control API and page: for this machine only. */
  routes: readonly Route[]
  /** What the app and its tools reach: response URLs, uploads, files. */
  openRoutes: readonly Route[]
}

/** One HTTP server for the Web API, Socket Mode, the control API and the page. */
export function makeServer(served: Served): Server {
  const server = createServer((request, response) => {
    handle(served, request, response).catch((error: unknown) => answerError(error, request, response))
  })
  server.on('upgrade', (request, socket, head) => served.sockets.accept(request, socket, head))
  return server
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', served.world.url)
  const method = request.method ?? 'GET'
  const apiMethod = /^\/api\/([\w.]+)$/.exec(url.pathname)?.[1]
  if (apiMethod !== undefined) {
    await serveWebApi(served, apiMethod, { request, response, url, params: {} })
    return
  }
  const open = findRoute(served.openRoutes, method, url.pathname)
  if (open !== undefined) {
    await open.route.serve({ request, response, url, params: open.params })
    return
  }
  refuseForeign(request)
  const found = findRoute(served.routes, method, url.pathname)
  const visit = { request, response, url, params: found?.params ?? {} }
  if (found !== undefined) {
    await found.route.serve(visit)
  } else if (method === 'GET') {
    await serveStatic(visit)
  } else {
    throw new Problem(
      404,
      'not_found',
      `${method} ${url.pathname} is not served. docs/workspace.md lists what is.`,
    )
  }
}

function answerError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const visit = { request, response, url: new URL('http://localhost'), params: {} }
  if (response.headersSent) {
    response.destroy()
  } else if (error instanceof Problem) {
    sendAnswer(visit, error.status, { error: error.code, hint: error.hint })
  } else if (error instanceof BodyTooLarge) {
    sendAnswer(visit, 413, { error: 'too_large', hint: error.message })
  } else {
    const hint = error instanceof Error ? error.message : String(error)
    sendAnswer(visit, 500, { ok: false, error: 'internal_error', hint: `The workspace failed: ${hint}` })
  }
}
