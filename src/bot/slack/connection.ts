import type { Receiver } from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import type { Logger } from '../../app/ports.ts'
import { boltLogger } from './bolt-logger.ts'
import { makeSignedHttp } from './signed-http.ts'
import { makeSockets } from './sockets.ts'
import { WatchedClient, type CallSeen } from './watched-client.ts'

/** How to reach Slack: an app token for Socket Mode, or a signing secret and a port for signed HTTP. */
export interface SlackConnection {
  readonly botToken: string
  readonly appToken?: string
  readonly signingSecret?: string
  /** For signed HTTP, on loopback: what terminates TLS stands before it. */
  readonly httpPort?: number
  /** A Slack-compatible server; takes tokens that begin with `xoxb-local-` and `xapp-local-` only. */
  readonly apiUrl?: string
}

/** The connection cannot work as it is set; the message says what to change. */
export class SlackConnectionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SlackConnectionError'
  }
}

const LOCAL = /^(xoxb|xapp)-local-/
const TIMEOUT_MS = 8_000

/** Test tokens go to test servers, real ones to Slack, and never the other way. Throws {@link SlackConnectionError}. */
export function requireMatchingTokens({ botToken, appToken, apiUrl }: SlackConnection): void {
  const tokens = [botToken, ...(appToken === undefined ? [] : [appToken])]
  if (apiUrl !== undefined && tokens.some((token) => !LOCAL.test(token))) {
    throw new SlackConnectionError(
      'CUTOVER_SLACK_API_URL names a server that is not Slack, and the tokens look real. Such a server gets tokens ' +
        'that begin with xoxb-local- and xapp-local- only. Nothing was sent.',
    )
  }
  if (apiUrl === undefined && tokens.some((token) => LOCAL.test(token))) {
    throw new SlackConnectionError(
      'These are tokens of a local workspace (xoxb-local-…). Set CUTOVER_SLACK_API_URL to its address. ' +
        'Nothing was sent.',
    )
  }
}

/** What arrives from Slack, with whether it can arrive. */
export interface Incoming extends Receiver {
  readonly connected: () => boolean
}

/** Socket Mode where there is an app token, else signed HTTP. Throws {@link SlackConnectionError}. */
export function receiverFor(slack: SlackConnection, logger: Logger): Incoming {
  const { appToken, signingSecret, httpPort, apiUrl } = slack
  if (appToken !== undefined) {
    return makeSockets({ appToken, logger, ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }) })
  }
  if (signingSecret === undefined || httpPort === undefined) {
    throw new SlackConnectionError(
      'Set CUTOVER_SLACK_APP_TOKEN (xapp-…) for Socket Mode, or CUTOVER_SLACK_SIGNING_SECRET with ' +
        'CUTOVER_SLACK_PORT for signed HTTP.',
    )
  }
  return makeSignedHttp({ signingSecret, port: httpPort, logger })
}

/**
 * A client of its own for each use: one 429 pauses a whole client. It never repeats a call by itself, because a
 * repeated post is a second message.
 */
export function clientFor(
  { botToken, apiUrl }: SlackConnection,
  logger: Logger,
  called: CallSeen = () => undefined,
): WebClient {
  return new WatchedClient(called, botToken, {
    retryConfig: { retries: 0 },
    timeout: TIMEOUT_MS,
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: boltLogger(logger),
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  })
}
