import type { PoolClient } from 'pg'
import type { Append, Appended } from '../app/ports.ts'
import type { Recorded } from '../domain/events.ts'
import { evolve } from '../domain/evolve.ts'
import type { Plan } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { decode, encode } from './codec.ts'
import { NOW_MS } from './columns.ts'
import { GENESIS, eventHash, type StoredEvent } from './hash.ts'
import { LOCKS } from './locks.ts'
import { register } from './registry.ts'
import { project } from './summaries.ts'
import { ticketStatements } from './tickets.ts'

/** Told after a commit, to whoever listens; ids only, a hint and never the truth. */
export const CHANGED = 'cutover_changed'

type Refusal = Extract<Appended, { ok: false }>

/**
 * Everything an append does, on a connection in a transaction: lock, checks, events, tickets, outbox, registry and
 * summary. `before` is the state at `request.expected`; null opens a cutover.
 */
export async function appendIn(
  client: PoolClient,
  request: Append,
  before: CutoverState | null,
): Promise<Refusal | (Extract<Appended, { ok: true }> & { readonly head: string })> {
  const head = before ? await lockCutover(client, request) : await createCutover(client, request)
  if (typeof head !== 'string') return head
  if (request.serveWithinMs !== undefined && !(await serveSeen(client, request.serveWithinMs))) {
    return { ok: false, why: 'no serve' }
  }

  const clock = await client.query<{ now: string }>(`select ${NOW_MS}::text as now`)
  const atMs = clock.rows[0]?.now ?? '0'
  const recorded: Recorded[] = []
  let state = before
  let last = head
  for (const row of chain(request, head, atMs)) {
    const event = decode(row)
    await insertEvent(client, row)
    await applyTickets(client, event)
    await registerLife(client, event, row)
    state = evolve(state, event)
    recorded.push(event)
    last = row.hash
  }
  if (!state) throw new Error('an append needs at least one event')
  await project(client, state, last, Number(atMs))
  await client.query('select pg_notify($1, $2)', [CHANGED, request.cutover])
  return { ok: true, recorded, state, head: last }
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

/** The cutover whose log holds an event with this key. */
export async function bearerOf(
  client: Pick<PoolClient, 'query'>,
  key: string,
): Promise<Extract<Refusal, { why: 'repeated' }> | null> {
  const { rows } = await client.query<{ cutover: string }>(
    'select cutover from cutover.event where key = $1',
    [key],
  )
  return rows[0] ? { ok: false, why: 'repeated', cutover: rows[0].cutover } : null
}

/** The head hash under the row lock, or `stale` when somebody appended since the decision. */
async function lockCutover(client: PoolClient, request: Append): Promise<string | Refusal> {
  const { rows } = await client.query<{ position: number; head: string }>(
    'select position, head from cutover.cutover where id = $1 for update',
    [request.cutover],
  )
  // Looked for under the lock: whoever used the key before has committed by now.
  const repeated = await bearerOf(client, request.key)
  if (repeated) return repeated
  const row = rows[0]
  return row?.position === request.expected ? row.head : { ok: false, why: 'stale' }
}

async function createCutover(client: PoolClient, request: Append): Promise<string | Refusal> {
  const opened = request.events[0]
  if (opened?.type !== 'cutover opened') throw new Error('a cutover begins with "cutover opened"')
  const { plan } = opened.data
  const targets = targetKeys(plan)

  await client.query('select pg_advisory_xact_lock($1)', [LOCKS.opening])
  const repeated = await bearerOf(client, request.key)
  if (repeated) return repeated
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
    `select from cutover.serve where seen_at > statement_timestamp() - $1 * interval '1 millisecond' limit 1`,
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

async function registerLife(client: PoolClient, event: Recorded, row: StoredEvent): Promise<void> {
  const registration = { cutover: row.cutover, head: row.hash, atMs: row.at_ms }
  if (event.type === 'cutover opened') await register(client, 'opened', registration)
  if (event.type === 'cutover closed' || event.type === 'cutover abandoned') {
    await register(client, 'closed', registration)
  }
}
