import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { ActionContext } from '../../action.ts'
import { applicationNameOf } from '../../application-name.ts'
import type { PostgresTarget } from '../../targets.ts'
import { connectPostgres } from '../connect.ts'

/** Rows that the COPYs of a tool have moved so far, and the table it is at. */
export interface CopyProgress {
  readonly rows: number
  readonly table: string
}

const LOOK_EVERY_MS = 500

const COPIES = `
  select p.relid::text as id, p.relid::regclass::text as table, p.tuples_processed::float8 as rows
  from pg_stat_progress_copy p join pg_stat_activity a using (pid)
  where a.application_name = $1 and p.datname = current_database()`

/**
 * Watches what pg_dump or pg_restore of this attempt copies. Where the server does not tell (before 14), or cannot be
 * asked, nothing is reported: progress is no reason to fail. Call what it gives to end it.
 */
export function watchCopies(
  target: PostgresTarget,
  {
    context,
    onProgress,
  }: { readonly context: ActionContext; readonly onProgress: (progress: CopyProgress) => void },
): () => Promise<void> {
  const ended = new AbortController()
  const watching = look(target, { context, onProgress, signal: ended.signal }).catch(() => undefined)
  return async () => {
    ended.abort()
    await watching
  }
}

async function look(
  target: PostgresTarget,
  {
    context,
    onProgress,
    signal,
  }: { context: ActionContext; onProgress: (progress: CopyProgress) => void; signal: AbortSignal },
): Promise<void> {
  // What is over within the first pause needs no second connection.
  await pause(LOOK_EVERY_MS, undefined, { signal })
  const client = await connectPostgres(target, {
    attempt: `${context.attempt}.watch`,
    statementTimeoutMs: 5_000,
  })
  try {
    const seen = new Map<string, number>()
    while (!signal.aborted) {
      const table = await readCopies(client, applicationNameOf(context.attempt), seen)
      const rows = [...seen.values()].reduce((sum, own) => sum + own, 0)
      if (table !== undefined) onProgress({ rows, table })
      await pause(LOOK_EVERY_MS, undefined, { signal })
    }
  } finally {
    await client.end()
  }
}

async function readCopies(
  client: Client,
  applicationName: string,
  seen: Map<string, number>,
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string; table: string; rows: number }>(COPIES, [applicationName])
  for (const row of rows) seen.set(row.id, Math.max(row.rows, seen.get(row.id) ?? 0))
  return rows.at(-1)?.table
}
