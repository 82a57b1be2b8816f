import type { Pool, PoolClient } from 'pg'
import { NewerEvent } from '../app/log-errors.ts'
import type { CutoverSummary } from '../app/ports.ts'
import { evolve } from '../domain/evolve.ts'
import type { CutoverState, Status } from '../domain/state.ts'
import { nextWake } from '../domain/wake.ts'
import { ask } from './ask.ts'
import { decode } from './codec.ts'
import type { StoredEvent } from './hash.ts'
import { EVENT_COLUMNS, NOW_MS } from './columns.ts'

/** Writes what lists and the leader read of a cutover, in the transaction of its events. */
export async function project(
  client: PoolClient,
  state: CutoverState,
  head: string,
  nowMs: number,
): Promise<void> {
  const { plan } = state
  await client.query(
    `update cutover.cutover set position = $2, head = $3, status = $4, planned_start_ms = $5, wake_at_ms = $6,
       title = $7, runbook = $8, environment = $9, live = $10, channel_name = $11
     where id = $1`,
    [
      state.id,
      state.position,
      head,
      state.status,
      state.plannedStart,
      nextWake(state, nowMs),
      plan.title,
      plan.runbook,
      plan.environment,
      plan.live,
      state.channelName,
    ],
  )
}

/**
 * Folds every cutover anew and rewrites its summary: for a version of Cutover that reads the same events otherwise.
 * Cutovers with events that this version does not know are left as they are.
 */
export async function rebuildSummaries(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ id: string; now: string }>(
    `select id, ${NOW_MS}::text as now from cutover.cutover order by id for update`,
  )
  for (const { id, now } of rows) {
    const events = await client.query<StoredEvent>(
      `select ${EVENT_COLUMNS} from cutover.event e where cutover = $1 order by e.position`,
      [id],
    )
    const state = fold(events.rows)
    const head = events.rows.at(-1)?.hash
    if (state && head !== undefined) await project(client, state, head, Number(now))
  }
}

function fold(rows: readonly StoredEvent[]): CutoverState | null {
  let state: CutoverState | null = null
  try {
    for (const row of rows) state = evolve(state, decode(row))
  } catch (error) {
    if (error instanceof NewerEvent) return null
    throw error
  }
  return state
}

interface SummaryRow {
  readonly id: string
  readonly title: string
  readonly runbook: string
  readonly environment: string
  readonly live: boolean
  readonly status: Status
  readonly channel_name: string
  readonly planned_start_ms: string
  readonly position: number
  readonly head: string
  readonly wake_at_ms: string | null
}

const OVER = `status in ('closed', 'abandoned')`

/** Summaries, open ones first. */
export const readSummaries = (pool: Pool, which: 'all' | 'open'): Promise<readonly CutoverSummary[]> =>
  summariesWhere(pool, which === 'open' ? `not ${OVER}` : 'true', [])

/** Ended ones of which something was due before `now`, in milliseconds. */
export const readLeftToDo = (pool: Pool, now: number): Promise<readonly CutoverSummary[]> =>
  summariesWhere(pool, `${OVER} and wake_at_ms <= $1`, [now])

async function summariesWhere(
  pool: Pool,
  condition: string,
  values: readonly number[],
): Promise<readonly CutoverSummary[]> {
  const { rows } = await ask<SummaryRow>(
    pool,
    `select id, title, runbook, environment, live, status, channel_name, planned_start_ms, position, head, wake_at_ms
     from cutover.cutover where ${condition}
     order by ${OVER}, planned_start_ms desc, id`,
    values,
  )
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    runbook: row.runbook,
    environment: row.environment,
    live: row.live,
    status: row.status,
    channelName: row.channel_name,
    plannedStart: Number(row.planned_start_ms),
    position: row.position,
    head: row.head,
    wakeAt: row.wake_at_ms === null ? null : Number(row.wake_at_ms),
  }))
}
