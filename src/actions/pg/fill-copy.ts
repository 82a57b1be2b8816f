import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import type { ActionContext, Facts } from '../action.ts'
import { ActionFailure } from '../action.ts'
import type { PostgresTarget } from '../targets.ts'
import { differencesText } from './backup/differences.ts'
import type { Manifest } from './backup/manifest.ts'
import { totalsOf } from './backup/manifest.ts'
import { restoreInto } from './backup/restore-into.ts'
import type { PostgresTool } from './backup/tools.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres } from './connect.ts'
import type { CopyOf } from './database/restored-copy.ts'
import { dropUnfinished, makeCopy, sealCopy } from './database/restored-copy.ts'
import type { DatabaseState } from './database/state.ts'
import { differencesIn } from './differences-in.ts'
import { postgresFailure } from './failures.ts'
import type { SwapIn } from './swap.ts'

const DROPPED = 'nothing was changed; what was restored so far was dropped'

export interface Restoring {
  readonly input: Omit<SwapIn, 'name' | 'replacement' | 'oid'> & {
    readonly target: PostgresTarget
    readonly jobs: number
  }
  /** True: it takes the place of the live one in the end. */
  readonly swap: boolean
  /** The backup, verified. */
  readonly path: string
  readonly manifest: Manifest
  readonly tool: PostgresTool
  readonly context: ActionContext
}

interface Filled {
  readonly database: DatabaseState
  readonly facts: Facts
}

/**
 * Makes a database beside the live one, restores the backup into it, compares it with the manifest and closes it. What
 * fails on the way is dropped, for this made it.
 */
export async function fillCopy(
  client: Client,
  restoring: Restoring,
  { copy, unfinished }: { readonly copy: CopyOf; readonly unfinished: DatabaseState | undefined },
): Promise<Filled> {
  const { input, context } = restoring
  if (unfinished) {
    await dropUnfinished(client, unfinished)
    context.log(`dropped ${unfinished.name}, which a try before had left half restored`)
  }
  const database = await makeCopy(client, copy, input.stamp ?? context.attempt)
  context.log(`made the database ${database.name}`)
  try {
    return { database, facts: await fill(client, restoring, database) }
  } catch (error) {
    await drop(client, database, context)
    if (context.signal.aborted) throw cancelled(error)
    throw postgresFailure(error, { what: `Restoring into ${database.name}`, changed: DROPPED })
  }
}

async function fill(client: Client, restoring: Restoring, database: DatabaseState): Promise<Facts> {
  const { input, path, manifest, tool, context } = restoring
  const { target, jobs } = input
  const into: PostgresTarget = { ...target, database: database.name }
  const began = performance.now()
  const warnings = await restoreInto({
    target,
    database: database.name,
    path,
    manifest,
    tool,
    jobs,
    owners: true,
    context,
    changed: DROPPED,
  })
  for (const warning of warnings) context.log(warning)
  const restored = performance.now()
  // No statistics come with a backup, and the first queries after a swap are those of everybody.
  await analyze(into, context)
  const differences = await differencesIn(into, manifest, context)
  if (differences.length > 0) throw notEqual(differences)
  await sealCopy(client, database, totalsOf(manifest.content))
  return {
    restoreMs: Math.round(restored - began),
    verifyMs: Math.round(performance.now() - restored),
  }
}

async function analyze(target: PostgresTarget, { attempt, signal, progress }: ActionContext) {
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    progress({ done: 0, unit: 'tables', label: 'gathering statistics' })
    await client.query('analyze')
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}

async function drop(client: Client, { name }: DatabaseState, { log }: ActionContext) {
  try {
    await client.query(`drop database ${escapeIdentifier(name)} with (force)`)
    log(`dropped the database ${name}`)
  } catch {
    log(`the database ${name} could not be dropped: the next try does it, or drop it by hand`)
  }
}

function cancelled(cause: unknown): ActionFailure {
  return new ActionFailure('Cancelled.', { hint: 'Try again when it suits.', changed: DROPPED, cause })
}

function notEqual(differences: readonly string[]): ActionFailure {
  return new ActionFailure(
    `What was restored is not what the database held: ${differencesText(differences)}.`,
    {
      hint: 'Do not rely on this backup: use an earlier one, or another way back.',
      changed: DROPPED,
      facts: { differences },
    },
  )
}
