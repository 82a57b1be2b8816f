import { createHash } from 'node:crypto'

/** A row of `cutover.event` as its exact stored text; numbers as decimal strings. */
export interface StoredEvent {
  readonly cutover: string
  readonly position: string
  readonly type: string
  readonly version: string
  readonly at_ms: string
  readonly actor: string
  readonly key: string | null
  readonly data: string
  readonly previous: string
  readonly hash: string
}

export interface StoredRegistration {
  readonly position: string
  readonly what: string
  readonly cutover: string
  readonly head: string
  readonly at_ms: string
  readonly previous: string
  readonly hash: string
}

/** The `previous` of the first event of a chain. */
export const GENESIS = '0'.repeat(64)

/** sha256 over the exact stored text of every column, chained to the event before; hex. */
export function eventHash(event: Omit<StoredEvent, 'hash'>): string {
  return digest([
    event.previous,
    event.cutover,
    event.position,
    event.type,
    event.version,
    event.at_ms,
    event.actor,
    event.key,
    event.data,
  ])
}

export function registrationHash(row: Omit<StoredRegistration, 'hash'>): string {
  return digest([row.previous, row.position, row.what, row.cutover, row.head, row.at_ms])
}

// A JSON array keeps the columns apart: no two different rows give the same text.
function digest(columns: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex')
}
