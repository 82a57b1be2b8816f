import { resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, Facts, RunAction, RunResult } from '../action.ts'
import { ActionFailure } from '../action.ts'
import { hostPath } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count, duration as spoken } from '../wording.ts'
import { differencesText } from './backup/differences.ts'
import { totalsOf } from './backup/manifest.ts'
import { postgresTool } from './backup/tools.ts'
import { verifyBackup } from './backup/verify-file.ts'
import type { Maintenance } from './database/maintenance.ts'
import { connectBeside, lockDatabaseName, requireDatabase, requireOwnership } from './database/maintenance.ts'
import { refuseWhatCannotFollow } from './database/refusals.ts'
import type { CopyOf } from './database/restored-copy.ts'
import { findCopy } from './database/restored-copy.ts'
import { sameStep } from './database/same-step.ts'
import type { DatabaseState } from './database/state.ts'
import { differencesIn } from './differences-in.ts'
import { postgresFailure } from './failures.ts'
import type { Restoring } from './fill-copy.ts'
import { fillCopy } from './fill-copy.ts'
import { SWAP_FACTS, swapChoices, swapIn } from './swap.ts'

const NOTHING = 'nothing was changed'

/** What every action that restores lets the runbook say. */
export const restoreChoices = {
  target: postgresTarget().describe('The PostgreSQL database that is to hold the backup again.'),
  backup: hostPath('The backup, as `$backup.file`; its manifest lies beside it.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
    .optional()
    .describe('What was recorded when it was made, as `$backup.sha256`.'),
  jobs: z
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('Connections that restore at the same time; 2 unless said.'),
  tools: hostPath('Folder of pg_restore, where the one on the PATH is not the right one.').optional(),
}

const Input = z.strictObject({ ...restoreChoices, ...swapChoices })
type Input = z.infer<typeof Input>

export const pgRestore: RunAction<Input> = {
  name: 'pg.restore',
  kind: 'run',
  mutating: true,
  summary:
    'Restores a backup of `pg.backup` into a new database beside the live one, compares every table with the manifest by content, gathers statistics, and only then swaps the two as `pg.swap` does. The live database serves until then, and is kept. A try after one that was killed drops what was half restored, takes up what was whole, and knows when the swap has happened. As the undo of a migration, name a backup that was made after writing had stopped. `pg.swap-back` is its inverse.',
  input: Input,
  facts: { ...SWAP_FACTS, tables: 'int', rows: 'int', restoreMs: 'int', verifyMs: 'int' },
  run: async (input, context) => restoreBackup(input, context, { swap: true }),
}

/** Restores beside the live database, and puts it in its place where `swap` says so. Throws {@link ActionFailure}. */
export async function restoreBackup(
  input: Input,
  context: ActionContext,
  { swap }: { readonly swap: boolean },
): Promise<RunResult> {
  const path = resolve(input.backup)
  const tool = await postgresTool('pg_restore', { folder: input.tools, context })
  const manifest = await verifyBackup(path, {
    sha256: input.sha256,
    signal: context.signal,
    progress: (done, total) => context.progress({ done, total, unit: 'bytes', label: 'sha256' }),
  })
  const maintenance = await connectBeside(input.target, {
    attempt: context.attempt,
    database: input.maintenance,
  })
  try {
    return await restore(maintenance, { input, swap, path, tool, manifest, context })
  } catch (error) {
    if (!(error instanceof ActionFailure)) context.signal.throwIfAborted()
    throw postgresFailure(error, { what: `Restoring ${maintenance.name}`, changed: NOTHING })
  } finally {
    await maintenance.end()
  }
}

async function restore({ client, name }: Maintenance, restoring: Restoring): Promise<RunResult> {
  const { input, swap, path, manifest, context } = restoring
  const live = await requireDatabase(client, name, 'Correct the address of the target.')
  const copy: CopyOf = { live, attempt: context.attempt, file: path, sha256: manifest.sha256 }
  const done = swap ? await alreadyRestored(restoring, copy) : undefined
  if (done) return done
  if (swap) {
    await requireOwnership(client, [live])
    const leaveReplication = input.replication === 'leave'
    await refuseWhatCannotFollow(client, live, live, { leaveReplication })
  }
  const before = await findCopy(client, copy)
  const { database, facts } =
    before?.note.restored?.rows === undefined
      ? await fillCopy(client, restoring, { copy, unfinished: before })
      : { database: before, facts: { restoreMs: 0, verifyMs: 0 } }
  const known = { ...totalsOf(manifest.content), ...facts }
  return swap ? swapped(client, database, known, restoring, name) : waiting(database, known)
}

async function swapped(
  client: Maintenance['client'],
  { name: replacement, oid }: DatabaseState,
  known: Facts,
  { input, context }: Restoring,
  name: string,
): Promise<RunResult> {
  await lockDatabaseName(client, name)
  const result = await swapIn(client, { ...input, name, replacement, oid }, context)
  return { summary: `${restoredText(known)}; ${result.summary}`, facts: { ...result.facts, ...known } }
}

function waiting({ name, oid }: DatabaseState, known: Facts): RunResult {
  return {
    summary: `${restoredText(known)}; ${name} waits, closed, for pg.swap`,
    facts: { database: name, oid, ...known },
  }
}

function restoredText({ rows, tables, restoreMs: ms }: Facts): string {
  return `${count(Number(rows), 'row')} in ${count(Number(tables), 'table')} restored in ${spoken(Number(ms))} and equal to the backup`
}

/**
 * A second run after the swap. What was restored may have been written to since: then nobody but a person can know
 * whether it is to be put aside for the backup once more.
 */
async function alreadyRestored(
  restoring: Restoring,
  { live, attempt, sha256 }: CopyOf,
): Promise<RunResult | undefined> {
  const { swap, restored } = live.note
  if (!swap || restored?.sha256 !== sha256 || !sameStep(swap.by, attempt)) return undefined
  const { manifest, input, context } = restoring
  const differences = await differencesIn(input.target, manifest, context)
  if (differences.length > 0) {
    throw new ActionFailure(
      `This step had restored ${live.name} at ${swap.at.slice(0, 16).replace('T', ' ')} UTC, and it was written to since: ${differencesText(differences)}.`,
      {
        hint: 'If that is right, take the step as done. If what was written is to be put aside too, restore by a step of its own.',
        changed: NOTHING,
      },
    )
  }
  return {
    summary: `${live.name} had been restored before and holds what the backup holds; nothing was changed`,
    facts: {
      database: live.name,
      oid: live.oid,
      keptAs: swap.keptAs,
      keptOid: swap.keptOid,
      terminated: 0,
      downtimeMs: 0,
      carried: [],
      ...totalsOf(manifest.content),
      restoreMs: 0,
      verifyMs: 0,
    },
  }
}
