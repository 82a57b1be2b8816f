import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { count, duration, oneLine } from '../../wording.ts'

const LOOK_EVERY_MS = 100
/** Between a session's end and the next look. */
const SETTLE_MS = 10
/** After this long it is said that somebody will not go. */
const STUBBORN_MS = 10_000
/** So often nobody could be told to go: who is left is another's, and waiting helps nothing. */
const REFUSALS = 3

export interface Session {
  readonly pid: number
  readonly who: string
  /** False: between two transactions; ending it loses nothing. Unknown counts as busy. */
  readonly busy: boolean
}

// Who may not see what others do gets null for state and kind: such a session is taken for busy.
const SESSIONS = `
  select pid, concat_ws(', ', nullif(application_name, ''), usename) as who,
    not (coalesce(state, '') = 'idle' and xact_start is null) as busy
  from pg_stat_activity
  where datid = any($1::oid[]) and pid <> pg_backend_pid() and usesysid is not null
    and coalesce(backend_type, 'client backend') not in ('autovacuum worker', 'parallel worker')`

export async function sessionsIn(client: Client, oids: readonly number[]): Promise<readonly Session[]> {
  const { rows } = await client.query<Session>(`${SESSIONS} order by xact_start nulls last`, [oids])
  return rows
}

export interface Emptied {
  /** Sessions that were ended. */
  readonly terminated: number
  /** Of these, how many were in the middle of a transaction. */
  readonly interrupted: number
  readonly waitedMs: number
  /** Who would not go; empty when it went well. */
  readonly left: readonly Session[]
}

/**
 * Ends the sessions of databases that are closed to new ones: those between two transactions at once, for a pool would
 * begin the next one; the others when their transaction has ended, or when `patienceMs` is over. Returns when none is
 * left, or with those that would not go.
 */
export async function emptyDatabases(
  client: Client,
  oids: readonly number[],
  {
    patienceMs,
    signal,
    tell,
  }: {
    readonly patienceMs: number
    readonly signal: AbortSignal
    readonly tell: (label: string) => void
  },
): Promise<Emptied> {
  const began = performance.now()
  const ended = new Set<number>()
  const interrupted = new Set<number>()
  let refusals = 0
  for (;;) {
    signal.throwIfAborted()
    const waitedMs = Math.round(performance.now() - began)
    const left = await sessionsIn(client, oids)
    const standing = { terminated: ended.size, interrupted: interrupted.size, waitedMs, left }
    if (left.length === 0 || waitedMs > patienceMs + STUBBORN_MS || refusals === REFUSALS) return standing
    const over = waitedMs >= patienceMs
    const going = over ? left : left.filter(({ busy }) => !busy)
    const signalled = await terminate(client, going, { onlyIdle: !over })
    for (const { pid, busy } of going.filter((session) => signalled.has(session.pid))) {
      ended.add(pid)
      if (busy) interrupted.add(pid)
    }
    if (over) refusals = signalled.size === 0 ? refusals + 1 : 0
    else tell(waiting(left, patienceMs - waitedMs))
    await sleep(over || going.length > 0 ? SETTLE_MS : LOOK_EVERY_MS, undefined, { signal })
  }
}

/** `pid 12 (psql, ward), pid 13 (shop, ward)` */
export function namesOfSessions(sessions: readonly Session[]): string {
  const named = sessions.slice(0, 3).map(({ pid, who }) => `pid ${pid} (${oneLine(who, 60)})`)
  return sessions.length > named.length
    ? `${named.join(', ')} and ${count(sessions.length - named.length, 'other')}`
    : named.join(', ')
}

function waiting(left: readonly Session[], restMs: number): string {
  const busy = left.filter((session) => session.busy)
  return busy.length === 0
    ? `${count(left.length, 'session')} left`
    : `waits for ${namesOfSessions(busy)}, at most ${duration(restMs)} more`
}

/** Pids that were told to go. Whose sessions we may not end stay, and are named in the end. */
async function terminate(
  client: Client,
  sessions: readonly Session[],
  { onlyIdle }: { onlyIdle: boolean },
): Promise<ReadonlySet<number>> {
  const tell = async (pids: readonly number[]) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity
       where pid = any($1) ${onlyIdle ? `and state = 'idle' and xact_start is null` : ''}`,
      [pids],
    )
    return rows.map(({ pid }) => pid)
  }
  const pids = sessions.map(({ pid }) => pid)
  try {
    return new Set(await tell(pids))
  } catch {
    // One that we may not end spoils it for all: then each by itself.
    const told: number[] = []
    for (const pid of pids) told.push(...(await tell([pid]).catch(() => [])))
    return new Set(told)
  }
}
