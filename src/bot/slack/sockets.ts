import { SocketModeReceiver, type App } from '@slack/bolt'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../app/ports.ts'
import { boltLogger } from './bolt-logger.ts'
import type { Incoming } from './connection.ts'

/** Two, because Slack closes each now and then and a click must find the other one open. */
const SOCKETS = 2
/** The second opens a little later, so that Slack, which counts from their opening, never renews both at once. */
const APART_MS = 1_000
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 15_000

/** Longer than this a socket need not take to say goodbye. */
const GOODBYE_MS = 2_000

/**
 * Keeps two Socket Mode connections open by a loop of our own: the library's leaves a gap of seconds and gives up
 * with an unhandled rejection when Slack refuses it for a while. Starting never fails; it goes on trying.
 */
export function makeSockets(options: {
  readonly appToken: string
  readonly slackApiUrl?: string
  readonly logger: Logger
}): Incoming {
  const receivers = Array.from({ length: SOCKETS }, () => receiverOf(options))
  const open = new Set<number>()
  const life = new AbortController()

  const pause = (ms: number) => sleep(ms, undefined, { signal: life.signal }).catch(() => undefined)

  async function keepOpen(index: number, receiver: SocketModeReceiver): Promise<void> {
    let waitMs = FIRST_WAIT_MS
    if (index > 0) await pause(index * APART_MS)
    while (!life.signal.aborted) {
      const closing = untilClosed(receiver)
      try {
        await receiver.start()
        if (life.signal.aborted) return void receiver.client.disconnect()
        open.add(index)
        waitMs = FIRST_WAIT_MS
        await closing.closed
        options.logger.info({ socket: index }, 'a socket to Slack closed; opening it again')
      } catch (error) {
        options.logger.warn(
          { socket: index, reason: reasonOf(error) },
          'Slack does not let us connect; trying again',
        )
        await pause(waitMs)
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
      } finally {
        closing.forget()
        open.delete(index)
      }
    }
  }

  return {
    init(app: App) {
      for (const receiver of receivers) receiver.init(app)
    },
    async start() {
      for (const [index, receiver] of receivers.entries()) void keepOpen(index, receiver)
    },
    async stop() {
      life.abort()
      const goodbyes = receivers.map((receiver) => receiver.client.disconnect().catch(() => undefined))
      const enough = new AbortController()
      await Promise.race([
        Promise.all(goodbyes),
        sleep(GOODBYE_MS, undefined, { signal: enough.signal }).catch(() => undefined),
      ])
      enough.abort()
    },
    connected: () => open.size > 0,
  }
}

function untilClosed({ client }: SocketModeReceiver) {
  let tell: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    tell = resolve
    client.once('disconnected', resolve)
  })
  return { closed, forget: () => client.off('disconnected', tell) }
}

function receiverOf({
  appToken,
  slackApiUrl,
  logger,
}: Parameters<typeof makeSockets>[0]): SocketModeReceiver {
  const clientOptions = {
    retryConfig: { retries: 0 },
    timeout: 10_000,
    ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
  }
  return new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger: boltLogger(logger),
    // The receiver does not see the App's clientOptions; without these it would call the real Slack.
    installerOptions: { clientOptions },
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
