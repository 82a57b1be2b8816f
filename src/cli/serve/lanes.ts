import type { Logger } from '../../app/ports.ts'

export interface Lanes {
  /** Runs it soon; when it is running, once more afterwards. */
  want(id: string): void
  /** Begins nothing more, and ends after what is running. */
  stop(): Promise<void>
}

/**
 * Runs `run` for every id that is wanted: one after another for the same id, beside each other for several, at most
 * `atOnce`. A failure is logged, and the id is wanted again after `retryMs`.
 */
export function startLanes(deps: {
  readonly run: (id: string) => Promise<void>
  readonly atOnce: number
  readonly retryMs: number
  readonly logger: Logger
}): Lanes {
  const { run, atOnce, retryMs, logger } = deps
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  const retries = new Set<NodeJS.Timeout>()
  let stopped = false

  function want(id: string): void {
    waiting.add(id)
    begin()
  }

  function begin(): void {
    for (const id of waiting) {
      if (stopped || running.size >= atOnce) return
      if (running.has(id)) continue
      waiting.delete(id)
      running.set(id, through(id))
    }
  }

  async function through(id: string): Promise<void> {
    try {
      await run(id)
    } catch (error) {
      logger.warn({ lane: id, error }, 'a turn failed; the next one comes')
      again(id)
    }
    running.delete(id)
    begin()
  }

  function again(id: string): void {
    const timer = setTimeout(() => {
      retries.delete(timer)
      want(id)
    }, retryMs)
    retries.add(timer)
  }

  return {
    want,
    async stop() {
      stopped = true
      await Promise.all(running.values())
      for (const timer of retries) clearTimeout(timer)
    },
  }
}
