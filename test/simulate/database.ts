import { ANCHORED, type AnchoredEvent } from '../../src/app/anchor.ts'
import type { Append, Appended, CutoverSummary, SlackEffect } from '../../src/app/ports.ts'
import type { Recorded } from '../../src/domain/events.ts'
import { evolve } from '../../src/domain/evolve.ts'
import { isOver } from '../../src/domain/lookup.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { nextWake } from '../../src/domain/wake.ts'
import { decode, encode } from '../../src/postgres/codec.ts'
import { eventHash, GENESIS, type StoredEvent } from '../../src/postgres/hash.ts'
import { applyToTickets, type Tickets } from './tickets.ts'

/** One cutover as it is committed. */
interface Stored {
  readonly rows: readonly StoredEvent[]
  readonly events: readonly Recorded[]
  readonly state: CutoverState
  readonly head: string
  readonly wakeAt: number | null
}

/** An append that was worked out under the lock of its cutover. Nothing of it is seen before `commit`. */
export type Prepared =
  | { readonly refused: Extract<Appended, { ok: false }> }
  | { readonly appended: Extract<Appended, { ok: true }>; readonly commit: () => void }

export interface Committed {
  readonly events: readonly Recorded[]
  readonly before: CutoverState | null
  readonly state: CutoverState
}

/** Guards that a test takes away, to see that somebody notices. */
export interface Guards {
  /** The position that a decision was made on is the position that it is written after. */
  readonly version: boolean
  /** What is acknowledged is written. */
  readonly commit: boolean
}

/**
 * The log's database in memory: what PostgreSQL does to an append, a ticket and an effect. Everything here happens at
 * one moment; what lies between two moments (the lock, a commit whose answer is lost) is the connection's.
 */
export class Database {
  readonly clock: () => number
  readonly guards: Guards
  readonly cutovers = new Map<string, Stored>()
  readonly keys = new Map<string, string>()
  readonly serves = new Map<string, number>()
  readonly pools = new Map<string, number>()
  readonly effects = new Map<string, SlackEffect>()
  readonly notices = new Map<string, { state: 'sending' | 'sent' | 'failed'; changedAt: number }>()
  tickets: Tickets = new Map()
  lease: { readonly instance: string; readonly until: number } | null = null
  /** Told of each commit, at its moment. */
  onCommit: (committed: Committed) => void = () => undefined
  #versions = 0
  #commits = 0

  constructor(clock: () => number, guards: Guards = { version: true, commit: true }) {
    this.clock = clock
    this.guards = guards
  }

  /** Under the lock of its cutover, or of opening. */
  prepare(request: Append): Prepared {
    const bearer = this.keys.get(request.key)
    if (bearer !== undefined) return { refused: { ok: false, why: 'repeated', cutover: bearer } }
    const stored = this.cutovers.get(request.cutover)
    const position = stored?.events.length ?? 0
    if (this.guards.version && position !== request.expected) return { refused: { ok: false, why: 'stale' } }
    const taken = stored === undefined ? this.#whoHasTarget(request) : undefined
    if (taken !== undefined) return { refused: { ok: false, why: 'target taken', by: taken } }
    if (request.serveWithinMs !== undefined && !this.#serveSeen(request.serveWithinMs))
      return { refused: { ok: false, why: 'no serve' } }

    const now = this.clock()
    const rows = chain({ ...request, expected: position }, stored?.head ?? GENESIS, now)
    const recorded = rows.map((row) => decode(row))
    const before = stored?.state ?? null
    const state = recorded.reduce<CutoverState | null>(evolve, before)
    const head = rows.at(-1)?.hash
    if (state === null || head === undefined) throw new Error('an append needs at least one event')
    // At the commit and not before: a ticket that is elsewhere takes all of it down.
    const tickets = new Map(this.tickets)
    for (const event of recorded) applyToTickets(tickets, event, now)

    const commit = (): void => {
      this.#commits += 1
      if (!this.guards.commit && request.actor.kind === 'person' && this.#commits % 5 === 0) return
      this.keys.set(request.key, request.cutover)
      for (const event of recorded) applyToTickets(this.tickets, event, now)
      this.cutovers.set(request.cutover, {
        rows: [...(stored?.rows ?? []), ...rows],
        events: [...(stored?.events ?? []), ...recorded],
        state,
        head,
        wakeAt: nextWake(state, now),
      })
      this.onCommit({ events: recorded, before, state })
    }
    return { appended: { ok: true, recorded, state }, commit }
  }

  #serveSeen(withinMs: number): boolean {
    const since = this.clock() - withinMs
    return [...this.serves.values()].some((seenAt) => seenAt > since)
  }

  #whoHasTarget({ events }: Append): string | undefined {
    const [opened] = events
    if (opened?.type !== 'cutover opened') throw new Error('a cutover begins with "cutover opened"')
    if (!opened.data.plan.live) return undefined
    const wanted = new Set(targetsOf(opened.data.plan))
    for (const [id, { state }] of this.cutovers) {
      const isOpen = state.plan.live && !isOver(state.status)
      if (isOpen && targetsOf(state.plan).some((target) => wanted.has(target))) return id
    }
    return undefined
  }

  anchors(cutover: string, upTo: number): readonly AnchoredEvent[] {
    const { events = [], rows = [] } = this.cutovers.get(cutover) ?? {}
    return events.flatMap((event, index) =>
      event.position <= upTo && ANCHORED.includes(event.type)
        ? [{ event, position: event.position, hash: rows[index]?.hash ?? '' }]
        : [],
    )
  }

  summaries(which: 'all' | 'open'): readonly CutoverSummary[] {
    return [...this.cutovers.values()]
      .map(({ state, head, wakeAt }): CutoverSummary => ({
        id: state.id,
        title: state.plan.title,
        runbook: state.plan.runbook,
        environment: state.plan.environment,
        live: state.plan.live,
        status: state.status,
        channelName: state.channelName,
        plannedStart: state.plannedStart,
        position: state.position,
        head,
        wakeAt,
      }))
      .filter(({ status }) => which === 'all' || !isOver(status))
      .toSorted(
        (one, other) =>
          Number(isOver(one.status)) - Number(isOver(other.status)) || other.plannedStart - one.plannedStart,
      )
  }

  lead(instance: string, forMs: number): boolean {
    const now = this.clock()
    const isFree = this.lease === null || this.lease.until < now
    if (!isFree && this.lease?.instance !== instance) return false
    this.lease = { instance, until: now + forMs }
    return true
  }

  effectsOf(cutover: string): readonly SlackEffect[] {
    return [...this.effects.values()].filter((effect) => effect.cutover === cutover)
  }

  putEffect(effect: SlackEffect): SlackEffect {
    this.#versions += 1
    const stored = { ...effect, version: String(this.#versions) }
    this.effects.set(effectId(effect), stored)
    return stored
  }

  beginEffect(effect: SlackEffect): SlackEffect | null {
    const known = this.effects.get(effectId(effect))
    return known?.version === effect.version ? this.putEffect(effect) : null
  }

  claimNotice(cutover: string, key: string): 'claimed' | 'busy' | 'sending' | 'sent' | 'failed' {
    const id = `${cutover} ${key}`
    const known = this.notices.get(id)
    const now = this.clock()
    if (known === undefined) {
      this.notices.set(id, { state: 'sending', changedAt: now })
      return 'claimed'
    }
    return known.state === 'sending' && known.changedAt > now - BUSY_FOR_MS ? 'busy' : known.state
  }
}

const BUSY_FOR_MS = 120_000

const effectId = ({ cutover, key }: SlackEffect): string => `${cutover} ${key}`

const targetsOf = (plan: CutoverState['plan']): readonly string[] =>
  Object.values(plan.targets).map((target) =>
    target.identity
      ? `${target.kind}:${target.identity.host ?? ''}/${target.identity.database ?? target.identity.path ?? ''}`
      : `${target.kind}:${JSON.stringify(target.locator)}`,
  )

function chain(request: Append, head: string, atMs: number): readonly StoredEvent[] {
  let previous = head
  return request.events.map((event, index) => {
    const row = {
      ...encode(event, request.actor),
      cutover: request.cutover,
      position: String(request.expected + index + 1),
      at_ms: String(atMs),
      key: index === 0 ? request.key : null,
      previous,
    }
    previous = eventHash(row)
    return { ...row, hash: previous }
  })
}
