import type { Instant } from '../domain/plan.ts'
import type { CutoverLog, Logger } from './ports.ts'

/** Long enough for a lease to run out and another `serve` to take it… */
const ASIDE_MS = 20_000
/** …and not all the time, for there may be no other. */
const ASIDE_EVERY_MS = 5 * 60_000

export interface StepAside {
  /** There is a cutover that only a newer version can bring forward. False: that was known of this one. */
  metNewer(cutover: string): boolean
  /** Whether another one should be let lead now. */
  isNow(): Promise<boolean>
}

/** A leader that cannot read a cutover gives a `serve` of the version that wrote the newer events a chance to lead. */
export function makeStepAside(deps: {
  readonly log: Pick<CutoverLog, 'now'>
  readonly version: string
  readonly logger: Logger
}): StepAside {
  const known = new Set<string>()
  let met = false
  let until: Instant = 0
  let notBefore: Instant = 0

  return {
    metNewer(cutover) {
      met = true
      const isNew = !known.has(cutover)
      known.add(cutover)
      return isNew
    },
    async isNow() {
      if (!met && until === 0) return false
      const now = await deps.log.now()
      if (met && now >= notBefore) {
        until = now + ASIDE_MS
        notBefore = now + ASIDE_EVERY_MS
        deps.logger.warn({ version: deps.version }, 'a newer version is needed to lead; stepping aside')
      }
      met = false
      return now < until
    },
  }
}
