import { LogRefused, LogUnavailable } from '../app/log-errors.ts'

/**
 * What the driver or the server says when the log as a whole cannot be used now, whatever was asked: the connection
 * is gone or refused, the server stops or starts, has no room, is a standby, or gave up on a deadlock or time limit.
 */
const SERVER_CLASSES: readonly string[] = ['08', '28', '40', '53', '57', '58']
const SERVER_STATES: readonly string[] = ['25006', '3D000', '25P03']
const SYSTEM_CODES: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]
/** The driver's own errors bear no code. */
const DRIVER_WORDS =
  /connection terminated|connection error|not queryable|timeout exceeded when trying to connect|timeout expired|query read timeout|calling end on the pool/i

const UNIQUE_VIOLATION = '23505'
const INSUFFICIENT_PRIVILEGE = '42501'
/** Raised by the schema itself, in words for people: a login does what is not for it. */
const NOT_FOR_THIS_LOGIN = 'CUT01'

/** The one place that reads error codes of PostgreSQL: the log's own error, or the error as it came. */
export function asLogError(error: unknown): unknown {
  if (isUnavailable(error)) return new LogUnavailable(error)
  const refusal = refusalOf(error)
  return refusal === null ? error : new LogRefused(refusal, error)
}

function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  switch (codeOf(error)) {
    case NOT_FOR_THIS_LOGIN:
      return `The log refuses this: ${error.message}. Nothing was changed. Each worker needs the login of its own pool, and \`serve\` its own.`
    case INSUFFICIENT_PRIVILEGE:
      return 'The log refuses this: the login in CUTOVER_DATABASE_URL may not do it. Nothing was changed. `cutover migrate`, as the owner of the log, gives each login what it needs.'
    default:
      return null
  }
}

/** Another row bears the same value; `constraint` as PostgreSQL names it. */
export function isTaken(error: unknown, constraint: string): boolean {
  return codeOf(error) === UNIQUE_VIOLATION && property(error, 'constraint') === constraint
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof LogUnavailable) return false
  const code = codeOf(error)
  if (code === undefined) return DRIVER_WORDS.test(error.message)
  return (
    SYSTEM_CODES.includes(code) || SERVER_STATES.includes(code) || SERVER_CLASSES.includes(code.slice(0, 2))
  )
}

function codeOf(error: unknown): string | undefined {
  const code = property(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function property(error: unknown, name: 'code' | 'constraint'): unknown {
  return error instanceof Error && name in error
    ? (error as Error & Record<string, unknown>)[name]
    : undefined
}
