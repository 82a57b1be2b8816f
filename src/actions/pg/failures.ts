import { DatabaseError } from 'pg'
import { ActionFailure } from '../action.ts'
import { oneLine } from '../wording.ts'

interface Circumstances {
  /** What was being done: `Loading orders`. */
  readonly what: string
  readonly changed: string
}

const HINTS: Readonly<Record<string, string>> = {
  '42501': 'Grant the right to the user of the target, or name another user.',
  '53100': 'The disk of the server is full: make room, then try again.',
  '53200': 'The server is out of memory.',
  '55P03': 'Another session holds a lock on it: look at pg_locks, end that session, then try again.',
  '57014': 'The statement was cancelled or ran into its time limit.',
  '57P01': 'An administrator ended the session.',
  '40P01': 'Two sessions waited for each other; try again when nobody else writes.',
  '25006': 'The server or the session is read-only; is it a standby?',
  '23505': 'The source holds two rows with the same key. Remove one of them in the source.',
  '23503': 'A row refers to another one that does not exist. Clean the orphan in the source.',
  '23514': 'A row breaks a check constraint of the target. Correct the row, or the constraint.',
  '23502': 'A row has no value where the target wants one.',
}

/**
 * What PostgreSQL answered, as a failure that a person can read: its own message and detail, and what to do.
 * An {@link ActionFailure} passes through; an error that is not PostgreSQL's nor the network's is thrown again as
 * it is, for it is a bug.
 */
export function postgresFailure(error: unknown, { what, changed }: Circumstances): ActionFailure {
  if (error instanceof ActionFailure) return error
  if (error instanceof DatabaseError) {
    const said = [error.message, error.detail, error.where].filter((part) => part !== undefined).join('. ')
    const hint = HINTS[error.code ?? ''] ?? error.hint ?? 'Correct what PostgreSQL names, then try again.'
    return new ActionFailure(`${what} failed. PostgreSQL says: ${oneLine(said, 500)}`, {
      hint,
      changed,
      cause: error,
    })
  }
  if (isLostConnection(error)) {
    return new ActionFailure(`${what} failed: the connection to PostgreSQL broke.`, {
      hint: 'Look whether the server is up, then try again.',
      changed,
      cause: error,
    })
  }
  throw error
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED'].includes(String(error.code)))
    return true
  // pg gives these no code.
  return /^Connection terminated|Client has encountered a connection error|^Client was closed/.test(
    error.message,
  )
}
