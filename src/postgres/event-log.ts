import type { Pool } from 'pg'
import { NewerEvent } from '../app/log-errors.ts'
import type { Append, Appended, CutoverLog, Loaded } from '../app/ports.ts'
import { evolve } from '../domain/evolve.ts'
import type { CutoverState } from '../domain/state.ts'
import { readAnchors } from './anchors.ts'
import { appendIn, bearerOf } from './append.ts'
import { ask } from './ask.ts'
import { decode } from './codec.ts'
import { EVENT_COLUMNS, NOW_MS } from './columns.ts'
import { isTaken } from './failures.ts'
import type { StoredEvent } from './hash.ts'
import { makeStateCache, type Kept, type StateCache } from './state-cache.ts'
import { readLeftToDo, readSummaries } from './summaries.ts'
import { inTransaction } from './transaction.ts'

/** Folded states kept in memory, so that a click does not read a whole night's events. */
const CACHED_MAX = 64

/** The log in PostgreSQL. Reads the primary only; every append is one transaction under the cutover's row lock. */
export function makeEventLog(pool: Pool): CutoverLog {
  const cache = makeStateCache(CACHED_MAX)

  async function load(cutover: string, key?: string): Promise<Loaded | null> {
    // The key first: when it is there, the events that bear it are in the state that follows.
    const { now, repeated, known } = await lookUp(pool, cache, { cutover, key })
    const rows = await eventsAfter(cutover, known?.state.position ?? 0)
    const { state, newer } = fold(known?.state ?? null, rows)
    if (!state) {
      if (newer) throw newer
      return null
    }
    cache.keep({ state, head: headOf(state, rows, known) })
    return {
      state,
      // Events may have come between the two questions; time does not run backwards for whoever decides.
      now: Math.max(now, Number(rows.at(-1)?.at_ms ?? 0)),
      repeated,
      ...(newer ? { readOnly: newer.message } : {}),
    }
  }

  async function eventsAfter(cutover: string, position: number): Promise<readonly StoredEvent[]> {
    const { rows } = await ask<StoredEvent>(
      pool,
      `select ${EVENT_COLUMNS} from cutover.event e where cutover = $1 and e.position > $2 order by e.position`,
      [cutover, position],
    )
    return rows
  }

  async function append(request: Append): Promise<Appended> {
    const before = request.expected === 0 ? null : await stateAt(request)
    if (before === 'stale') return { ok: false, why: 'stale' }
    try {
      const appended = await inTransaction(pool, (client) => appendIn(client, request, before))
      if (appended.ok) cache.keep(appended)
      return appended
    } catch (error) {
      // The same key at the same moment for two cutovers: no row lock keeps them apart.
      const repeated = isTaken(error, 'event_key_key') ? await bearerOf(pool, request.key) : null
      if (repeated) return repeated
      throw error
    }
  }

  async function stateAt(request: Append): Promise<CutoverState | 'stale'> {
    const known = cache.get(request.cutover)?.state ?? (await load(request.cutover))?.state
    return known?.position === request.expected ? known : 'stale'
  }

  return {
    load,
    append,
    async events(cutover) {
      return (await eventsAfter(cutover, 0)).map((row) => decode(row))
    },
    anchors: (cutover, upTo) => readAnchors(pool, cutover, upTo),
    list: () => readSummaries(pool, 'all'),
    open: () => readSummaries(pool, 'open'),
    leftToDo: (now) => readLeftToDo(pool, now),
    async now() {
      const { rows } = await ask<{ now: string }>(pool, `select ${NOW_MS}::text as now`)
      return Number(rows[0]?.now)
    },
  }
}

/** The log's clock, whether the key is in it, and what is kept of the cutover, if that is still its history. */
async function lookUp(
  pool: Pool,
  cache: StateCache,
  { cutover, key }: { cutover: string; key: string | undefined },
) {
  const kept = cache.get(cutover)
  const { rows } = await ask<{ now: string; repeated: boolean; head: string | null }>(
    pool,
    `select ${NOW_MS}::text as now,
            exists (select from cutover.event where cutover = $1 and key = $2) as repeated,
            (select hash from cutover.event where cutover = $1 and position = $3) as head`,
    [cutover, key ?? null, kept?.state.position ?? 0],
  )
  const [asked] = rows
  // Otherwise the log was restored from a backup, or worse.
  const isHistory = kept !== undefined && kept.head === asked?.head
  if (!isHistory) cache.forget(cutover)
  return {
    now: Number(asked?.now ?? 0),
    repeated: asked?.repeated ?? false,
    known: isHistory ? kept : undefined,
  }
}

/** The hash of the last event that is in the state. */
function headOf(state: CutoverState, rows: readonly StoredEvent[], known: Kept | undefined): string {
  const last = rows.find(({ position }) => Number(position) === state.position)
  return last?.hash ?? known?.head ?? ''
}

/** As far as this version understands: what comes after an event it does not know stays unread. */
function fold(
  from: CutoverState | null,
  rows: readonly StoredEvent[],
): { readonly state: CutoverState | null; readonly newer?: NewerEvent } {
  let state = from
  for (const row of rows) {
    try {
      state = evolve(state, decode(row))
    } catch (error) {
      if (error instanceof NewerEvent) return { state, newer: error }
      throw error
    }
  }
  return { state }
}
