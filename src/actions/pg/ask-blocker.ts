import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { DatabaseError } from 'pg'
import type { PostgresTarget } from '../targets.ts'
import { duration } from '../wording.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'

export interface Asked {
  readonly freed: boolean
  /** One line for people. */
  readonly result: string
}

interface Session {
  readonly pid: number
  /** As PostgreSQL wrote it when the session was seen. */
  readonly backendStart: string
}

const PATIENCE_MS = 5_000
const IDLE_PATIENCE_MS = 500
const LOOK_EVERY_MS = 100
const NOT_ALLOWED = '42501'

/**
 * Cancels the query of one session, or ends it, and looks what came of it. Only the very session that was seen is
 * touched: its pid and the moment it began, compared in the statement that sends the signal.
 */
export async function askBlocker(
  target: PostgresTarget,
  session: Session,
  { how, attempt }: { readonly how: 'cancel' | 'end'; readonly attempt: string },
): Promise<Asked> {
  const client = await connectPostgres(target, { attempt: `${attempt}.ask`, statementTimeoutMs: 5_000 })
  try {
    return await ask(client, session, how)
  } catch (error) {
    if (error instanceof DatabaseError && error.code === NOT_ALLOWED) {
      const right = 'grant pg_signal_backend to it, or let a DBA end the session'
      return {
        freed: false,
        result: `the user of ${target.name} may not do that to pid ${session.pid}: ${right}`,
      }
    }
    throw postgresFailure(error, { what: `Asking pid ${session.pid}`, changed: 'look whether it still runs' })
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function ask(client: Client, session: Session, how: 'cancel' | 'end'): Promise<Asked> {
  const { pid } = session
  const act = how === 'end' ? 'pg_terminate_backend' : 'pg_cancel_backend'
  const { rows } = await client.query<{ hidden: boolean; sent: boolean | null }>(
    `select backend_start is null as hidden,
       case when backend_start = $2::timestamptz then ${act}(pid) end as sent
     from pg_stat_activity where pid = $1`,
    [pid, session.backendStart],
  )
  const [before] = rows
  if (before?.hidden === true)
    return {
      freed: false,
      result: `which session pid ${pid} is may not be seen by this user (grant pg_read_all_stats); nothing was touched`,
    }
  if (!before || before.sent === null)
    return { freed: true, result: `pid ${pid} was gone already; nothing was touched` }
  const began = performance.now()
  for (;;) {
    const now = await stateOf(client, session)
    const after = duration(performance.now() - began)
    if (now === undefined)
      return { freed: true, result: `the session of pid ${pid} has ended, after ${after}` }
    if (how === 'cancel' && !now.open) return { freed: true, result: `pid ${pid} stopped after ${after}` }
    // Idle with its transaction open: there was nothing to cancel, or the program does not give up.
    const patienceMs = how === 'cancel' && now.state.startsWith('idle') ? IDLE_PATIENCE_MS : PATIENCE_MS
    if (performance.now() - began > patienceMs) return stillThere(pid, now.state)
    await pause(LOOK_EVERY_MS)
  }
}

function stillThere(pid: number, state: string): Asked {
  const why = state.startsWith('idle')
    ? `it is ${state}, so there is no query to cancel: end its session`
    : `it is ${state} after ${duration(PATIENCE_MS)}`
  return { freed: false, result: `pid ${pid} still holds its locks: ${why}` }
}

/** Whether its transaction is open, and so its locks are held; undefined when the session is gone. */
async function stateOf(client: Client, { pid, backendStart }: Session) {
  const { rows } = await client.query<{ state: string | null; open: boolean }>(
    `select state, xact_start is not null as open from pg_stat_activity
     where pid = $1 and backend_start = $2::timestamptz`,
    [pid, backendStart],
  )
  const [row] = rows
  return row && { open: row.open, state: row.state ?? 'in a state that cannot be seen' }
}
