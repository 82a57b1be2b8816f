import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { DatabaseError, escapeIdentifier } from 'pg'
import { ActionFailure } from '../../action.ts'
import type { ActionContext } from '../../action.ts'
import { postgresFailure } from '../failures.ts'
import { carrying } from './carry.ts'
import { emptyDatabases, namesOfSessions } from './empty.ts'
import { closedAs, closing, inOneTransaction, noting, withoutSwap } from './fence.ts'
import { requireDatabase } from './maintenance.ts'
import type { DatabaseNote } from './note.ts'
import type { DatabaseState } from './state.ts'
import { readDatabase } from './state.ts'

/** Somebody who was let in before the fence may show up after the look. */
const TRIES = 5
const BETWEEN_TRIES_MS = 50
const IN_USE = '55006'

export interface Exchange {
  readonly live: DatabaseState
  /** Takes the name of `live`. */
  readonly incoming: DatabaseState
  readonly keepAs: string
  /** True: the swap that had put `incoming` aside is taken back, with those since, and `live` is not remembered as replaced. */
  readonly back: boolean
  readonly patienceMs: number
}

export interface Exchanged {
  readonly terminated: number
  /** From the fence to the commit. */
  readonly downtimeMs: number
  readonly carried: readonly string[]
}

/**
 * Puts one database in the place of another, by two renames in one transaction. Both are closed and emptied first;
 * what belongs to the live one and does not follow a rename is carried over in that same transaction. Where it cannot
 * be done, both are opened again as they were; what a drain had closed is closed as it was.
 */
export async function exchangeDatabases(
  client: Client,
  exchange: Exchange,
  context: ActionContext,
): Promise<Exchanged> {
  const { live, incoming } = exchange
  const began = performance.now()
  try {
    await inOneTransaction(client, [
      ...closing(live, { by: context.attempt, why: 'swap', kind: 'everyone' }),
      ...closing(incoming, { by: context.attempt, why: 'swap', kind: 'everyone' }),
    ])
    const { terminated, carried } = await renameWhenEmpty(client, exchange, context)
    return { terminated, carried, downtimeMs: Math.round(performance.now() - began) }
  } catch (error) {
    throw await openAgain(client, exchange, error)
  }
}

async function renameWhenEmpty(client: Client, exchange: Exchange, context: ActionContext) {
  const { live, incoming, patienceMs } = exchange
  let terminated = 0
  for (let attempt = 1; ; attempt += 1) {
    const emptied = await emptyDatabases(client, [live.oid, incoming.oid], {
      patienceMs: attempt === 1 ? patienceMs : 0,
      signal: context.signal,
      tell: (label) => context.progress({ done: 0, unit: 'sessions', label }),
    })
    terminated += emptied.terminated
    if (emptied.left.length > 0) throw stillUsed(live.name, namesOfSessions(emptied.left))
    const { statements, what } = renames(exchange, context.attempt)
    try {
      await renameBoth(client, exchange, statements)
      return { terminated, carried: what }
    } catch (error) {
      const busy = error instanceof DatabaseError && error.code === IN_USE
      if (!busy || attempt === TRIES) throw error
      await sleep(BETWEEN_TRIES_MS, undefined, { signal: context.signal })
    }
  }
}

function renames({ live, incoming, keepAs, back }: Exchange, by: string) {
  const at = new Date().toISOString()
  const { name } = live
  const limitOf = ({ note, limit }: DatabaseState) => note.fence?.limit ?? limit
  // A database that a step before had closed stays closed until a step opens it.
  const drained = live.note.fence?.why === 'drain' ? live.note.fence : undefined
  // What is put back has its own owner, privileges and settings still.
  const carried = back ? { statements: [], what: [] } : carrying(live, incoming, name)
  const { swap: before, kept: _kept, fence: _fence, ...rest } = incoming.note
  const swap = { by, at, was: incoming.name, keptAs: keepAs, keptOid: live.oid }
  const note: DatabaseNote = {
    ...rest,
    ...(back ? before && { swap: before } : { swap }),
    ...(drained ? { fence: drained } : {}),
  }
  const { swap: own, fence: _own, ...restOfLive } = live.note
  // How the one that goes had come to its place is kept with it, until that swap itself is taken back.
  const kept: DatabaseNote = {
    ...restOfLive,
    ...(back ? {} : own && { swap: own }),
    kept: { by, at, of: name },
  }
  return {
    what: carried.what,
    statements: [
      `alter database ${escapeIdentifier(name)} rename to ${escapeIdentifier(keepAs)}`,
      `alter database ${escapeIdentifier(incoming.name)} rename to ${escapeIdentifier(name)}`,
      ...carried.statements,
      drained
        ? closedAs(name, drained)
        : `alter database ${escapeIdentifier(name)} with allow_connections true connection limit ${limitOf(back ? incoming : live)}`,
      noting(name, back ? incoming.comment : live.comment, note),
      `alter database ${escapeIdentifier(keepAs)} with connection limit ${limitOf(live)}`,
      noting(keepAs, live.comment, kept),
    ],
  }
}

async function renameBoth(
  client: Client,
  { live, incoming, keepAs }: Exchange,
  statements: readonly string[],
): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of statements) await client.query(statement)
    const { rows } = await client.query<{ right: boolean }>(
      `select count(*) = 2 as right from pg_database where (oid, datname) in (($1::oid, $2), ($3::oid, $4))`,
      [incoming.oid, live.name, live.oid, keepAs],
    )
    if (rows[0]?.right !== true) throw exchangedMeanwhile(live.name)
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
  try {
    await client.query('commit')
  } catch (error) {
    // The answer to a commit may be lost on its way back: only a look tells, and the next try takes it.
    throw new LostCommit(error)
  }
}

class LostCommit extends Error {
  constructor(cause: unknown) {
    super('the answer to the commit was lost', { cause })
  }
}

/** Takes the fence away, where it was ours, and says how things stand. */
async function openAgain(client: Client, { live, incoming }: Exchange, error: unknown): Promise<Error> {
  if (error instanceof LostCommit) {
    return postgresFailure(error.cause, {
      what: `Swapping ${live.name}`,
      changed: `not known; run this again, it looks whether ${live.name} was swapped`,
    })
  }
  const changed = (await reopen(client, [live, incoming]))
    ? `nothing was swapped; ${live.name} is ${openness(live)} as before`
    : `nothing was swapped, but ${live.name} may still be closed: pg.unfence opens it`
  if (error instanceof ActionFailure) {
    return new ActionFailure(error.message, { hint: error.hint, changed, cause: error })
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new ActionFailure('Cancelled.', { hint: 'Try again when it suits.', changed, cause: error })
  }
  return postgresFailure(error, { what: `Swapping ${live.name}`, changed })
}

async function reopen(client: Client, databases: readonly DatabaseState[]): Promise<boolean> {
  try {
    for (const { name } of databases) {
      const now = await readDatabase(client, name)
      if (now) await inOneTransaction(client, withoutSwap(now))
    }
    return true
  } catch {
    return false
  }
}

/** How a database is when no swap is at work. */
function openness({ note: { fence }, allowed }: DatabaseState): string {
  if (fence?.why === 'drain') return fence.kind === 'users' ? 'closed to all but superusers' : 'closed'
  return (fence?.allowed ?? allowed) ? 'open' : 'closed'
}

function stillUsed(name: string, who: string): ActionFailure {
  return new ActionFailure(`${name} is still in use: ${who} will not go.`, {
    hint: 'Their user may be a superuser, whom only a superuser ends. End them, then try again.',
    changed: 'nothing was swapped',
  })
}

function exchangedMeanwhile(name: string): ActionFailure {
  return new ActionFailure(`Somebody renamed a database while ${name} was being swapped.`, {
    hint: 'Look at \\l+ who is what before it is tried again.',
    changed: 'nothing was swapped',
  })
}

/** Reads both again once they are locked by name. Throws where one is gone. */
export async function readPair(client: Client, live: string, incoming: string) {
  return {
    live: await requireDatabase(client, live, 'Correct the address of the target.'),
    incoming: await requireDatabase(
      client,
      incoming,
      'Correct the name of the database that takes its place.',
    ),
  }
}
