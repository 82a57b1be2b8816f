import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { Problem } from './acting/problem.ts'
import type { Visit } from './routes.ts'
import type { World } from './world.ts'

/** The page's files lie in the sources; this file is as deep in `src` as in `dist`. */
const FOLDER = new URL('../../src/workspace/page/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Serves a file of the page. Names that lead out of its folder, or to a type it does not have, are not found. */
export async function serveStatic({ response, url }: Visit): Promise<void> {
  const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1)
  const file = new URL(name, FOLDER)
  const type = TYPES[extname(name)]
  if (type === undefined || !file.href.startsWith(FOLDER.href)) throw notFound(url)
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes === undefined) throw notFound(url)
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  response.end(bytes)
}

/** A permalink leads to the page, at the message. */
export function redirectPermalink({ response, url, params }: Visit, world: World): void {
  const channel = world.state.channels.get(params['channel'] ?? '')
  const digits = /^p(\d{10})(\d{6})$/.exec(params['message'] ?? '')
  if (channel === undefined || digits === null) throw notFound(url)
  const ts = `${digits[1] ?? ''}.${digits[2] ?? ''}`
  const message = world.state.findMessage(channel.id, ts)
  const thread = message?.threadTs === undefined ? '' : `&thread=${message.threadTs}`
  response.writeHead(302, { location: `/#channel=${encodeURIComponent(channel.name)}${thread}` })
  response.end()
}

function notFound(url: URL): Problem {
  return new Problem(404, 'not_found', `${url.pathname} is not served. docs/workspace.md lists what is.`)
}
