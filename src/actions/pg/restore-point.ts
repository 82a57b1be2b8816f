import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { postgresTarget } from '../targets.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'
import { readArchiving } from './pitr-ready.ts'

/** As PostgreSQL allows. */
const NAME_BYTES = 63

const Input = z.strictObject({
  target: postgresTarget().describe('A database of the server; the point is one of the whole server.'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]+$/, 'a restore point has letters, digits and _ . : - only')
    .max(NAME_BYTES)
    .optional()
    .describe('Name of the point; `cutover:<attempt>` unless said, which no other one bears.'),
  require_archive: z
    .boolean()
    .default(true)
    .describe(
      'Fail where the server archives no WAL, for then nobody can recover to the point; `true` unless said.',
    ),
})
type Input = z.infer<typeof Input>

export const pgRestorePoint: RunAction<Input> = {
  name: 'pg.restore-point',
  kind: 'run',
  mutating: false,
  summary:
    'Writes a named point into the WAL, to which the whole server can be recovered (recovery_target_name) from a base backup and the archive, and records where it stands. It switches to a new WAL file, so that the point is archived soon. Where the server archives nothing it says that there is no point-in-time recovery.',
  input: Input,
  facts: { name: 'text', lsn: 'text', time: 'text', wal: 'text', pitr: 'boolean' },
  run,
}

async function run(
  { target, name, require_archive: required }: Input,
  context: ActionContext,
): Promise<RunResult> {
  const client = await connectPostgres(target, { attempt: context.attempt, statementTimeoutMs: 15_000 })
  try {
    const { possible, why } = await readArchiving(async (query) => (await client.query(query)).rows)
    if (!possible && required) throw impossible(target.name, why)
    const point = (name ?? `cutover:${context.attempt}`).slice(0, NAME_BYTES)
    // The point first: what is read after it lies behind it.
    const { rows } = await client.query<{ lsn: string; wal: string; time: Date }>(
      `select lsn::text, pg_walfile_name(lsn) as wal, clock_timestamp() as time from pg_create_restore_point($1) lsn`,
      [point],
    )
    const [row] = rows
    // Who may make a point may not always switch: then it is archived when the file is full.
    if (possible) await client.query('select pg_switch_wal()').catch(() => undefined)
    const time = row?.time.toISOString() ?? ''
    const limit = possible ? '' : `; no point-in-time recovery: ${why}`
    return {
      summary: `${point} at ${row?.lsn ?? '?'}${limit}`,
      facts: { name: point, lsn: row?.lsn ?? null, time, wal: row?.wal ?? null, pitr: possible },
    }
  } catch (error) {
    throw postgresFailure(error, {
      what: `Making a restore point on ${target.name}`,
      changed: 'nothing was changed',
    })
  } finally {
    await client.end()
  }
}

function impossible(target: string, why: string): ActionFailure {
  return new ActionFailure(`There is no point-in-time recovery on ${target}: ${why}.`, {
    hint: 'Have archiving set up and a base backup made, or say require_archive: false and plan another way back.',
    changed: 'nothing was changed',
  })
}
