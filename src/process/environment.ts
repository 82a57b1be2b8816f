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
 * The whole environment of a command: the allow-list, what its step gives, and the name under which its sessions
 * are found on a target.
 * @throws for a name that is no variable name, and for `CUTOVER_…` other than `CUTOVER_VAR_…`.
 */
export function childEnvironment(options: {
  readonly attempt: string
  readonly given: Readonly<Record<string, string>>
  readonly from: Environment
}): Record<string, string> {
  for (const name of Object.keys(options.given)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`"${name}" is no name of a variable.`)
    if (name.startsWith('CUTOVER_') && !name.startsWith('CUTOVER_VAR_')) {
      throw new Error(`${name} belongs to Cutover itself and is not handed to a command.`)
    }
  }
  return {
    ...inheritedEnvironment(options.from),
    ...options.given,
    PGAPPNAME: applicationName(options.attempt),
  }
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
