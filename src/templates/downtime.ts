import type { Instant } from '../domain/plan.ts'

/** Named states during which the service is not, or not fully, there. Others, as a freeze, are no downtime. */
const DOWNTIME: ReadonlySet<string> = new Set(['maintenance', 'read-only', 'downtime'])

interface Opening {
  readonly name: string
  readonly openedAt: Instant
  readonly closedAt?: Instant | undefined
}

/** Milliseconds during which at least one state of downtime was open; one that still is counts until `now`. */
export function downtimeMs(openings: readonly Opening[], now: Instant): number {
  let total = 0
  let reached = Number.NEGATIVE_INFINITY
  const spans = openings.filter(({ name }) => DOWNTIME.has(name))
  for (const { openedAt, closedAt = now } of spans.toSorted((a, b) => a.openedAt - b.openedAt)) {
    total += Math.max(0, closedAt - Math.max(openedAt, reached))
    reached = Math.max(reached, closedAt)
  }
  return total
}
