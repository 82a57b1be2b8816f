import { HTTPReceiver } from '@slack/bolt'
import { createServer, type IncomingMessage } from 'node:http'
import type { Logger } from '../../app/ports.ts'
import { boltLogger } from './bolt-logger.ts'
import type { Incoming } from './connection.ts'

/** Slack's own limit for the age of a request; the library looks at the past only. */
const WINDOW_S = 300

/** Signed HTTP on loopback: signature by the library, and a time stamp that lies neither behind nor ahead. */
export function makeSignedHttp(options: {
  readonly signingSecret: string
  readonly port: number
  readonly logger: Logger
}): Incoming {
  const { signingSecret, port, logger } = options
  const receiver = new HTTPReceiver({ signingSecret, logger: boltLogger(logger) })
  const server = createServer((request, response) => {
    if (isTimely(request)) return receiver.requestListener(request, response)
    logger.warn(
      { stamp: request.headers['x-slack-request-timestamp'] },
      'a request from another time was refused',
    )
    response.writeHead(401).end()
  })

  return {
    init: (app) => receiver.init(app),
    start: () =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      }),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
    connected: () => server.listening,
  }
}

function isTimely(request: IncomingMessage): boolean {
  const stamp = Number(request.headers['x-slack-request-timestamp'])
  return Number.isInteger(stamp) && Math.abs(Date.now() / 1000 - stamp) <= WINDOW_S
}
