import type { ServerResponse } from 'node:http'
import type { State } from './state.ts'
import type { Change, User } from './types.ts'

const KEEP_ALIVE_MS = 15_000

/** The open pages, each told of what changed for the person it shows. */
export class ChangeStream {
  private readonly listeners = new Map<ServerResponse, User>()
  private readonly keepAlive: NodeJS.Timeout

  constructor() {
    this.keepAlive = setInterval(() => this.write(() => ': still here\n\n'), KEEP_ALIVE_MS)
    this.keepAlive.unref()
  }

  listen(response: ServerResponse, user: User): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 1000\n\n')
    this.listeners.set(response, user)
    response.on('close', () => this.listeners.delete(response))
  }

  /** Tells the pages of those who can see the difference. */
  tell(state: State, change: Change): void {
    const { user: only, ...shown } = change
    const channel = change.channel === undefined ? undefined : state.channels.get(change.channel)
    const text = `data: ${JSON.stringify({ type: 'changed', ...shown })}\n\n`
    this.write((user) => {
      const isHidden =
        (only !== undefined && only !== user.id) || (channel !== undefined && !state.canSee(user, channel))
      return isHidden ? undefined : text
    })
  }

  close(): void {
    clearInterval(this.keepAlive)
    for (const response of this.listeners.keys()) response.end()
  }

  private write(textFor: (user: User) => string | undefined): void {
    for (const [response, user] of this.listeners) {
      const text = textFor(user)
      if (text !== undefined) response.write(text)
    }
  }
}
