import { resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../../action.ts'
import { ActionFailure } from '../../action.ts'
import { hostPath } from '../../parameters.ts'
import type { PostgresTarget } from '../../targets.ts'
import { postgresTarget } from '../../targets.ts'
import { count, duration } from '../../wording.ts'
import { cancelOnAbort } from '../cancel.ts'
import { connectPostgres } from '../connect.ts'
import { postgresFailure } from '../failures.ts'
import { compareWithManifest, differencesText } from './differences.ts'
import type { Manifest } from './manifest.ts'
import { totalsOf } from './manifest.ts'
import { restoreInto } from './restore-into.ts'
import { withScratch } from './scratch.ts'
import { postgresTool } from './tools.ts'
import { verifyBackup } from './verify-file.ts'

const DROPPED = 'nothing was changed; the scratch database was dropped'

const Input = z.strictObject({
  backup: hostPath('The backup, as `$backup.file`; its manifest lies beside it.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a sha256 has 64 hexadecimal digits')
    .optional()
    .describe('What was recorded when it was made, as `$backup.sha256`.'),
  target: postgresTarget().describe(
    'The server, by one of its databases, which is not touched: the scratch database is made beside it. Its user must be allowed to create databases.',
  ),
  jobs: z
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('Connections that restore at the same time; 2 unless said.'),
  tools: hostPath('Folder of pg_restore, where the one on the PATH is not the right one.').optional(),
})
type Input = z.infer<typeof Input>

export const pgTestRestore: RunAction<Input> = {
  name: 'pg.test-restore',
  kind: 'run',
  mutating: false,
  summary:
    'Proves a backup of pg.backup: reads it by its sha256, restores it into a scratch database of its own, compares every table with the manifest by content, and drops the scratch database whatever has happened. Owners and privileges are left out: only the content counts.',
  input: Input,
  facts: { tables: 'int', rows: 'int', durationMs: 'int', restoreMs: 'int', startedAt: 'text' },
  run,
}

async function run(input: Input, context: ActionContext): Promise<RunResult> {
  const began = performance.now()
  const path = resolve(input.backup)
  const tool = await postgresTool('pg_restore', { folder: input.tools, context })
  const manifest = await verifyBackup(path, {
    sha256: input.sha256,
    signal: context.signal,
    progress: (done, total) => context.progress({ done, total, unit: 'bytes', label: 'sha256' }),
  })
  const restoreMs = await withScratch(
    input.target,
    { attempt: context.attempt, shape: manifest.database, log: context.log },
    async (database) => {
      const { target, jobs } = input
      const restoring = performance.now()
      await restoreInto({
        target,
        database,
        path,
        manifest,
        tool,
        jobs,
        owners: false,
        context,
        changed: DROPPED,
      })
      const restored = performance.now() - restoring
      await compare({ ...target, database }, manifest, context)
      return Math.round(restored)
    },
  )
  context.signal.throwIfAborted()
  const { tables, rows } = totalsOf(manifest.content)
  const durationMs = Math.round(performance.now() - began)
  return {
    summary: `${count(rows, 'row')} in ${count(tables, 'table')} restored and equal, ${duration(durationMs)}`,
    facts: { tables, rows, durationMs, restoreMs, startedAt: manifest.startedAt },
  }
}

async function compare(
  target: PostgresTarget,
  manifest: Manifest,
  { attempt, signal, progress }: ActionContext,
) {
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    const differences = await compareWithManifest(client, manifest, {
      onTable: (table, done, total) => progress({ done, total, unit: 'tables', label: `comparing ${table}` }),
    })
    if (differences.length > 0) throw notEqual(differences)
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, { what: 'Comparing what was restored', changed: DROPPED })
  } finally {
    stop()
    await client.end()
  }
}

function notEqual(differences: readonly string[]): ActionFailure {
  return new ActionFailure(
    `The backup does not hold what the database held: ${differencesText(differences)}.`,
    {
      hint: 'Do not rely on it: make a new backup and test that one.',
      changed: DROPPED,
      facts: { differences },
    },
  )
}
