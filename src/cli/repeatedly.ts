import type { Logger } from '../app/ports.ts'

export interface Loop {
  /** Does it now rather than at its next turn. */
  wake(): void
  /** Ends after the turn under way. */
  stop(): Promise<void>
}

/** Calls `work` again and again, `everyMs` after it ended; a failure is logged and the next turn comes all the same. */
export function repeatedly(everyMs: number, work: () => Promise<unknown>, logger: Logger): Loop {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let woken = false
  let running: Promise<void> | null = null

  function turn(): void {
    clearTimeout(timer)
    if (stopped) return
    if (running) {
      woken = true
      return
    }
    woken = false
    running = work()
      .then(
        () => undefined,
        (error: unknown) => logger.warn({ error }, 'a turn failed; the next one comes'),
      )
      .then(() => {
        running = null
        if (!stopped) timer = setTimeout(turn, woken ? 0 : everyMs)
      })
  }

  turn()
  return {
    wake: turn,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
