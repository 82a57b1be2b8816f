import type { Pool } from 'pg'
import { GENESIS, eventHash, registrationHash, type StoredEvent, type StoredRegistration } from './hash.ts'

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
  anchor?: { readonly position?: number; readonly head: string },
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
  anchor: { readonly position?: number; readonly head: string } | undefined,
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

/** Chain, head and registry of one cutover in the database. */
export async function verifyCutover(
  pool: Pool,
  cutover: string,
  anchor?: { readonly position?: number; readonly head: string },
): Promise<Verification | null> {
  const row = await pool.query<{ head: string; position: number }>(
    'select head, position from cutover.cutover where id = $1',
    [cutover],
  )
  const known = row.rows[0]
  if (!known) return null
  const verification = verifyChain(cutover, await storedEvents(pool, cutover), anchor)
  if (verification.findings.length > 0) return verification

  const findings: VerifyFinding[] = []
  if (known.head !== verification.head) {
    findings.push({
      position: verification.events,
      message: `the log ends at event ${verification.events}, but event ${known.position} was the last one written`,
    })
  }
  findings.push(...registryFindings(await registrations(pool), cutover, await storedEvents(pool, cutover)))
  return { ...verification, findings }
}

/** Rows as their exact stored text, in order: what the export carries and `verify DIR` reads. */
export async function storedEvents(pool: Pool, cutover: string): Promise<readonly StoredEvent[]> {
  const { rows } = await pool.query<StoredEvent>(
    `select cutover, position::text, type, version::text, at_ms::text, actor, key, data, previous, hash
     from cutover.event e where cutover = $1 order by e.position`,
    [cutover],
  )
  return rows
}

async function registrations(pool: Pool): Promise<readonly StoredRegistration[]> {
  const { rows } = await pool.query<StoredRegistration>(
    `select position::text, what, cutover, head, at_ms::text, previous, hash
     from cutover.registry r order by r.position`,
  )
  return rows
}

function registryFindings(
  rows: readonly StoredRegistration[],
  cutover: string,
  events: readonly StoredEvent[],
): VerifyFinding[] {
  let previous = GENESIS
  for (const [index, row] of rows.entries()) {
    if (
      Number(row.position) !== index + 1 ||
      row.previous !== previous ||
      registrationHash(row) !== row.hash
    ) {
      return [
        {
          message: `the registry of cutovers was changed at entry ${index + 1}: a cutover was removed or replaced`,
        },
      ]
    }
    previous = row.hash
  }
  const heads = new Set(events.map((event) => event.hash))
  const foreign = rows.find((row) => row.cutover === cutover && !heads.has(row.head))
  if (foreign) return [{ message: `the registry knows "${foreign.what}" of this cutover under another hash` }]
  return rows.some((row) => row.cutover === cutover)
    ? []
    : [{ message: 'the registry does not know this cutover: its entry was removed' }]
}
