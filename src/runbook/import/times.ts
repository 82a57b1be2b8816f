import type { OffsetText } from '../values/offset.ts'

/** A time as people write it in headings and lists, and what is left of the text without it. */
export interface FoundTime {
  readonly at: OffsetText
  readonly rest: string
}

const DAY = 24 * 60
const UNIT_MINUTES: { readonly [unit: string]: number } = { w: 7 * DAY, d: DAY, h: 60, m: 1 }
const UNIT = '(?:weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|min|m)'
const AMOUNT = String.raw`\d+(?:\s*${UNIT}(?![a-z]))?(?:\s*\d+\s*${UNIT}(?![a-z]))*`
const CLOCK = String.raw`(?:[01]?\d|2[0-3]):[0-5]\d`

const RELATIVE = new RegExp(
  String.raw`\bT\s*([-+−–])\s*(${AMOUNT})(?:\s*,?\s*(${CLOCK}))?(?:\s+to\s+T\s*[-+−–]\s*(?:${AMOUNT}|complete))?|\bT[- ]?0\b|\bT-day(?:\s*\+\s*(\d+)\s*days?)?(?:\s*,?\s*(${CLOCK})(?:\s*[-–]\s*${CLOCK})?)?`,
  'i',
)

const AT_CLOCK = new RegExp(String.raw`^\s*(${CLOCK})(?:\s*(?:h|UTC))?\s*(?:[-–—:]|\s)\s*`, 'i')

/**
 * The first time in a text. `dayHeading` reads a bare number (`T-7`) as days, as under “7 days before”; else it is
 * minutes. `zeroClock` is the clock time of T-0, `HH:MM`, where the document plans by the clock; without it clock
 * times on the day itself are not understood.
 */
export function timeIn(
  text: string,
  options: { readonly dayHeading?: boolean; readonly zeroClock?: string } = {},
): FoundTime | undefined {
  const match = RELATIVE.exec(text)
  if (match !== null) {
    const at = relativeTime(match, options)
    return at === undefined ? undefined : { at, rest: without(text, match[0]) }
  }
  const clock = AT_CLOCK.exec(text)
  if (clock === null || options.zeroClock === undefined) return undefined
  return {
    at: elapsed(minutesOf(clock[1] ?? '') - minutesOf(options.zeroClock)),
    rest: text.slice(clock[0].length).trim(),
  }
}

/** Clock time at the beginning of a text, `H:MM` as written. */
export const clockIn = (text: string): string | undefined => AT_CLOCK.exec(text)?.[1]

/** The clock time of an entry on the day itself: `T-day, 09:00`. */
export const dayClockIn = (text: string): string | undefined => {
  const match = RELATIVE.exec(text)
  return match?.[1] === undefined && match?.[4] === undefined ? match?.[5] : undefined
}

function relativeTime(
  [whole, sign, amount, clock, daysAfter, dayClock]: RegExpExecArray,
  { dayHeading = false, zeroClock }: { readonly dayHeading?: boolean; readonly zeroClock?: string },
): OffsetText | undefined {
  if (sign === undefined) return onTheDay(whole, { daysAfter, dayClock, zeroClock })
  const direction = sign === '+' ? 1 : -1
  const minutes = minutesIn(amount ?? '', dayHeading)
  const inDays = /[dw]/i.test(amount ?? '') || (dayHeading && /^\d+$/.test(amount ?? ''))
  if (inDays && minutes % DAY === 0 && minutes > 0) {
    const days = `T${direction > 0 ? '+' : '-'}${minutes / DAY}d`
    return clock === undefined ? days : `${days} ${clock.padStart(5, '0')}`
  }
  return elapsed(direction * minutes)
}

/** `T-0`, `T-day, 09:15`, `T-day +3 days`. */
function onTheDay(
  whole: string,
  said: {
    readonly daysAfter: string | undefined
    readonly dayClock: string | undefined
    readonly zeroClock: string | undefined
  },
): OffsetText | undefined {
  if (said.daysAfter !== undefined) return `T+${said.daysAfter}d`
  if (said.dayClock === undefined) return /day/i.test(whole) ? undefined : 'T-0'
  return said.zeroClock === undefined
    ? undefined
    : elapsed(minutesOf(said.dayClock) - minutesOf(said.zeroClock))
}

function minutesIn(amount: string, dayHeading: boolean): number {
  const parts = [...amount.matchAll(/(\d+)\s*([a-z]*)/gi)]
  return parts.reduce((sum, [, number, unit]) => {
    const letter = unit?.[0]?.toLowerCase() ?? (dayHeading ? 'd' : 'm')
    return sum + Number(number) * (UNIT_MINUTES[letter === '' ? (dayHeading ? 'd' : 'm') : letter] ?? 1)
  }, 0)
}

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

function elapsed(minutes: number): OffsetText {
  if (minutes === 0) return 'T-0'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `T${minutes < 0 ? '-' : '+'}${hours > 0 ? `${hours}h` : ''}${rest > 0 ? `${rest}m` : ''}`
}

const without = (text: string, time: string): string =>
  text
    .replace(time, '')
    .replaceAll(/\(\s*\)/g, '')
    .replace(/^[\s:,.–—-]+/, '')
    .replace(/[\s:,–—-]+$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** `5-10 minutes`, `1 hour`, `15 min`: an estimate as the language writes it. */
export function estimateIn(text: string): string | undefined {
  const match = /(\d+)(?:\s*[-–]\s*(\d+))?\s*(min(?:ute)?s?|h(?:ou)?rs?)\b/i.exec(text)
  if (match === null) return undefined
  const unit = match[3]?.toLowerCase().startsWith('h') ? 'h' : 'm'
  return match[2] === undefined ? `${match[1]}${unit}` : `${match[1]}${unit}-${match[2]}${unit}`
}
