import type { Client } from 'pg'
import type { PostgresTarget } from '../targets.ts'
import { connectPostgres } from './connect.ts'

/**
 * When `signal` is aborted, the server is asked to cancel what `client` runs: a closed connection alone would leave
 * the query running to its end. Gives the function that stops listening; call it before the client ends.
 */
export async function cancelOnAbort(
  client: Client,
  target: PostgresTarget,
  { attempt, signal }: { readonly attempt: string; readonly signal?: AbortSignal | undefined },
): Promise<() => void> {
  if (!signal) return () => undefined
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid
  const cancel = () => {
    // The caller hears of the cancelled query itself; when the server cannot be asked, its connection is gone too.
    void askToCancel(target, attempt, pid).catch(() => undefined)
  }
  signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

async function askToCancel(target: PostgresTarget, attempt: string, pid: number | undefined): Promise<void> {
  const other = await connectPostgres(target, { attempt, statementTimeoutMs: 5_000 })
  try {
    await other.query('select pg_cancel_backend($1)', [pid])
  } finally {
    await other.end()
  }
}
