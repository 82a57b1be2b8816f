import type { Instant } from '../domain/plan.ts'
import { addCalendarDays } from '../domain/wall-clock.ts'

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const DAYS_AHEAD = 8

/**
 * The next `Sunday 02:00`, or `02:00` of any day, on the wall clock of the zone; in the form in which a person would
 * write it. A time that is left out when clocks go forward is the moment after the gap.
 */
export function nextUsualStart(usual: string, zone: string, now: Instant): string | undefined {
  const [, day, at] = /^(?:([A-Za-z]+) )?(\d\d:\d\d)$/.exec(usual) ?? []
  if (at === undefined) return undefined
  const days = Array.from({ length: DAYS_AHEAD }, (_, ahead) => addCalendarDays(now, ahead, zone, at))
  const next = days.find(
    (instant) => instant > now && (day === undefined || weekday(instant, zone) === day.toLowerCase()),
  )
  return next === undefined ? undefined : written(next, zone)
}

function weekday(instant: Instant, zone: string): string {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'long' }).format(instant)
  return DAYS.find((day) => day === name.toLowerCase()) ?? ''
}

const written = (instant: Instant, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(instant)
