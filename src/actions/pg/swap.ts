import type { Client } from 'pg'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { duration } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import { exchangeDatabases, readPair } from './database/exchange.ts'
import { inOneTransaction, withoutSwap } from './database/fence.ts'
import {
  connectBeside,
  lockDatabaseName,
  maintenanceDatabase,
  requireDatabase,
  requireOwnership,
} from './database/maintenance.ts'
import { refuseWhatCannotFollow } from './database/refusals.ts'
import type { DatabaseState } from './database/state.ts'
import { databaseNames, readDatabase } from './database/state.ts'
import { postgresFailure } from './failures.ts'
import { freeName, stampInName } from './names.ts'

const NOTHING = 'nothing was changed'

export const SWAP_FACTS = {
  database: 'text',
  oid: 'int',
  keptAs: 'text',
  keptOid: 'int',
  terminated: 'int',
  downtimeMs: 'int',
  carried: 'list',
} as const

/** What every action that swaps lets the runbook say. */
export const swapChoices = {
  wait: duration(
    'How long transactions under way in the live database may take to end by themselves; not at all unless said, for what they write is put aside with it.',
  ).optional(),
  keep_as: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe('Name under which the live database is kept; `<name>_aside_<stamp>` unless said.'),
  stamp: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/, 'a stamp has letters, digits and _ . - only')
    .optional()
    .describe('Stamp in the name of what is kept, as `$cutover.stamp`; the attempt unless said.'),
  replication: z
    .enum(['refuse', 'leave'])
    .optional()
    .describe(
      'What becomes of logical replication slots and subscriptions, which stay with the database that is put aside: `refuse` the swap (unless said), or `leave` them there.',
    ),
  maintenance: maintenanceDatabase(),
}

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database whose place is taken.'),
  replacement: z
    .string()
    .min(1)
    .describe('The database of the same server that takes its place and its name, as `$standby.database`.'),
  oid: z
    .int()
    .positive()
    .optional()
    .describe(
      'Identity of the replacement, as `$standby.oid`: another one of the same name is refused, and a second run is sure to know that it is one.',
    ),
  ...swapChoices,
})
export type SwapInput = z.infer<typeof Input>

export const pgSwap: RunAction<SwapInput> = {
  name: 'pg.swap',
  kind: 'run',
  mutating: true,
  summary:
    'Puts a database in the place of another one of the same server, by two renames in one transaction: clients are kept out and ended first, the downtime is a fraction of a second, and the database whose place was taken is kept, closed, under a recorded name. Owner, privileges, settings (also per role), connection limit and comment are carried over; another encoding or collation, prepared transactions, and replication slots or subscriptions are refused before anybody is kept out. A second run knows that the swap has happened and changes nothing. `pg.swap-back` is its inverse.',
  input: Input,
  facts: SWAP_FACTS,
  run,
}

async function run(input: SwapInput, context: ActionContext): Promise<RunResult> {
  const { client, name, end } = await connectBeside(input.target, {
    attempt: context.attempt,
    database: input.maintenance,
  })
  try {
    await lockDatabaseName(client, name)
    return await swapIn(client, { ...input, name }, context)
  } catch (error) {
    throw postgresFailure(error, { what: `Swapping ${name}`, changed: NOTHING })
  } finally {
    await end()
  }
}

export interface SwapIn extends Pick<
  SwapInput,
  'replacement' | 'oid' | 'keep_as' | 'stamp' | 'replication' | 'wait'
> {
  /** Of the live database. */
  readonly name: string
}

/** The swap itself, on a maintenance connection that holds the lock of the name. */
export async function swapIn(client: Client, input: SwapIn, context: ActionContext): Promise<RunResult> {
  const { name, replacement } = input
  const before = await requireDatabase(client, name, 'Correct the address of the target.')
  const done = await alreadySwapped(client, before, input)
  if (done) return done
  const { live, incoming } = await readPair(client, name, replacement)
  refuseUnlessTheOne(incoming, input.oid)
  if (live.oid === incoming.oid) throw itself(name)
  await requireOwnership(client, [live, incoming])
  await refuseWhatCannotFollow(client, live, incoming, { leaveReplication: input.replication === 'leave' })
  const keepAs = await keptName(client, input, context.attempt)
  const exchanged = await exchangeDatabases(
    client,
    { live, incoming, keepAs, back: false, patienceMs: input.wait ?? 0 },
    context,
  )
  for (const part of exchanged.carried) context.log(`carried over: ${part}`)
  return {
    summary: `${replacement} is ${name} now, after ${spoken(exchanged.downtimeMs)} without; ${count(exchanged.terminated, 'session')} ended; the one before is kept as ${keepAs}`,
    facts: {
      database: name,
      oid: incoming.oid,
      keptAs: keepAs,
      keptOid: live.oid,
      terminated: exchanged.terminated,
      downtimeMs: exchanged.downtimeMs,
      carried: exchanged.carried,
    },
  }
}

/** A second run: the note of the live database tells that it came into its place by this swap. */
async function alreadySwapped(
  client: Client,
  live: DatabaseState,
  { replacement, oid }: SwapIn,
): Promise<RunResult | undefined> {
  const { swap } = live.note
  if (oid === undefined ? swap?.was !== replacement : live.oid !== oid) return undefined
  if (oid === undefined && (await readDatabase(client, replacement))) {
    throw new ActionFailure(
      `${replacement} took the place of ${live.name} before, and there is another one of that name now.`,
      {
        hint: 'Say which one is meant: give its oid, as the step that made it recorded it.',
        changed: NOTHING,
      },
    )
  }
  // Killed between its two transactions, the fence of a try before may still stand.
  await inOneTransaction(client, withoutSwap(live))
  return {
    summary: `${replacement} had taken the place of ${live.name} before; nothing was changed`,
    facts: {
      database: live.name,
      oid: live.oid,
      keptAs: swap?.keptAs ?? null,
      keptOid: swap?.keptOid ?? null,
      terminated: 0,
      downtimeMs: 0,
      carried: [],
    },
  }
}

function refuseUnlessTheOne({ name, oid }: DatabaseState, expected: number | undefined) {
  if (expected === undefined || expected === oid) return
  throw new ActionFailure(
    `${name} is not the database that was recorded: its oid is ${oid}, not ${expected}.`,
    {
      hint: 'Somebody has put another one in its place. Look at both before anything is renamed.',
      changed: NOTHING,
    },
  )
}

function itself(name: string): ActionFailure {
  return new ActionFailure(`${name} cannot take its own place.`, {
    hint: 'Name the database that was restored as replacement.',
    changed: NOTHING,
  })
}

async function keptName(client: Client, { name, keep_as, stamp }: SwapIn, attempt: string): Promise<string> {
  const taken = await databaseNames(client)
  if (keep_as === undefined)
    return freeName(name, { suffix: `_aside_${stampInName(stamp ?? attempt)}`, taken })
  if (!taken.has(keep_as)) return keep_as
  throw new ActionFailure(`There is a database called ${keep_as} already.`, {
    hint: 'Give keep_as another name, or leave it out: then a free one is taken.',
    changed: NOTHING,
  })
}
