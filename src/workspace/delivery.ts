import type { AppEvent } from './events.ts'
import { eventPayload, isWanted } from './events.ts'
import type { JsonObject } from './json.ts'
import type { HttpApp } from './signed-http.ts'
import { postSigned } from './signed-http.ts'
import type { Ack, Envelope, Sockets } from './sockets.ts'
import type { World } from './world.ts'

const EVENT_REPETITIONS = 3

/** Brings events and interactions to the app, by Socket Mode or by signed HTTP. */
export class Delivery {
  httpApp: HttpApp | undefined
  private readonly sockets: Sockets
  private stopped = false

  constructor(sockets: Sockets, httpApp: HttpApp | undefined) {
    this.sockets = sockets
    this.httpApp = httpApp
  }

  /** Sends a slash command or an interaction once; nobody repeats these, the person sees a failure instead. */
  async interact(world: World, type: 'interactive' | 'slash_commands', payload: JsonObject): Promise<Ack> {
    return this.send(world, { type, payload })
  }

  /** Sends an event and repeats it, up to three times, until the app acknowledges it. */
  async announce(world: World, event: AppEvent): Promise<void> {
    if (!isWanted(world, event)) return
    const payload = eventPayload(world, event)
    let reason: string | undefined
    for (let attempt = 0; attempt <= EVENT_REPETITIONS; attempt += 1) {
      if (attempt > 0) await this.pauseBefore(world, attempt)
      if (this.stopped) return
      const retry = reason === undefined ? {} : { retry: { attempt, reason } }
      const ack = await this.send(world, { type: 'events_api', payload, ...retry })
      if (ack.status === 'acknowledged') return
      // Without a socket, or when the app forbids it, an event is not kept for later.
      if (ack.status === 'not_delivered' && ['no_socket_open', 'no_retry'].includes(ack.reason)) return
      reason = ack.status === 'timed_out' ? this.timeoutReason() : ack.reason
    }
  }

  stop(): void {
    this.stopped = true
  }

  private async send(world: World, envelope: Envelope): Promise<Ack> {
    const { ackMs } = world.timings
    if (this.httpApp !== undefined) return postSigned(this.httpApp, envelope, ackMs)
    return this.sockets.send(envelope, { ackMs, twice: world.faults.duplicate(envelope.type) })
  }

  private async pauseBefore(world: World, attempt: number): Promise<void> {
    if (this.httpApp === undefined) return
    const ms = world.timings.httpRetryMs[attempt - 1] ?? 0
    await new Promise((resolve) => setTimeout(resolve, ms).unref())
  }

  private timeoutReason(): string {
    return this.httpApp === undefined ? 'timeout' : 'http_timeout'
  }
}
