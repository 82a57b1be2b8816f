import { Pool } from 'pg'
import type { Logger } from '../app/ports.ts'

const CONNECT_WITHIN_MS = 5000
const STATEMENT_WITHIN_MS = 20_000
/** Longer than the server's own limit: it ends only what a dead network swallowed. */
const ANSWER_WITHIN_MS = 25_000

/**
 * Connections to the log. Every wait has an end: a server that went away without a word is noticed, and a client that
 * did cannot hold a cutover's row lock.
 */
export function openLogPool(
  connection: { readonly connectionString: string; readonly password?: string },
  { name, max, logger }: { readonly name: string; readonly max: number; readonly logger: Logger },
): Pool {
  const pool = new Pool({
    ...connection,
    max,
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    statement_timeout: STATEMENT_WITHIN_MS,
    idle_in_transaction_session_timeout: STATEMENT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  })
  // An idle connection that breaks: the next question opens another one.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'a connection to the log broke'))
  return pool
}
