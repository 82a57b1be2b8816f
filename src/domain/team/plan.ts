import type { Instant, Offset } from '../plan.ts'

/** Who joins when a trouble has been open for so long and nobody has it. */
export interface EscalationLevel {
  readonly afterMs: number
  readonly roles: readonly string[]
  /** The audience whose pager is called, too. */
  readonly page?: string
}

/** One turn of being on call after completion; the turns follow each other round and round until the guard ends. */
export interface GuardShift {
  readonly role: string
  readonly lengthMs: number
}

/** Something that is left to do beside the cutover itself. */
export interface FollowUpPlan {
  readonly id: string
  readonly title: string
  /** A role, a person's id, or words. */
  readonly owner: string
  readonly due?: Offset | { readonly kind: 'date'; readonly at: Instant }
  /** Must be closed or waived before a live cutover gets its first GO. */
  readonly beforeLive: boolean
}
