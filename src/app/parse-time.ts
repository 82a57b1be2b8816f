import type { Instant } from '../domain/plan.ts'
import { addCalendarDays } from '../domain/wall-clock.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DAY_MS = 86_400_000

/** The ways a person may write a time, for help and refusals. */
export const TIME_FORMS = '`+30m`, `02:30` (the next one), `2026-11-21 02:30`, or `2026-11-21T02:30Z`'

/**
 * A time as people write it, in the cutover's zone unless it says another. Null when it is none. A wall time that
 * comes twice when clocks go back is the first; one that is left out is moved forward.
 */
export function parseTime(text: string, zone: string, now: Instant): Instant | null {
  const trimmed = text.trim()
  const elapsed = /^\+(\d{1,5})([smhd])$/.exec(trimmed)
  if (elapsed) return now + Number(elapsed[1]) * (UNITS[elapsed[2] ?? ''] ?? 0)

  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(trimmed)
  if (clock) return nextClock(trimmed.padStart(5, '0'), zone, now)

  const wall = /^(\d{4}-\d{2}-\d{2})[ T](([01]\d|2[0-3]):[0-5]\d)$/.exec(trimmed)
  if (wall) return wallTime(wall[1] ?? '', wall[2] ?? '', zone)

  const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(trimmed)
  const instant = zoned ? Date.parse(trimmed) : Number.NaN
  return Number.isNaN(instant) ? null : instant
}

function nextClock(at: string, zone: string, now: Instant): Instant {
  const today = addCalendarDays(now, 0, zone, at)
  return today > now ? today : addCalendarDays(now, 1, zone, at)
}

function wallTime(date: string, at: string, zone: string): Instant | null {
  const noon = Date.parse(`${date}T12:00:00Z`)
  if (Number.isNaN(noon) || new Date(noon).toISOString().slice(0, 10) !== date) return null
  // Noon UTC may already be the next day in the far east, or still the day before in the far west.
  const candidates = [-1, 0, 1].map((days) => addCalendarDays(noon, days, zone, at))
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })
  const hit = candidates.find((candidate) => format.format(candidate) === date)
  return hit ?? candidates.find((candidate) => Math.abs(candidate - noon) < DAY_MS) ?? null
}
