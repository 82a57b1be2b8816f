import type { Instant } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { LogUnavailable } from './log-errors.ts'
import type { CutoverLog, Logger } from './ports.ts'

/** Nothing of it is urgent. */
const LOOK_EVERY_MS = 60_000

/** What is left to do outlives its cutover: ended ones with something due are brought up to date, once a minute. */
export function makeReminding(
  deps: {
    readonly log: CutoverLog
    readonly logger: Logger
    readonly advanced: (state: CutoverState) => void
  },
  advance: (cutover: string) => Promise<CutoverState | null>,
): (now: Instant) => Promise<void> {
  let again: Instant = 0
  return async (now) => {
    if (now < again) return
    again = now + LOOK_EVERY_MS
    for (const { id } of await deps.log.leftToDo(now)) {
      try {
        const state = await advance(id)
        if (state) deps.advanced(state)
      } catch (error) {
        if (error instanceof LogUnavailable) throw error
        deps.logger.error({ cutover: id, error }, 'reminding of what is left to do failed; trying again')
      }
    }
  }
}
