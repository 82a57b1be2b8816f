import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import { exchangeDatabases } from './database/exchange.ts'
import { inOneTransaction, opening } from './database/fence.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireDatabase,
  requireOwnership,
} from './database/maintenance.ts'
import type { DatabaseNote } from './database/note.ts'
import { sameCutover } from './database/same-step.ts'
import type { DatabaseState } from './database/state.ts'
import { databaseNames, readDatabaseByOid } from './database/state.ts'
import { postgresFailure } from './failures.ts'
import { freeName } from './names.ts'

const NOTHING = 'nothing was changed'

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database whose place was taken.'),
  wait: duration(
    'How long transactions under way may take to end by themselves; not at all unless said.',
  ).optional(),
  maintenance: maintenanceDatabase(),
})
type Input = z.infer<typeof Input>

export const pgSwapBack: RunAction<Input> = {
  name: 'pg.swap-back',
  kind: 'run',
  mutating: true,
  summary:
    'The inverse of `pg.swap` and `pg.restore`: the database that was put aside takes its place again, by two renames in one transaction, and the other one gets the name back that it had. It undoes only what this cutover swapped, whatever that step had come to: where nothing was swapped it opens the database if that step had closed it, and changes nothing else.',
  input: Input,
  facts: { database: 'text', oid: 'int', keptAs: 'text', terminated: 'int', downtimeMs: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const { client, name, end } = await connectBeside(input.target, {
    attempt: context.attempt,
    database: input.maintenance,
  })
  try {
    await lockDatabaseName(client, name)
    const live = await requireDatabase(client, name, 'Correct the address of the target.')
    const { swap } = live.note
    if (!swap || !sameCutover(swap.by, context.attempt))
      return await nothingToSwap(client, live, context.attempt)
    return await swapBack(client, { live, swap, patienceMs: input.wait ?? 0 }, context)
  } catch (error) {
    throw postgresFailure(error, { what: `Swapping ${name} back`, changed: NOTHING })
  } finally {
    await end()
  }
}

interface Back {
  readonly live: DatabaseState
  readonly swap: NonNullable<DatabaseNote['swap']>
  readonly patienceMs: number
}

async function swapBack(
  client: Client,
  { live, swap, patienceMs }: Back,
  context: ActionContext,
): Promise<RunResult> {
  const kept = await readDatabaseByOid(client, swap.keptOid)
  if (!kept) {
    throw new ActionFailure(`The database that was kept as ${swap.keptAs} is gone.`, {
      hint: 'Somebody dropped it. Restore a backup with pg.restore.',
      changed: NOTHING,
    })
  }
  await requireOwnership(client, [live, kept])
  const keepAs = freeName(swap.was, { suffix: '', taken: await databaseNames(client) })
  const { terminated, downtimeMs } = await exchangeDatabases(
    client,
    { live, incoming: kept, keepAs, back: true, patienceMs },
    context,
  )
  return {
    summary: `${kept.name} is ${live.name} again, after ${spoken(downtimeMs)} without; ${count(terminated, 'session')} ended; the other one is kept as ${keepAs}`,
    facts: {
      database: live.name,
      oid: kept.oid,
      keptAs: keepAs,
      terminated,
      downtimeMs: downtimeMs,
    },
  }
}

async function nothingToSwap(client: Client, live: DatabaseState, attempt: string): Promise<RunResult> {
  const { fence } = live.note
  const ours = fence?.why === 'swap' && sameCutover(fence.by, attempt)
  if (ours) await inOneTransaction(client, opening(live))
  return {
    summary: ours
      ? `nothing had been swapped; ${live.name} is open again`
      : `nothing of this cutover had been swapped; ${live.name} stays as it is`,
    facts: { database: live.name, oid: live.oid, keptAs: null, terminated: 0, downtimeMs: 0 },
  }
}
