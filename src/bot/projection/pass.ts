import { createHash } from 'node:crypto'
import type { WebClient } from '@slack/web-api'
import type { Logger, ProgressBoard, SlackEffect } from '../../app/ports.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { Allowance } from './allowance.ts'
import type { EffectStore } from './effect-store.ts'
import type { Desired, DesiredMessage, Priority } from './kinds.ts'

/** What every part of the projection works with. */
export interface Means {
  /** For decisions and the cards somebody has just pressed. */
  readonly urgent: WebClient
  /** For all the rest: what Slack makes it wait for holds up no decision. */
  readonly rest: WebClient
  readonly store: EffectStore
  readonly allowance: Allowance
  readonly progress: ProgressBoard
  readonly logger: Logger
  readonly clock: () => number
  /** False: another process may show what is newer by now, for instance because this one stood still. */
  readonly leads: () => boolean
  /** How often is looked for what people did to channel and messages by hand, milliseconds. */
  readonly handsMs: number
  /** Work on one key of one cutover, one after another. */
  readonly inTurn: <T>(cutover: string, key: string, work: () => Promise<T>) => Promise<T>
  /** Cutover and key → what was last sent: when, and of which state. */
  readonly sent: Map<string, { readonly at: number; readonly position: number }>
  /** The user id of the app itself; null while Slack does not say. */
  readonly self: () => Promise<string | null>
}

/** One reconciliation: what should be shown of one state. */
export interface Pass {
  readonly state: CutoverState
  /** The clock of the log. */
  readonly now: number
  readonly wanted: readonly Desired[]
  /** The step or gate that somebody has just pressed: shown at once. */
  readonly clicked?: string
  /** Several cutovers are under way: boards and progress change less often. */
  readonly busy: boolean
  /** Look again after this many milliseconds; the shortest wins. */
  readonly again: (ms: number) => void
}

export const RETRY_MS = 1_000
export const AWAY_MS = 5_000

export const hashOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)

/** Begins with this when nothing about the message will change any more. */
const SETTLED = 'settled '

export function messageHash({ content, basis, settled }: DesiredMessage): string {
  return `${settled === true ? SETTLED : ''}${hashOf(basis ?? content)}`
}

/** A settled message stays as it was first put to rest, although its words would now be others. */
export function isShown(row: SlackEffect, message: DesiredMessage): boolean {
  if (message.settled === true && row.contentHash?.startsWith(SETTLED) === true) return true
  return row.contentHash === messageHash(message)
}

export const isUrgent = (pass: Pass, message: DesiredMessage): boolean =>
  message.priority === 'decision' || isClicked(pass, message)

export const isClicked = ({ clicked }: Pass, { about }: DesiredMessage): boolean =>
  clicked !== undefined && about?.includes(clicked) === true

/** A card that was clicked goes like a decision. */
export const priorityOf = (pass: Pass, message: DesiredMessage): Priority =>
  isClicked(pass, message) ? 'decision' : message.priority

export const clientOf = (means: Means, pass: Pass, message: DesiredMessage): WebClient =>
  isUrgent(pass, message) ? means.urgent : means.rest
