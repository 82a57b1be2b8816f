import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { PostgresTarget } from '../targets.ts'
import { connectPostgres } from './connect.ts'

const LOOK_EVERY_MS = 100

/**
 * Ends every session that an attempt left on a target: cancel, then terminate, then a look that none is left. Killing a
 * client does not stop what its backend is doing. Gives how many sessions there were and how many would not go.
 */
export async function endSessions(
  target: PostgresTarget,
  {
    attempt,
    applicationName,
    patienceMs = 5000,
  }: {
    readonly attempt: string
    readonly applicationName: string
    readonly patienceMs?: number
  },
): Promise<{ readonly found: number; readonly left: number }> {
  const client = await connectPostgres(target, { attempt: `${attempt}.end`, statementTimeoutMs: 10_000 })
  try {
    const found = await signal(client, 'pg_cancel_backend', applicationName)
    if (found === 0) return { found: 0, left: 0 }
    if ((await waitUntilGone(client, applicationName, patienceMs)) === 0) return { found, left: 0 }
    await signal(client, 'pg_terminate_backend', applicationName)
    return { found, left: await waitUntilGone(client, applicationName, patienceMs) }
  } finally {
    await client.end()
  }
}

async function signal(
  client: Client,
  how: 'pg_cancel_backend' | 'pg_terminate_backend',
  applicationName: string,
): Promise<number> {
  const { rowCount } = await client.query(
    `select ${how}(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()`,
    [applicationName],
  )
  return rowCount ?? 0
}

async function waitUntilGone(client: Client, applicationName: string, patienceMs: number): Promise<number> {
  const until = performance.now() + patienceMs
  for (;;) {
    const { rows } = await client.query<{ left: number }>(
      'select count(*)::int as left from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
      [applicationName],
    )
    const left = rows[0]?.left ?? 0
    if (left === 0 || performance.now() > until) return left
    await sleep(LOOK_EVERY_MS)
  }
}
