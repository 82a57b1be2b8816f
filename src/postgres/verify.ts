import type { Pool } from 'pg'
import type { ExpectedHead } from '../app/anchor.ts'
import { ask } from './ask.ts'
import { EVENT_COLUMNS } from './columns.ts'
import { GENESIS, eventHash, registrationHash, type StoredEvent, type StoredRegistration } from './hash.ts'
import { inTransaction } from './transaction.ts'

/** Events that are chained in the registry as well. */
const REGISTERED: readonly string[] = ['cutover opened', 'cutover closed', 'cutover abandoned']

export interface VerifyFinding {
  /** Position of the first event that does not fit; absent: the chain as a whole. */
  readonly position?: number
  readonly message: string
}

export interface Verification {
  readonly cutover: string
  readonly events: number
  readonly head: string
  readonly findings: readonly VerifyFinding[]
}

/** Recomputes the chain of one cutover and names the first event that was edited, moved or cut. Pure. */
export function verifyChain(
  cutover: string,
  events: readonly StoredEvent[],
  anchor?: ExpectedHead,
): Verification {
  let previous = GENESIS
  for (const [index, event] of events.entries()) {
    const position = index + 1
    const found = fault(event, { cutover, position, previous })
    if (found)
      return { cutover, events: events.length, head: previous, findings: [{ position, message: found }] }
    previous = event.hash
  }
  return { cutover, events: events.length, head: previous, findings: anchorFindings(events, anchor) }
}

function fault(
  event: StoredEvent,
  expected: { cutover: string; position: number; previous: string },
): string | null {
  if (Number(event.position) !== expected.position) {
    return `event ${expected.position} is missing or out of order: event ${event.position} stands in its place`
  }
  if (event.cutover !== expected.cutover) return `event ${event.position} belongs to cutover ${event.cutover}`
  if (event.previous !== expected.previous) {
    return `event ${event.position} does not follow the one before it: one of the two was replaced`
  }
  if (eventHash(event) !== event.hash)
    return `event ${event.position} ("${event.type}") was edited after it was written`
  return null
}

function anchorFindings(
  events: readonly StoredEvent[],
  anchor: ExpectedHead | undefined,
): readonly VerifyFinding[] {
  if (!anchor) return []
  if (anchor.position === undefined) {
    return events.some((event) => event.hash === anchor.head)
      ? []
      : [{ message: `no event has the hash ${anchor.head}: the end was cut off or rewritten` }]
  }
  const event = events[anchor.position - 1]
  if (!event) {
    return [
      {
        position: events.length,
        message: `the record ends at event ${events.length}; the anchor is for event ${anchor.position}`,
      },
    ]
  }
  return event.hash === anchor.head
    ? []
    : [
        {
          position: anchor.position,
          message: `event ${anchor.position} has another hash than the anchor: history was rewritten`,
        },
      ]
}

/**
 * Holds a record whose chain is whole to an earlier copy of it, whose chain is whole too: the first event that is not
 * what it was, by its position. A record may have grown since. Pure.
 */
export function differenceFrom(
  earlier: readonly StoredEvent[],
  events: readonly StoredEvent[],
): VerifyFinding | null {
  const at = earlier.findIndex((event, index) => event.hash !== events[index]?.hash)
  if (at === -1) return null
  const position = at + 1
  const event = events[at]
  return event === undefined
    ? {
        position: events.length,
        message: `the record ends at event ${events.length}; the earlier copy goes on to event ${earlier.length}`,
      }
    : {
        position,
        message: `event ${position} ("${event.type}") is not what the earlier copy has there ("${earlier[at]?.type ?? ''}"): history was rewritten from here on`,
      }
}

/**
 * Chain, head and registry of one cutover in the database; null when neither log nor registry ever knew it. A cutover
 * that was removed is found by its entry in the registry.
 */
export async function verifyCutover(
  pool: Pool,
  cutover: string,
  anchor?: ExpectedHead,
): Promise<Verification | null> {
  const { row, events, registry, removed } = await readRecord(pool, cutover)
  if (!row && events.length === 0 && !registry.some((entry) => entry.cutover === cutover)) return null

  const verification = verifyChain(cutover, events, anchor)
  if (verification.findings.length > 0) return verification
  return {
    ...verification,
    findings: [
      ...headFindings(row, verification),
      ...registryFindings(registry, cutover, events),
      ...removed.map((other) => ({
        message: `the registry knows the cutover ${other}, and the log has nothing of it: it was removed`,
      })),
    ],
  }
}

/** Rows as their exact stored text, in order: what the export carries and `verify DIR` reads. */
export async function storedEvents(pool: Pool, cutover: string): Promise<readonly StoredEvent[]> {
  const { rows } = await ask<StoredEvent>(
    pool,
    `select ${EVENT_COLUMNS} from cutover.event e where cutover = $1 order by e.position`,
    [cutover],
  )
  return rows
}

interface Head {
  readonly head: string
  readonly position: number
}

/** All of it as of one moment: an append in between would look like a forgery. */
async function readRecord(pool: Pool, cutover: string) {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    const heads = await client.query<Head>('select head, position from cutover.cutover where id = $1', [
      cutover,
    ])
    const events = await client.query<StoredEvent>(
      `select ${EVENT_COLUMNS} from cutover.event e where cutover = $1 order by e.position`,
      [cutover],
    )
    const registry = await client.query<StoredRegistration>(
      `select position::text, what, cutover, head, at_ms::text, previous, hash
       from cutover.registry r order by r.position`,
    )
    const removed = await client.query<{ cutover: string }>(
      `select distinct cutover from cutover.registry r
       where cutover <> $1 and not exists (select from cutover.event e where e.cutover = r.cutover)
       order by cutover`,
      [cutover],
    )
    return {
      row: heads.rows[0],
      events: events.rows,
      registry: registry.rows,
      removed: removed.rows.map((row) => row.cutover),
    }
  })
}

function headFindings(row: Head | undefined, verification: Verification): readonly VerifyFinding[] {
  const { events, head } = verification
  if (row?.head === head && row.position === events) return []
  const message =
    events === 0
      ? 'the log has no event of this cutover: it was removed'
      : `the log ends at event ${events}, but event ${row?.position ?? 0} was the last one written`
  return [events === 0 ? { message } : { position: events, message }]
}

function registryFindings(
  rows: readonly StoredRegistration[],
  cutover: string,
  events: readonly StoredEvent[],
): readonly VerifyFinding[] {
  const broken = brokenEntry(rows)
  if (broken !== null) {
    const message = `the registry of cutovers was changed at entry ${broken}: a cutover was removed or replaced`
    return [{ message }]
  }
  const registered = new Set(rows.filter((row) => row.cutover === cutover).map((row) => row.head))
  const hashes = new Set(events.map((event) => event.hash))
  const foreign = rows.find((row) => row.cutover === cutover && !hashes.has(row.head))
  if (foreign && events.length > 0)
    return [{ message: `the registry knows "${foreign.what}" of this cutover under another hash` }]
  const missing = events.find((event) => REGISTERED.includes(event.type) && !registered.has(event.hash))
  return missing
    ? [{ message: `the registry does not know "${missing.type}" of this cutover: its entry was removed` }]
    : []
}

/** The first entry that does not fit the chain, counted from 1. */
function brokenEntry(rows: readonly StoredRegistration[]): number | null {
  let previous = GENESIS
  for (const [index, row] of rows.entries()) {
    const fits = Number(row.position) === index + 1 && row.previous === previous
    if (!fits || registrationHash(row) !== row.hash) return index + 1
    previous = row.hash
  }
  return null
}
