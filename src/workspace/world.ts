import type { InstalledApp } from './app-manifest.ts'
import type { CallLog } from './call-log.ts'
import type { AppEvent } from './events.ts'
import type { Faults } from './faults.ts'
import type { RateLimits } from './rate-limits.ts'
import type { ResponseUrls } from './response-urls.ts'
import type { State } from './state.ts'
import type { Triggers } from './triggers.ts'
import type { Change } from './types.ts'

/** Names and secrets that stay the same from start to stop. */
export interface Identity {
  teamId: string
  teamName: string
  teamDomain: string
  appId: string
  botId: string
  botToken: string
  appToken: string
  signingSecret: string
  /** The token of old, sent in payloads; nobody should check it any more. */
  verificationToken: string
}

/** Time limits, in milliseconds. Tests shorten them; the defaults are Slack's. */
export interface Timings {
  ackMs: number
  triggerMs: number
  responseUrlMs: number
  pingMs: number
  /** Waits before the first, second and third repetition of an event in HTTP mode. */
  httpRetryMs: readonly [number, number, number]
}

export const SLACK_TIMINGS: Timings = {
  ackMs: 3_000,
  triggerMs: 3_000,
  responseUrlMs: 30 * 60_000,
  pingMs: 10_000,
  httpRetryMs: [500, 60_000, 300_000],
}

/** What every part of the workspace works on. `state` is replaced by a reset; all else stays. */
export interface World {
  readonly app: InstalledApp
  readonly identity: Identity
  readonly timings: Timings
  readonly triggers: Triggers
  readonly responseUrls: ResponseUrls
  readonly faults: Faults
  readonly rateLimits: RateLimits
  readonly log: CallLog
  state: State
  /** The address of the workspace, without a slash at the end. */
  url: string
  /** Sends an event to the app when it subscribed to it and may see the channel. */
  announce(event: AppEvent): void
  /** Tells open pages that something looks different now. */
  changed(change: Change): void
}
