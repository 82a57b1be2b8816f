import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import type { Emptied } from './database/empty.ts'
import { emptyDatabases, namesOfSessions } from './database/empty.ts'
import { closing, inOneTransaction } from './database/fence.ts'
import type { FenceKind } from './database/fence.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireDatabase,
} from './database/maintenance.ts'
import { preparedTransactions } from './database/prepared.ts'
import type { DatabaseState } from './database/state.ts'
import { postgresFailure } from './failures.ts'

const PATIENCE_MS = 30_000

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  fence: z
    .enum(['everyone', 'users', 'nobody'])
    .optional()
    .describe(
      'Who is kept out from now on: `everyone` (unless said), `users` (superusers still get in, as for a migration that runs as one), or `nobody` (sessions are ended, but may come back).',
    ),
  wait: duration(
    'How long transactions that are under way may take to end by themselves; 30s unless said.',
  ).optional(),
  maintenance: maintenanceDatabase(),
})
type Input = z.infer<typeof Input>

export const pgDrain: RunAction<Input> = {
  name: 'pg.drain',
  kind: 'run',
  mutating: true,
  summary:
    'Keeps new connections out of a database, waits for the transactions that are under way, ends those that take longer, and looks until no session is left. Sessions between two transactions are ended at once, for a pool would begin the next one. How the database was stands in its comment, from where `pg.unfence`, its inverse, puts it back. Prepared transactions are named, never ended.',
  input: Input,
  facts: { terminated: 'int', interrupted: 'int', waitedMs: 'int', prepared: 'list' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { client, name, end } = await connectBeside(input.target, {
    attempt: context.attempt,
    database: input.maintenance,
  })
  const fence = input.fence ?? 'everyone'
  let changed = 'nothing was changed'
  try {
    await lockDatabaseName(client, name)
    const database = await requireDatabase(client, name, 'Correct the address of the target.')
    if (fence !== 'nobody') {
      await inOneTransaction(client, closing(database, { by: context.attempt, why: 'drain', kind: fence }))
      changed = `${name} is closed to new connections`
    }
    const emptied = await emptyDatabases(client, [database.oid], {
      patienceMs: input.wait ?? PATIENCE_MS,
      signal: context.signal,
      tell: (label) => context.progress({ done: 0, unit: 'sessions', label }),
    })
    refuseIfLeft(emptied, { name, fence, changed })
    return await resultOf(client, database, emptied, fence)
  } catch (error) {
    if (context.signal.aborted) throw cancelled(changed, error)
    throw postgresFailure(error, { what: `Draining ${name}`, changed })
  } finally {
    await end()
  }
}

function refuseIfLeft(
  { left, terminated }: Emptied,
  { name, fence, changed }: { name: string; fence: FenceKind | 'nobody'; changed: string },
) {
  if (left.length === 0) return
  throw new ActionFailure(`${name} is not empty: ${namesOfSessions(left)} will not go.`, {
    hint:
      fence === 'nobody'
        ? 'Somebody connects again: stop that service, or keep it out with fence: everyone.'
        : 'Their user may be a superuser, whom only a superuser ends. pg.unfence lets everybody in again.',
    changed: `${changed}; ${count(terminated, 'session')} ended`,
  })
}

async function resultOf(
  client: Client,
  { name }: DatabaseState,
  { terminated, interrupted, waitedMs }: Emptied,
  fence: FenceKind | 'nobody',
): Promise<RunResult> {
  const prepared = await preparedTransactions(client, name)
  const closed = fence === 'everyone' ? 'closed' : fence === 'users' ? 'closed to all but superusers' : 'open'
  const parts = [
    `${name} is ${closed} and empty after ${spoken(waitedMs)}`,
    `${count(terminated, 'session')} ended, ${interrupted} of them in a transaction`,
    ...(prepared.length === 0 ? [] : [`${count(prepared.length, 'prepared transaction')} left`]),
  ]
  return {
    summary: parts.join('; '),
    facts: { terminated, interrupted, waitedMs: waitedMs, prepared },
  }
}

function cancelled(changed: string, cause: unknown): ActionFailure {
  return new ActionFailure('Cancelled.', {
    hint: 'pg.unfence lets everybody in again; or drain it once more.',
    changed,
    cause,
  })
}
