import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { postgresTarget } from '../targets.ts'
import { inOneTransaction, opening } from './database/fence.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireDatabase,
} from './database/maintenance.ts'
import type { DatabaseState } from './database/state.ts'
import { postgresFailure } from './failures.ts'

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  maintenance: maintenanceDatabase(),
})
type Input = z.infer<typeof Input>

export const pgUnfence: RunAction<Input> = {
  name: 'pg.unfence',
  kind: 'run',
  mutating: true,
  summary:
    'Lets connections into a database again that `pg.drain` closed, with the connection limit it had before. A second run, and one after a drain that never closed it, changes nothing. A database that somebody else closed is refused.',
  input: Input,
  facts: { opened: 'boolean', connectionLimit: 'int' },
  run,
}

async function run({ target, maintenance }: Input, { attempt }: ActionContext): Promise<RunResult> {
  const { client, name, end } = await connectBeside(target, { attempt, database: maintenance })
  try {
    await lockDatabaseName(client, name)
    const database = await requireDatabase(client, name, 'Correct the address of the target.')
    const statements = opening(database)
    if (statements.length === 0) return alreadyOpen(database)
    await inOneTransaction(client, statements)
    return resultOf(await requireDatabase(client, name, 'Look who renamed it.'))
  } catch (error) {
    throw postgresFailure(error, {
      what: `Opening ${name}`,
      changed: 'look at \\l+ whether it accepts connections',
    })
  } finally {
    await end()
  }
}

function alreadyOpen({ name, allowed, limit }: DatabaseState): RunResult {
  if (!allowed || limit === 0) {
    throw new ActionFailure(`${name} accepts no connections, and it was not Cutover who closed it.`, {
      hint: `Find out who did; then alter database ${name} with allow_connections true connection limit -1.`,
      changed: 'nothing was changed',
    })
  }
  return {
    summary: `${name} is open; nothing was to be done`,
    facts: { opened: false, connectionLimit: limit },
  }
}

function resultOf({ name, allowed, limit }: DatabaseState): RunResult {
  const limited = limit === -1 ? 'without a limit' : `for at most ${limit}`
  return {
    summary: allowed
      ? `${name} is open again, ${limited}`
      : `${name} is as it was before it was drained: closed`,
    facts: { opened: allowed, connectionLimit: limit },
  }
}
