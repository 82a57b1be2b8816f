import { createHash } from 'node:crypto'

type Environment = Readonly<Record<string, string | undefined>>

const ALLOWED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const
/** PostgreSQL cuts application names at 63 bytes. */
const APPLICATION_NAME_BYTES = 63

/** What any process of ours may know about the worker's own environment. */
export function inheritedEnvironment(from: Environment): Record<string, string> {
  return Object.fromEntries(
    ALLOWED.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]] as const])),
  )
}

/**
 * `cutover:<attempt>`, the application name of all PostgreSQL sessions of an attempt. A longer one ends in a hash
 * instead of being cut, so that two attempts never share a name.
 */
export function applicationName(attempt: string): string {
  const name = `cutover:${attempt}`
  if (Buffer.byteLength(name) <= APPLICATION_NAME_BYTES) return name
  const hash = createHash('sha256').update(attempt).digest('hex').slice(0, 16)
  return `${name.slice(0, APPLICATION_NAME_BYTES - 17)}~${hash}`
}
