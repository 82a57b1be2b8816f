/**
 * Moments as PostgreSQL writes a `timestamp` in UTC: `2026-11-20 09:30:00.25`, at most microseconds, no trailing
 * zeros. A text without an offset counts as UTC. A whole number counts as seconds, milliseconds or microseconds
 * since 1970, by its size; a fraction counts as seconds.
 */

const MOMENT =
  /^\s*(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?<offset>[Zz]|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?\s*$/
const TIME = /^\s*(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*$/
const MICROS = 1_000_000n
const DAY_MICROS = 86_400n * MICROS
const FIRST = microsOfDate('0001-01-01') ?? 0n
const AFTER_LAST = (microsOfDate('9999-12-31') ?? 0n) + DAY_MICROS

/** Undefined: not a moment in the years 1 to 9999. */
export function canonicalTimestamp(value: string | bigint | number): string | undefined {
  const micros = typeof value === 'string' ? microsOfText(value) : microsOfNumber(value)
  if (micros === undefined || micros < FIRST || micros >= AFTER_LAST) return undefined
  return write(micros)
}

/** A day, `2026-11-20`; of a moment only if it is midnight, so that nothing is lost. */
export function canonicalDate(value: string): string | undefined {
  const moment = canonicalTimestamp(value)
  return moment?.endsWith(' 00:00:00') ? moment.slice(0, 10) : undefined
}

/** A time of day, `09:30:00.25`. */
export function canonicalTime(value: string): string | undefined {
  const micros = microsOfTime(value)
  if (micros === undefined || micros > DAY_MICROS) return undefined
  return micros === DAY_MICROS ? '24:00:00' : write(micros).slice(11)
}

function microsOfText(text: string): bigint | undefined {
  const parts = MOMENT.exec(text)?.groups
  if (!parts) return undefined
  const date = microsOfDate(parts['date'] ?? '')
  const time = microsOfTime(parts['time'] ?? '00:00')
  const offset = microsOfOffset(parts['offset'] ?? 'Z')
  if (date === undefined || time === undefined || time > DAY_MICROS || offset === undefined) return undefined
  return date + time - offset
}

function microsOfNumber(value: bigint | number): bigint | undefined {
  if (typeof value === 'number') {
    // Not × 1,000,000: that would lose the last digits of the fraction to rounding.
    const whole = Math.floor(value)
    if (!Number.isFinite(value) || Math.abs(value) >= 1e11) return undefined
    return BigInt(whole) * MICROS + BigInt(Math.round((value - whole) * 1e6))
  }
  const size = value < 0n ? -value : value
  if (size < 100_000_000_000n) return value * MICROS
  if (size < 100_000_000_000_000n) return value * 1000n
  if (size < 100_000_000_000_000_000n) return value
  return undefined
}

function microsOfDate(text: string): bigint | undefined {
  const ms = Date.parse(`${text}T00:00:00Z`)
  // Date.parse takes 30 February for 1 March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return undefined
  return BigInt(ms) * 1000n
}

function microsOfTime(text: string): bigint | undefined {
  const parts = TIME.exec(text)
  if (!parts) return undefined
  const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)]
  if (hours > 24 || minutes > 59 || seconds > 60) return undefined
  return BigInt(hours * 3600 + minutes * 60 + seconds) * MICROS + microsOfFraction(parts[4] ?? '')
}

/** PostgreSQL rounds what is finer than a microsecond. */
function microsOfFraction(digits: string): bigint {
  const micros = BigInt(digits.slice(0, 6).padEnd(6, '0'))
  return (digits[6] ?? '0') >= '5' ? micros + 1n : micros
}

function microsOfOffset(text: string): bigint | undefined {
  if (text === 'Z' || text === 'z') return 0n
  const digits = text.slice(1).replaceAll(':', '').padEnd(6, '0')
  const [hours, minutes, seconds] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].map(Number)
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined
  if (hours > 15 || minutes > 59 || seconds > 59) return undefined
  const size = BigInt(hours * 3600 + minutes * 60 + seconds) * MICROS
  return text.startsWith('-') ? -size : size
}

function write(micros: bigint): string {
  const rest = ((micros % MICROS) + MICROS) % MICROS
  const seconds = (micros - rest) / MICROS
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const fraction = rest.toString().padStart(6, '0').replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}
