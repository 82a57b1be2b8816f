import { App } from '@slack/bolt'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CutoverLog } from '../app/ports.ts'
import type { Attending } from './listeners/attend.ts'
import { barredBy } from './listeners/barred.ts'
import type { Desk } from './listeners/desk.ts'
import { registerListeners } from './listeners/register.ts'
import { boltLogger } from './slack/bolt-logger.ts'
import { receiverFor, type SlackConnection } from './slack/connection.ts'
import type { OwnTeam } from './slack/own-team.ts'

/** What people say is answered before the process ends, but nobody waits longer for that. */
const DRAIN_MS = 5_000

export interface IncomingHalf {
  readonly connected: () => boolean
  start(): Promise<void>
  /** Waits for what is being answered, and takes nothing new. */
  stop(): Promise<void>
}

/** Bolt with all listeners. Nothing of it speaks to Slack before `start`. */
export function makeIncoming(
  deps: Omit<Desk, 'barred'> & {
    readonly slack: SlackConnection
    readonly log: CutoverLog
    readonly team: OwnTeam
    readonly timings?: Attending['timings']
  },
): IncomingHalf {
  const { slack, team, ...desk } = deps
  const { logger } = deps
  const receiver = receiverFor(slack, logger)
  const app = new App({
    receiver,
    // The token is that of the one installation; asking Slack about it anew for each event would cost a second each.
    authorize: async () => ({ botToken: slack.botToken }),
    ignoreSelf: false,
    convoStore: false,
    logger: boltLogger(logger),
    ...(slack.apiUrl === undefined ? {} : { clientOptions: { slackApiUrl: slack.apiUrl } }),
  })

  const underWay = new Set<Promise<void>>()
  app.use(async ({ next }) => {
    const answered = next()
    underWay.add(answered)
    await answered.finally(() => underWay.delete(answered))
  })
  app.error(async (error) => logger.error({ reason: String(error) }, 'a listener failed'))
  registerListeners(app, { ...desk, barred: barredBy({ directory: deps.directory, team }) })

  async function drained(): Promise<void> {
    const enough = new AbortController()
    const late = sleep(DRAIN_MS, undefined, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([Promise.allSettled(underWay), late])
    enough.abort()
  }

  return {
    connected: () => receiver.connected(),
    async start() {
      await receiver.start()
    },
    async stop() {
      // What is being answered still needs its socket.
      await drained()
      await receiver.stop()
      await drained()
    },
  }
}
