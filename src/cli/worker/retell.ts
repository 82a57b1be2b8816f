import type { Logger } from '../../app/ports.ts'
import { isSettled } from '../../process/attempt-watch.ts'
import { attemptFolder, exists, type Spool } from '../../process/spool.ts'
import type { Supervisor } from '../../process/supervisor.ts'

/**
 * The log takes an attempt to be running whose end this host has told already: the log was restored from a backup. The
 * end is told once more; it lies in the spool.
 */
export function makeRetelling(deps: {
  readonly spool: Spool
  readonly supervisor: Supervisor
  readonly running: () => Promise<readonly string[]>
  readonly logger: Logger
}): () => Promise<void> {
  const { spool, supervisor, logger } = deps
  const retold = new Set<string>()
  return async () => {
    if (!supervisor.watches()) return
    for (const attempt of await deps.running()) {
      const folder = attemptFolder(spool, attempt)
      if (retold.has(attempt) || !(await exists(folder)) || !(await isSettled(folder))) continue
      // The end that was told a moment ago may be on its way into the log that was just read.
      if (!(await deps.running()).includes(attempt)) continue
      retold.add(attempt)
      logger.warn({ attempt }, 'the log has lost the end of an attempt; telling it once more')
      await supervisor.reopen(attempt)
    }
  }
}
