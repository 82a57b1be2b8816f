import type { Instant } from './plan.ts'

const DAY_MS = 86_400_000

interface WallTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** What a clock on the wall in `zone` (IANA name) shows, to the second. */
function wallTime(instant: Instant, zone: string): WallTime {
  const parts = clockOf(zone).formatToParts(instant)
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((candidate) => candidate.type === type)?.value)
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Making one costs far more than using it. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const clock = clocks.get(zone) ?? newClock(zone)
  clocks.set(zone, clock)
  return clock
}

const newClock = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

const asUtc = (wall: WallTime): number =>
  Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)

/** How far the zone is ahead of UTC at that instant. */
const aheadOfUtc = (instant: Instant, zone: string): number => {
  const second = Math.floor(instant / 1000) * 1000
  return asUtc(wallTime(second, zone)) - second
}

/**
 * When the wall clock of `zone` shows `wall` (given as if it were UTC). Of an hour that comes twice the first is
 * meant; an hour that is left out is moved forward by the gap.
 */
function instantOfWall(wall: number, zone: string): Instant {
  const before = wall - aheadOfUtc(wall - DAY_MS, zone)
  const after = wall - aheadOfUtc(wall + DAY_MS, zone)
  const matches = [before, after].filter((instant) => instant + aheadOfUtc(instant, zone) === wall)
  return matches.length === 0 ? before : Math.min(...matches)
}

/** `days` calendar days from `base`, at the wall clock of base or at `at` (`HH:MM`), in `zone`. */
export function addCalendarDays(base: Instant, days: number, zone: string, at?: string): Instant {
  const wall = wallTime(base, zone)
  const [hour, minute] = at === undefined ? [wall.hour, wall.minute] : at.split(':').map(Number)
  const second = at === undefined ? wall.second : 0
  return instantOfWall(
    Date.UTC(wall.year, wall.month - 1, wall.day + days, hour ?? 0, minute ?? 0, second),
    zone,
  )
}
