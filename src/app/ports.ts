import type { CutoverEvent, Actor, Recorded } from '../domain/events.ts'
import type { Instant, PersonId } from '../domain/plan.ts'
import type { Left } from '../domain/parts.ts'
import type { CutoverState, Status } from '../domain/state.ts'
import type { AnchoredEvent } from './anchor.ts'

/** A cutover as the log has it now. */
export interface Loaded {
  readonly state: CutoverState
  /** The log database's clock. */
  readonly now: Instant
  /** An event of this cutover bears the key that was asked for: the command was carried out before. */
  readonly repeated: boolean
  /** The log goes on with events of a newer version: nothing may be decided on this state, and why. */
  readonly readOnly?: string
}

export interface Append {
  readonly cutover: string
  /** Position of the state that was decided on; 0 opens a new cutover. */
  readonly expected: number
  readonly events: readonly CutoverEvent[]
  readonly actor: Actor
  /** Idempotency key: an append with a key that is in the log does nothing and says `repeated`. */
  readonly key: string
  /** Refuse unless some `serve` was seen this recently (the compare-and-set before a spawn). */
  readonly serveWithinMs?: number
}

export type Appended =
  | { readonly ok: true; readonly recorded: readonly Recorded[]; readonly state: CutoverState }
  /** `stale`: somebody appended in between; load and decide again. */
  | { readonly ok: false; readonly why: 'stale' | 'no serve' }
  /** The key is in the log of this cutover, which may be another one than the one asked for. */
  | { readonly ok: false; readonly why: 'repeated'; readonly cutover: string }
  /** An open live cutover already holds one of the targets. */
  | { readonly ok: false; readonly why: 'target taken'; readonly by: string }

export interface CutoverSummary {
  readonly id: string
  readonly title: string
  readonly runbook: string
  readonly environment: string
  readonly live: boolean
  readonly status: Status
  readonly channelName: string
  readonly plannedStart: Instant
  readonly position: number
  readonly head: string
  /** When the leader should look again although nothing happened. */
  readonly wakeAt: Instant | null
}

/**
 * The only truth. All appends of one cutover are serialised by its row lock. Everything here throws `LogUnavailable`
 * while the database is away; `load` and `events` throw `NewerEvent` for what this version cannot read at all.
 */
export interface CutoverLog {
  load(cutover: string, key?: string): Promise<Loaded | null>
  append(append: Append): Promise<Appended>
  events(cutover: string): Promise<readonly Recorded[]>
  /** Decisions and ends up to this position with their hashes, in order. */
  anchors(cutover: string, upTo: number): Promise<readonly AnchoredEvent[]>
  /** Open ones first, newest first within. */
  list(): Promise<readonly CutoverSummary[]>
  /** Without those that are closed or abandoned. */
  open(): Promise<readonly CutoverSummary[]>
  /** Closed or abandoned ones of which something left to do was due before `now`. */
  leftToDo(now: Instant): Promise<readonly CutoverSummary[]>
  now(): Promise<Instant>
}

/** How far an attempt is: one mutable row, not an event. */
export interface AttemptProgress {
  readonly attempt: string
  readonly done?: number
  readonly total?: number
  readonly unit?: string
  readonly label?: string
  /** By the estimates of what is left to do, counted from `at`. */
  readonly left?: Left
  /** The last masked lines of its output. */
  readonly tail: string
  /** What a waiting check or a watch saw last. */
  readonly sample?: string
  readonly at: Instant
}

export interface ProgressBoard {
  /** Without `done` what is known of its progress stays. */
  put(progress: Omit<AttemptProgress, 'at'> & { readonly cutover: string }): Promise<void>
  /** How far the database says it is, for what does not say so itself; undefined: it says nothing any more. */
  putServer(seen: {
    readonly attempt: string
    readonly cutover: string
    readonly progress: Pick<AttemptProgress, 'done' | 'total' | 'unit' | 'label'> | undefined
  }): Promise<void>
  of(cutover: string): Promise<ReadonlyMap<string, AttemptProgress>>
  /** The masked log, gzipped; stored in chunks. */
  putOutput(attempt: string, gzipped: Uint8Array): Promise<void>
  output(attempt: string): Promise<Uint8Array | null>
}

/** What exists in Slack for a cutover, by stable key. */
export interface SlackEffect {
  readonly cutover: string
  readonly key: string
  readonly kind: string
  readonly channel?: string
  readonly ts?: string
  readonly contentHash?: string
  readonly state: 'pending' | 'sending' | 'done' | 'failed'
  readonly error?: string
  /** Another one after each writing; absent while it has not been stored. */
  readonly version?: string
}

export interface SlackEffects {
  of(cutover: string): Promise<readonly SlackEffect[]>
  /** Whatever stands there; returns it as stored. */
  put(effect: SlackEffect): Promise<SlackEffect>
  /** Stores it if nobody wrote since `version`, or ever without one. Null: somebody did, and nothing changed. */
  begin(effect: SlackEffect): Promise<SlackEffect | null>
}

/** Hosts that run steps, as they last reported. */
export interface PoolInfo {
  readonly name: string
  readonly host: string
  readonly worker: string
  readonly version: string
  /** Milliseconds since it was seen. */
  readonly silentMs: number
}

/** How somebody is reached. */
export interface ContactData {
  readonly phone?: string
  readonly email?: string
}

/** Contact data of people in a cutover: beside the log, so that it can be forgotten. */
export interface Contacts {
  of(cutover: string): Promise<ReadonlyMap<PersonId, ContactData>>
  /** Replaces what was known of this person. */
  put(cutover: string, person: PersonId, contact: ContactData): Promise<void>
}

export interface Logins {
  /** The CLI asked: the code is shown in its terminal, the token is known by its hash only. */
  begin(login: { readonly code: string; readonly tokenHash: string; readonly days: number }): Promise<void>
  /** Not older than ten minutes, and not somebody else's by now. */
  isWaiting(code: string, person: PersonId): Promise<boolean>
  /** False: no such code, used before, or older than ten minutes. It ends after `days`, if that is sooner. */
  confirm(code: string, person: PersonId, days?: number): Promise<boolean>
  /** Null: unknown, unconfirmed, ended or logged out. */
  personOf(tokenHash: string): Promise<PersonId | null>
  logout(person: PersonId): Promise<number>
  /** People who could go on without Slack. */
  loggedIn(): Promise<ReadonlySet<PersonId>>
}

export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a leader should tell the log of an attempt. */
export interface Observation {
  readonly attempt: string
  readonly cutover: string
  /**
   * `not begun`: claimed and not spawned for long. `out of sight`: its host is silent. `in sight`: its host is back,
   * and the log still says that nobody can look.
   */
  readonly what: 'not begun' | 'out of sight' | 'in sight'
  /** Since when its host is silent, by the log's clock. */
  readonly since: Instant
}

/** Who is there: serves, the leader among them, and the hosts. */
export interface Presence {
  /** One per log database; queue names carry it. */
  installation(): Promise<string>
  /** The Slack workspace of this installation. The first one that is `found` is pinned; null: none was found yet. */
  slackTeam(found?: string): Promise<string | null>
  serveSeen(instance: string, version: string): Promise<void>
  /** True while this instance holds the lease. Every effect of a leader is a compare-and-set all the same. */
  lead(instance: string, forMs: number): Promise<boolean>
  /**
   * Registers the host of a pool. A pool belongs to the machine and PID namespace that registered it first; another
   * one is told who has it.
   */
  registerPool(pool: {
    readonly name: string
    readonly machine: string
    readonly pidNamespace: string
    readonly host: string
    readonly worker: string
    readonly version: string
  }): Promise<{ readonly ok: true } | { readonly ok: false; readonly host: string }>
  poolSeen(name: string, worker: string): Promise<void>
  /** Attempts whose worker or host went away or came back, by the times in milliseconds given. */
  observations(limits: {
    readonly claimedMs: number
    readonly silentMs: number
  }): Promise<readonly Observation[]>
  /** Attempts of this pool that may run and that somebody asked to stop. */
  cancelRequests(pool: string): Promise<readonly { readonly attempt: string; readonly cutover: string }[]>
  /** Attempts of this pool whose blocker somebody asked to let go, at most so long ago. */
  unblockRequests(
    pool: string,
    withinMs: number,
  ): Promise<readonly { readonly attempt: string; readonly cutover: string }[]>
  pools(): Promise<readonly PoolInfo[]>
  /** False when an attempt of the pool is not declared yet, or there is no such pool. */
  releasePool(name: string): Promise<boolean>
}

/** Attempts that were decided on and may not have reached the queue. */
export interface Dispatches {
  /** Never handed over, or handed over a while ago and still not claimed. */
  due(): Promise<readonly { readonly attempt: string; readonly cutover: string; readonly pool: string }[]>
  relayed(attempts: readonly string[]): Promise<void>
}

/** Keeps one notice from going out twice. */
export interface NoticeClaims {
  /**
   * `busy`: somebody began a moment ago and is at it. `sending`: somebody began and nobody knows how it ended: look
   * before sending again.
   */
  claim(cutover: string, key: string): Promise<'claimed' | 'busy' | 'sending' | 'sent' | 'failed'>
  settle(cutover: string, key: string, state: 'sent' | 'failed'): Promise<void>
  /** A person asked to send it again. */
  reopen(cutover: string, key: string): Promise<void>
}

/** The queue carries ids only; losing it loses wake-ups and nothing else. */
export interface WorkQueue {
  add(job: { readonly attempt: string; readonly cutover: string; readonly pool: string }): Promise<void>
  close(): Promise<void>
}

export interface Person {
  readonly id: PersonId
  /** As others see it: `ana`. */
  readonly name: string
  readonly email?: string
  /** Why this person may not act: guests, bots, strangers of shared channels, deactivated people. */
  readonly barred?: 'guest' | 'bot' | 'stranger' | 'deactivated'
}

/** Who is in the workspace. The last known answer serves while Slack is away. */
export interface Directory {
  people(): Promise<readonly Person[]>
  person(id: PersonId): Promise<Person | null>
  /** Members of a user group by its handle; null when there is no such group or the plan has none. */
  group(handle: string): Promise<readonly PersonId[] | null>
}
