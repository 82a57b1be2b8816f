import type { Actor } from '../events.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import type { FollowUp } from './state.ts'

const HOUR_MS = 60 * 60_000
const DEBRIEF_MS = 48 * HOUR_MS

/** When the last word of the debrief may be given; null while there is no end to look back on. */
export function debriefUntil(state: CutoverState): Instant | null {
  const end = state.completedAt ?? state.rollback?.finishedAt ?? state.endedAt
  return end === undefined ? null : end + DEBRIEF_MS
}

/** What people wrote in the debrief, ready for a post-mortem: what they said by whom, and what follows from it. */
export interface DebriefSummary {
  readonly wentWell: readonly { readonly by: Actor; readonly text: string }[]
  readonly improve: readonly { readonly by: Actor; readonly text: string }[]
  readonly actions: readonly FollowUp[]
}

export function debriefOf(state: CutoverState): DebriefSummary {
  return {
    wentWell: state.debriefs.flatMap(({ by, wentWell: text }) => (text === undefined ? [] : [{ by, text }])),
    improve: state.debriefs.flatMap(({ by, improve: text }) => (text === undefined ? [] : [{ by, text }])),
    actions: state.followUps.filter(({ source }) => source === 'debrief'),
  }
}

/** How many users have reported something, per full hour, the first hour with a report first. */
export function reportsPerHour(
  state: CutoverState,
): readonly { readonly from: Instant; readonly count: number }[] {
  const hours = new Map<Instant, number>()
  for (const { at, count } of state.userReports) {
    const from = Math.floor(at / HOUR_MS) * HOUR_MS
    hours.set(from, (hours.get(from) ?? 0) + count)
  }
  return [...hours].map(([from, count]) => ({ from, count })).sort((one, other) => one.from - other.from)
}
