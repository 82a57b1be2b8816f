/** How times, durations, sizes and counts are written wherever a person reads them. */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MIN = 60
const DAY_HOURS = 24

export type TimeParts = 'full' | 'date' | 'time'

/**
 * `20 Nov 2026 02:30 (Asia/Tbilisi)`, or a part of it. `at` is milliseconds since the epoch; `zone` an IANA
 * name. UTC is written without brackets.
 */
export function timeText(at: number, zone: string, parts: TimeParts = 'full'): string {
  const named = zone === 'UTC' ? 'UTC' : `(${zone})`
  return `${clockText(at, zone, parts)}${parts === 'date' ? '' : ` ${named}`}`
}

/** As {@link timeText}, without the zone: for columns whose heading names it. */
export function clockText(at: number, zone: string, parts: TimeParts = 'full'): string {
  const wanted = clockOf(zone).formatToParts(at)
  const part = (type: string) => wanted.find((one) => one.type === type)?.value ?? ''
  const date = `${part('day')} ${part('month')} ${part('year')}`
  const time = `${part('hour')}:${part('minute')}`
  if (parts === 'date') return date
  return parts === 'time' ? time : `${date} ${time}`
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Making one costs far more than using it. Throws a `RangeError` for what is no zone. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  clocks.set(zone, clock)
  return clock
}

export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}

/** `10 min to 15 min`, or one duration where both are written alike. */
export function rangeText({ lowMs, highMs }: { readonly lowMs: number; readonly highMs: number }): string {
  const [low, high] = [durationText(lowMs), durationText(highMs)]
  return low === high ? high : `${low} to ${high}`
}

/**
 * `850 ms`, `45 s`, `2 min 20 s`, `38 min`, `3 h 5 min`, `2 d 4 h`: two units at most, and minutes up to two
 * hours, because windows are spoken of in minutes.
 */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / SECOND_MS)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return twoUnits(seconds, 60, 'min', 's')
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 2 * HOUR_MIN) return `${minutes} min`
  if (minutes < 2 * DAY_HOURS * HOUR_MIN) return twoUnits(minutes, HOUR_MIN, 'h', 'min')
  return twoUnits(Math.round(minutes / HOUR_MIN), DAY_HOURS, 'd', 'h')
}

function twoUnits(count: number, perLarge: number, large: string, small: string): string {
  const rest = count % perLarge
  return `${Math.floor(count / perLarge)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB'] as const

/** `512 B`, `1.4 kB`, `412 MB`: decimal units, as disks and networks count. */
export function bytesText(bytes: number): string {
  let size = bytes
  let unit = 'B'
  for (const larger of BYTE_UNITS) {
    if (Math.abs(size) < 999.5) break
    size /= 1000
    unit = larger
  }
  const shown = unit === 'B' || Math.abs(size) >= 9.95 ? Math.round(size) : Math.round(size * 10) / 10
  return `${shown} ${unit}`
}

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

/** `3,012,884`. */
export function numberText(count: number): string {
  return GROUPED.format(count)
}
