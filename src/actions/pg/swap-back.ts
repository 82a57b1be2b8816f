import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import type { Link } from './database/chain.ts'
import { putAsideBy, swapsBehind } from './database/chain.ts'
import { exchangeDatabases } from './database/exchange.ts'
import { inOneTransaction, withoutSwap } from './database/fence.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireDatabase,
  requireOwnership,
} from './database/maintenance.ts'
import { sameCutover, sameStep, undoneBy } from './database/same-step.ts'
import type { DatabaseState } from './database/state.ts'
import { databaseNames, readDatabaseByOid } from './database/state.ts'
import { postgresFailure } from './failures.ts'
import { freeName } from './names.ts'

const NOTHING = 'nothing was changed'

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database whose place was taken.'),
  oid: z
    .int()
    .positive()
    .optional()
    .describe(
      'Identity of the database that is to come back, as `$cut.keptOid`. An inverse may leave it out: then it is the one that the step put aside which it undoes, also where that step was killed before it could record anything.',
    ),
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
    'The inverse of `pg.swap` and `pg.restore`: the database that its step put aside takes its place again, by two renames in one transaction, and the one that had the place gets the name back that it had. Where later steps swapped too, as the undo of a migration does, it still brings back what its own step put aside; a database that no swap of this cutover put aside for the live one is refused. Where its step swapped nothing, it opens the database if that step had closed it, and changes nothing else.',
  input: Input,
  facts: { database: 'text', oid: 'int', keptAs: 'text', terminated: 'int', downtimeMs: 'int' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const wanted = wantedOf(input, context)
  const { client, name, end } = await connectBeside(input.target, {
    attempt: context.attempt,
    database: input.maintenance,
  })
  try {
    await lockDatabaseName(client, name)
    const live = await requireDatabase(client, name, 'Correct the address of the target.')
    const links = await swapsBehind(client, live)
    const link = links.find(({ swap }) => isWanted(swap, wanted))
    if (!link) return await nothingToSwap(client, { live, wanted, attempt: context.attempt })
    if (!sameCutover(link.swap.by, context.attempt)) throw ofAnother(link.swap)
    return await swapBack(client, { live, link, patienceMs: input.wait ?? 0 }, context)
  } catch (error) {
    throw postgresFailure(error, { what: `Swapping ${name} back`, changed: NOTHING })
  } finally {
    await end()
  }
}

/** Which swap is taken back: the one that put this database aside, or the one that any try of this step made. */
type Wanted = { readonly oid: number } | { readonly step: string; readonly attempt: string }

function wantedOf({ oid }: Input, { attempt }: ActionContext): Wanted {
  if (oid !== undefined) return { oid }
  const step = undoneBy(attempt)
  const [cutover = ''] = attempt.split('.')
  if (step !== undefined) return { step, attempt: `${cutover}.${step}.1` }
  throw new ActionFailure(
    'This step is not the inverse of a swap, and does not say which swap it takes back.',
    {
      hint: 'Give it the database that is to come back: oid: $STEP.keptOid, of the step that swapped.',
      changed: NOTHING,
    },
  )
}

const isWanted = ({ by, keptOid }: Link['swap'], wanted: Wanted): boolean =>
  'oid' in wanted ? keptOid === wanted.oid : sameStep(by, wanted.attempt)

interface Back {
  readonly live: DatabaseState
  readonly link: Link
  readonly patienceMs: number
}

async function swapBack(
  client: Client,
  { live, link: { swap, kept }, patienceMs }: Back,
  context: ActionContext,
): Promise<RunResult> {
  if (!kept) {
    throw new ActionFailure(`The database that was kept as ${swap.keptAs} is gone.`, {
      hint: 'Somebody dropped it. Restore a backup with pg.restore.',
      changed: NOTHING,
    })
  }
  await requireOwnership(client, [live, kept])
  const was = live.note.swap?.was ?? swap.was
  const keepAs = freeName(was, { suffix: '', taken: await databaseNames(client) })
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

/** No swap behind the live database is the wanted one. That is right only where that database has its place already. */
async function nothingToSwap(
  client: Client,
  { live, wanted, attempt }: { live: DatabaseState; wanted: Wanted; attempt: string },
): Promise<RunResult> {
  if ('oid' in wanted && wanted.oid !== live.oid) throw await notBehind(client, live, wanted.oid)
  if ('step' in wanted) {
    const aside = await putAsideBy(client, { step: wanted.attempt, of: live.name })
    if (aside !== undefined) throw lostTrack(aside, wanted.step, live.name)
  }
  const { fence } = live.note
  const closed = fence?.why === 'swap' && sameCutover(fence.by, attempt)
  if (closed || fence?.why === 'drain') await inOneTransaction(client, withoutSwap(live))
  const facts = { database: live.name, oid: live.oid, keptAs: null, terminated: 0, downtimeMs: 0 }
  const { name } = live
  if ('oid' in wanted) {
    const become = closed ? 'it is open again' : 'nothing was changed'
    return { summary: `${name} is the database that was to come back; ${become}`, facts }
  }
  const become = closed ? 'is open again' : 'stays as it is'
  return { summary: `step ${wanted.step} of this cutover had swapped nothing; ${name} ${become}`, facts }
}

async function notBehind(client: Client, live: DatabaseState, oid: number): Promise<ActionFailure> {
  const found = await readDatabaseByOid(client, oid)
  return new ActionFailure(
    found
      ? `${live.name} did not take the place of ${found.name} (oid ${oid}): no swap put that one aside for it.`
      : `The server has no database of the oid ${oid}, which was to take the place of ${live.name}.`,
    {
      hint: 'Look at \\l+ what the notes of the databases tell. pg.swap puts a database in the place of the live one whatever was before.',
      changed: NOTHING,
    },
  )
}

function lostTrack(aside: string, step: string, name: string): ActionFailure {
  return new ActionFailure(
    `${aside} was put aside by step ${step} of this cutover, and ${name} is not what took its place.`,
    {
      hint: 'Somebody renamed or dropped what stood between them. Look at \\l+; if it is to come back, pg.swap puts it in its place.',
      changed: NOTHING,
    },
  )
}

function ofAnother({ keptAs, by }: Link['swap']): ActionFailure {
  return new ActionFailure(`${keptAs} was put aside by another cutover: ${by}.`, {
    hint: 'That cutover takes it back. If it is to come back all the same, pg.swap puts it in its place.',
    changed: NOTHING,
  })
}
