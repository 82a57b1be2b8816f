import { makeReports } from '../../../src/cli/worker/reports.ts'
import { makeProgressBoard } from '../../../src/postgres/progress.ts'
import { superviseSpool } from '../../../src/process/supervisor.ts'
import { quiet, type Installation } from '../../support/installation.ts'
import { spoolOf } from '../../support/known-plans.ts'

/** One look at every attempt of a host whose workers are gone, by the product's own supervisor, waited for. */
export async function reconcileHost(
  { log, pool, folder }: Pick<Installation, 'log' | 'pool' | 'folder'>,
  { pool: name, host }: { readonly pool: string; readonly host: string },
): Promise<void> {
  const worker = `afterwards-${process.pid}`
  const spool = { root: spoolOf(folder, name), runner: '', minFreeBytes: 0 }
  const report = makeReports({
    log,
    progress: makeProgressBoard(pool),
    spool,
    actor: { kind: 'worker', pool: name, worker },
    host,
    logger: quiet,
  })
  const trouble: unknown[] = []
  const supervisor = superviseSpool({
    spool,
    worker,
    report,
    secretsOf: async () => [],
    onTrouble: (error) => void trouble.push(error),
    intervalMs: 60_000,
  })
  await supervisor.look()
  await supervisor.stop()
  if (trouble.length > 0) throw new AggregateError(trouble, 'the supervisor could not look')
}
