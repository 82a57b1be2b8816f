import { createHash } from 'node:crypto'

/** PostgreSQL cuts application names at 63 bytes. */
const BYTES = 63
const HASH_DIGITS = 16

/**
 * The name that all PostgreSQL sessions of an attempt bear, by which they are found and ended. One that would be
 * cut ends in a hash instead, so that two attempts never share a name.
 */
export function applicationNameOf(attempt: string): string {
  const name = `cutover:${attempt}`
  if (Buffer.byteLength(name) <= BYTES) return name
  const hash = createHash('sha256').update(attempt).digest('hex').slice(0, HASH_DIGITS)
  return `${name.slice(0, BYTES - HASH_DIGITS - 1)}~${hash}`
}
