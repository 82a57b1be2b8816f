import type { Pool, PoolClient } from 'pg'
import type { Append, Appended, CutoverLog, CutoverSummary, Loaded } from '../app/ports.ts'
import type { Recorded } from '../domain/events.ts'
import { evolve } from '../domain/evolve.ts'
import type { Plan } from '../domain/plan.ts'
import type { CutoverState, Status } from '../domain/state.ts'
import { nextWake } from '../domain/wake.ts'
import { decode, encode } from './codec.ts'
import { GENESIS, eventHash, type StoredEvent } from './hash.ts'
import { register } from './registry.ts'
import { ticketStatements } from './tickets.ts'
import { inTransaction } from './transaction.ts'

/** Told after a commit, to whoever listens; ids only, a hint and never the truth. */
export const CHANGED = 'cutover_changed'

/** Folded states kept in memory, so that a click does not read a whole night's events. */
const CACHED_MAX = 64

const COLUMNS = 'cutover, position::text, type, version::text, at_ms::text, actor, key, data, previous, hash'

/** The log in PostgreSQL. Reads the primary only; every append is one transaction under the cutover's row lock. */
export function makeEventLog(pool: Pool): CutoverLog {
  const cache = new Map<string, CutoverState>()

  async function load(cutover: string, key?: string): Promise<Loaded | null> {
    const known = cache.get(cutover)
    const { rows } = await pool.query<StoredEvent>(
      `select ${COLUMNS} from cutover.event e where cutover = $1 and e.position > $2 order by e.position`,
      [cutover, known?.position ?? 0],
    )
    const clock = await pool.query<{ now: string; repeated: boolean }>(
      `select ${NOW_MS}::text as now,
              exists (select from cutover.event where cutover = $1 and key = $2) as repeated`,
      [cutover, key ?? null],
    )
    let state: CutoverState | null = known ?? null
    for (const row of rows) state = evolve(state, decode(row))
    if (!state) return null
    remember(state)
    return { state, now: Number(clock.rows[0]?.now), repeated: clock.rows[0]?.repeated ?? false }
  }

  function remember(state: CutoverState): void {
    const known = cache.get(state.id)
    if (known && known.position >= state.position) return
    cache.delete(state.id)
    cache.set(state.id, state)
    const oldest = cache.keys().next().value
    if (cache.size > CACHED_MAX && oldest !== undefined) cache.delete(oldest)
  }

  async function append(request: Append): Promise<Appended> {
    const before = request.expected === 0 ? null : await stateAt(request)
    if (before === 'stale') return { ok: false, why: 'stale' }
    return inTransaction(pool, (client) => appendLocked(client, request, before))
  }

  async function stateAt(request: Append): Promise<CutoverState | 'stale'> {
    const known = cache.get(request.cutover) ?? (await load(request.cutover))?.state
    return known?.position === request.expected ? known : 'stale'
  }

  return {
    load,
    append,
    async events(cutover) {
      const { rows } = await pool.query<StoredEvent>(
        `select ${COLUMNS} from cutover.event e where cutover = $1 order by e.position`,
        [cutover],
      )
      return rows.map((row) => decode(row))
    },
    list: () => listCutovers(pool),
    async now() {
      const { rows } = await pool.query<{ now: string }>(`select ${NOW_MS}::text as now`)
      return Number(rows[0]?.now)
    },
  }
}

const NOW_MS = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint'

async function appendLocked(
  client: PoolClient,
  request: Append,
  before: CutoverState | null,
): Promise<Appended> {
  if (await isRepeated(client, request.key)) return { ok: false, why: 'repeated' }
  const head = before ? await lockCutover(client, request) : await createCutover(client, request)
  if (typeof head !== 'string') return head
  if (request.serveWithinMs !== undefined && !(await serveSeen(client, request.serveWithinMs))) {
    return { ok: false, why: 'no serve' }
  }

  const clock = await client.query<{ now: string }>(`select ${NOW_MS}::text as now`)
  const atMs = clock.rows[0]?.now ?? '0'
  const stored = chain(request, head, atMs)
  const recorded: Recorded[] = []
  let state = before
  for (const row of stored) {
    await insertEvent(client, row)
    const event = decode(row)
    recorded.push(event)
    state = evolve(state, event)
    await applyTickets(client, event)
    if (event.type === 'cutover opened')
      await register(client, 'opened', { cutover: row.cutover, head: row.hash, atMs })
    if (event.type === 'cutover closed' || event.type === 'cutover abandoned') {
      await register(client, 'closed', { cutover: row.cutover, head: row.hash, atMs })
    }
  }
  if (state) await project(client, state, stored.at(-1)?.hash ?? head, Number(atMs))
  await client.query('select pg_notify($1, $2)', [CHANGED, request.cutover])
  return { ok: true, recorded }
}

function chain(request: Append, head: string, atMs: string): StoredEvent[] {
  let previous = head
  return request.events.map((event, index) => {
    const row = {
      ...encode(event, request.actor),
      cutover: request.cutover,
      position: String(request.expected + index + 1),
      at_ms: atMs,
      key: index === 0 ? request.key : null,
      previous,
    }
    const hash = eventHash(row)
    previous = hash
    return { ...row, hash }
  })
}

async function isRepeated(client: PoolClient, key: string): Promise<boolean> {
  const { rowCount } = await client.query('select from cutover.event where key = $1', [key])
  return (rowCount ?? 0) > 0
}

/** The head hash under the row lock, or `stale` when somebody appended since the decision. */
async function lockCutover(client: PoolClient, request: Append): Promise<string | Appended> {
  const { rows } = await client.query<{ position: number; head: string }>(
    'select position, head from cutover.cutover where id = $1 for update',
    [request.cutover],
  )
  const row = rows[0]
  return row?.position === request.expected ? row.head : { ok: false, why: 'stale' }
}

async function createCutover(client: PoolClient, request: Append): Promise<string | Appended> {
  const opened = request.events[0]
  if (opened?.type !== 'cutover opened') throw new Error('a cutover begins with "cutover opened"')
  const { plan } = opened.data
  const targets = targetKeys(plan)

  // Two openings at the same moment must not both find the target free.
  await client.query(`select pg_advisory_xact_lock(hashtext('cutover opened'))`)
  if (plan.live) {
    const taken = await client.query<{ id: string }>(
      `select id from cutover.cutover where live and targets && $1 and status not in ('closed', 'abandoned') limit 1`,
      [targets],
    )
    if (taken.rows[0]) return { ok: false, why: 'target taken', by: taken.rows[0].id }
  }
  const { rowCount } = await client.query(
    `insert into cutover.cutover (id, head, status, title, runbook, environment, live, channel_name, planned_start_ms, targets)
     values ($1, $2, 'scheduled', $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing`,
    [
      request.cutover,
      GENESIS,
      plan.title,
      plan.runbook,
      plan.environment,
      plan.live,
      opened.data.channelName,
      opened.data.plannedStart,
      targets,
    ],
  )
  return rowCount === 1 ? GENESIS : { ok: false, why: 'stale' }
}

/** What makes two targets the same database: the declared identity, else where the plan finds it. */
function targetKeys(plan: Plan): string[] {
  return Object.values(plan.targets).map((target) =>
    target.identity
      ? `${target.kind}:${target.identity.host ?? ''}/${target.identity.database ?? target.identity.path ?? ''}`
      : `${target.kind}:${JSON.stringify(target.locator)}`,
  )
}

async function serveSeen(client: PoolClient, withinMs: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from cutover.serve where seen_at > clock_timestamp() - $1 * interval '1 millisecond' limit 1`,
    [withinMs],
  )
  return (rowCount ?? 0) > 0
}

async function insertEvent(client: PoolClient, row: StoredEvent): Promise<void> {
  await client.query(
    `insert into cutover.event (cutover, position, type, version, at_ms, actor, key, data, previous, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.cutover,
      row.position,
      row.type,
      row.version,
      row.at_ms,
      row.actor,
      row.key,
      row.data,
      row.previous,
      row.hash,
    ],
  )
}

async function applyTickets(client: PoolClient, event: Recorded): Promise<void> {
  for (const statement of ticketStatements(event)) {
    const { rowCount } = await client.query(statement.text, [...statement.values])
    if (statement.exactly !== undefined && rowCount !== statement.exactly) {
      throw new Error(
        `the ticket of "${event.type}" (${JSON.stringify(statement.values[0])}) is not where the log says`,
      )
    }
  }
}

async function project(client: PoolClient, state: CutoverState, head: string, nowMs: number): Promise<void> {
  await client.query(
    `update cutover.cutover set position = $2, head = $3, status = $4, planned_start_ms = $5, wake_at_ms = $6 where id = $1`,
    [state.id, state.position, head, state.status, state.plannedStart, nextWake(state, nowMs)],
  )
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

async function listCutovers(pool: Pool): Promise<readonly CutoverSummary[]> {
  const { rows } = await pool.query<SummaryRow>(
    `select id, title, runbook, environment, live, status, channel_name, planned_start_ms, position, head, wake_at_ms
     from cutover.cutover order by status in ('closed', 'abandoned'), planned_start_ms desc, id`,
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
