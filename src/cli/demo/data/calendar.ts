import type { Chance } from './chance.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** The service was rewritten this long before the newest row, and writes its timestamps in another format since. */
const REWRITTEN_BEFORE_MS = 6 * HOUR_MS

/** Timestamps as the two versions of the service wrote them, both UTC. */
export interface Calendar {
  /** The newest moment in the data, milliseconds since 1970. */
  readonly until: number
  /** `2025-10-11 02:31:07.123456` from the old version, `2025-10-11T02:31:07Z` from the new one. */
  text(at: number): string
}

export function makeCalendar(until: number, chance: Chance): Calendar {
  return {
    until,
    text(at) {
      const iso = new Date(at).toISOString()
      if (at > until - REWRITTEN_BEFORE_MS) return `${iso.slice(0, 19)}Z`
      const microseconds = String(chance.whole(0, 999_999)).padStart(6, '0')
      return `${iso.slice(0, 19).replace('T', ' ')}.${microseconds}`
    },
  }
}
