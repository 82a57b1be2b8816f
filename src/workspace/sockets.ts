import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { freshId, secret } from './ids.ts'
import type { JsonObject } from './json.ts'
import { isObject, parseJson, textAt } from './json.ts'

const MOST_SOCKETS = 10
const TICKET_MS = 30_000
/** Slack closes the connection itself when the client has not, some seconds after it asked. */
const CLOSE_AFTER_MS = 10_000

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

export interface Envelope {
  type: 'events_api' | 'interactive' | 'slash_commands'
  payload: JsonObject
  retry?: { attempt: number; reason: string }
}

/** What the app answered to an envelope or request. */
export type Ack =
  | { status: 'acknowledged'; body: JsonObject }
  | { status: 'timed_out' }
  | { status: 'not_delivered'; reason: string }

/** The server side of Socket Mode: tickets, open sockets, envelopes and their acknowledgements. */
export class Sockets {
  private readonly server = new WebSocketServer({ noServer: true })
  private readonly tickets = new Map<string, number>()
  private readonly open = new Set<WebSocket>()
  private readonly waiting = new Map<string, (body: JsonObject) => void>()
  private readonly heartbeat: NodeJS.Timeout
  private readonly appId: string
  private turn = 0

  constructor(options: { appId: string; pingMs: number }) {
    this.appId = options.appId
    this.heartbeat = setInterval(() => this.pingAll(), options.pingMs)
    this.heartbeat.unref()
  }

  /** Open sockets that may be sent an envelope. */
  get count(): number {
    return this.open.size
  }

  /** The path and query of a socket address; it works once, within half a minute. */
  issueTicket(): string {
    const ticket = secret(24)
    this.tickets.set(ticket, Date.now() + TICKET_MS)
    return `/link/?ticket=${ticket}&app_id=${this.appId}`
  }

  /** Takes over an HTTP upgrade. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? ''
    const expiresAt = this.tickets.get(ticket)
    this.tickets.delete(ticket)
    if (expiresAt === undefined || Date.now() > expiresAt) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
      return
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.welcome(webSocket))
  }

  /** Sends one envelope over one open socket and waits for the acknowledgement. */
  async send(envelope: Envelope, options: { ackMs: number; twice: boolean }): Promise<Ack> {
    const socket = this.next()
    if (socket === undefined) return { status: 'not_delivered', reason: 'no_socket_open' }
    const envelopeId = freshId('E')
    const text = JSON.stringify({
      envelope_id: envelopeId,
      type: envelope.type,
      accepts_response_payload: envelope.type !== 'events_api',
      payload: envelope.payload,
      ...(envelope.retry === undefined
        ? {}
        : { retry_attempt: envelope.retry.attempt, retry_reason: envelope.retry.reason }),
    })
    const acknowledged = this.acknowledgement(envelopeId, options.ackMs)
    socket.send(text)
    if (options.twice) socket.send(text)
    return acknowledged
  }

  /** Asks every client to reconnect. `link_disabled` closes at once, the others after a while. */
  disconnect(reason: DisconnectReason): void {
    for (const socket of this.open) this.dismiss(socket, reason)
  }

  /** Cuts every connection without a word. */
  drop(): void {
    for (const socket of this.open) socket.terminate()
    this.open.clear()
  }

  close(): void {
    clearInterval(this.heartbeat)
    this.drop()
    for (const client of this.server.clients) client.terminate()
    this.server.close()
  }

  private welcome(socket: WebSocket): void {
    socket.on('error', () => socket.terminate())
    if (this.open.size >= MOST_SOCKETS) {
      this.dismiss(socket, 'too_many_websockets')
      return
    }
    this.open.add(socket)
    socket.on('close', () => this.open.delete(socket))
    socket.on('message', (data) => this.hear(data.toString()))
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.open.size,
        debug_info: {
          host: 'local-workspace',
          started: new Date().toISOString(),
          build_number: 1,
          approximate_connection_time: 18_060,
        },
        connection_info: { app_id: this.appId },
      }),
    )
  }

  private hear(text: string): void {
    const message = parseJson(text)
    const resolve = this.waiting.get(textAt(message, 'envelope_id') ?? '')
    const payload = isObject(message) ? message['payload'] : undefined
    resolve?.(isObject(payload) ? payload : {})
  }

  private async acknowledgement(envelopeId: string, ackMs: number): Promise<Ack> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(envelopeId)
        resolve({ status: 'timed_out' })
      }, ackMs)
      timer.unref()
      this.waiting.set(envelopeId, (body) => {
        clearTimeout(timer)
        this.waiting.delete(envelopeId)
        resolve({ status: 'acknowledged', body })
      })
    })
  }

  private next(): WebSocket | undefined {
    const ready = [...this.open].filter((socket) => socket.readyState === socket.OPEN)
    this.turn += 1
    return ready[this.turn % Math.max(ready.length, 1)]
  }

  private dismiss(socket: WebSocket, reason: DisconnectReason): void {
    this.open.delete(socket)
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local-workspace' } }))
    if (reason === 'link_disabled' || reason === 'too_many_websockets') {
      socket.close()
      return
    }
    setTimeout(() => socket.close(), CLOSE_AFTER_MS).unref()
  }

  private pingAll(): void {
    for (const socket of this.open) socket.ping()
  }
}
