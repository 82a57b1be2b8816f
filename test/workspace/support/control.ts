import type { Workspace } from '../../../src/workspace/server.ts'

/** What the control API answered; tests look into it freely. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = any

export interface Control {
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** The first-level messages of a channel; `ops?limit=2` for the last two. */
  messages(channel: string): Promise<Answer[]>
  /** Calls of one Web API method so far. */
  calls(method: string): Promise<Answer[]>
}

export function controlOf(workspace: Workspace): Control {
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${workspace.url}/control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return { status: response.status, ...((await response.json()) as object) }
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body = {}) => send('POST', path, body),
    delete: (path) => send('DELETE', path),
    messages: async (channel) => {
      const [name, query = ''] = channel.split('?')
      return ((await send('GET', `channels/${name}/messages?${query}`)) as Answer).messages
    },
    calls: async (method) => ((await send('GET', `log?method=${method}`)) as Answer).calls,
  }
}

/** Waits until the look finds something; fails after two seconds. */
export async function eventually<Found>(
  look: () => Promise<Found> | Found,
  withinMs = 2_000,
): Promise<NonNullable<Found>> {
  const end = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`Nothing was found within ${withinMs} ms.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
