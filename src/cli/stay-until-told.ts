import type { Logger } from '../app/ports.ts'

export interface Stoppable {
  /** Before it stops: waits for what would be killed with it. */
  readonly drain?: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Until SIGINT or SIGTERM; a second one ends at once, in the midst of a drain too. */
export async function stayUntilTold({ drain, stop }: Stoppable, logger: Logger): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        logger.info({ signal }, drain ? 'stopping when what runs has ended' : 'stopping; what runs goes on')
        process.once(signal, () => process.exit(1))
        resolve()
      })
    }
  })
  await drain?.()
  await stop()
  // A connection that cannot be closed, to a Redis that is gone say, must not keep the process alive.
  process.exit()
}
