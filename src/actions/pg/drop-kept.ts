import { escapeIdentifier } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { postgresTarget } from '../targets.ts'
import { bytes } from '../wording.ts'
import { namesOfSessions, sessionsIn } from './database/empty.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireOwnership,
} from './database/maintenance.ts'
import type { DatabaseState } from './database/state.ts'
import { readDatabase } from './database/state.ts'
import { postgresFailure } from './failures.ts'

const NOTHING = 'nothing was changed'

const Input = z.strictObject({
  target: postgresTarget().describe('The live database, beside which the other one was kept or restored.'),
  database: z
    .string()
    .min(1)
    .describe('The one to drop, by its recorded name, as `$undo-migrate.keptAs` or `$standby.database`.'),
  oid: z
    .int()
    .positive()
    .describe(
      'Its identity, as `$undo-migrate.keptOid` or `$standby.oid`: another one of the name is refused.',
    ),
  maintenance: maintenanceDatabase(),
})
type Input = z.infer<typeof Input>

export const pgDropKept: RunAction<Input> = {
  name: 'pg.drop-kept',
  kind: 'run',
  mutating: true,
  summary:
    'Drops a database that a swap put aside, or one that was restored beside the live one and is no longer needed: by its recorded name and identity, only where its note says that it is such a one of this database, and only while it is closed and nobody is in it. One that is gone already is no error. There is no way back: a step that runs it says `irreversible`.',
  input: Input,
  facts: { dropped: 'boolean', bytes: 'int' },
  run,
}

async function run(input: Input, { attempt }: ActionContext): Promise<RunResult> {
  const { client, name, end } = await connectBeside(input.target, { attempt, database: input.maintenance })
  try {
    await lockDatabaseName(client, name)
    const found = await readDatabase(client, input.database)
    if (!found) {
      return {
        summary: `${input.database} is gone already; nothing was to be done`,
        facts: { dropped: false, bytes: 0 },
      }
    }
    refuseUnlessLeftOver(found, name, input.oid)
    const sessions = await sessionsIn(client, [found.oid])
    if (sessions.length > 0) throw refusal(`${found.name} is in use: ${namesOfSessions(sessions)}.`)
    await requireOwnership(client, [found])
    const { rows } = await client.query<{ size: number }>(
      'select pg_database_size($1::oid)::float8 as size',
      [found.oid],
    )
    const size = rows[0]?.size ?? 0
    await client.query(`drop database ${escapeIdentifier(found.name)}`)
    return { summary: `${found.name} dropped, ${bytes(size)}`, facts: { dropped: true, bytes: size } }
  } catch (error) {
    throw postgresFailure(error, { what: `Dropping ${input.database}`, changed: NOTHING })
  } finally {
    await end()
  }
}

function refuseUnlessLeftOver(found: DatabaseState, live: string, oid: number) {
  const { kept, restored, swap } = found.note
  if (found.oid !== oid) {
    throw refusal(`${found.name} is not the database that was recorded: its oid is ${found.oid}, not ${oid}.`)
  }
  const leftOver = kept?.of === live || (restored?.of === live && swap === undefined)
  if (found.name === live || !leftOver) {
    throw refusal(`${found.name} was neither put aside nor restored beside ${live} by Cutover.`)
  }
  if (found.allowed) throw refusal(`${found.name} accepts connections: somebody has opened it again.`)
}

function refusal(message: string): ActionFailure {
  return new ActionFailure(message, {
    hint: 'Look at \\l+ what it is and who uses it. If it is to go, drop it by hand.',
    changed: NOTHING,
  })
}
