// Times as each reader sees them: English words, the reader's own zone and 12 or 24 hour clock.

const DAY_MS = 86_400_000

/** @param {Date} date @param {Intl.DateTimeFormatOptions} options */
function format(date, options) {
  return new Intl.DateTimeFormat('en-US', options).format(date)
}

const usesHour12 = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ?? false
/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = usesHour12
  ? { hour: 'numeric', minute: '2-digit', hour12: true }
  : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }

/** @param {Date} date */
export const clockTime = (date) => format(date, CLOCK)

/** The whole moment with its zone, for a tooltip. @param {Date} date */
export const fullTime = (date) =>
  `${format(date, { dateStyle: 'full' })}, ${format(date, { ...CLOCK, second: '2-digit', timeZoneName: 'short' })}`

/** @param {string} ts a message timestamp, seconds with a fraction */
export const dateOf = (ts) => new Date(Number.parseFloat(ts) * 1000)

/**
 * The heading over the messages of one day.
 * @param {Date} date @param {Date} now
 */
export const dayHeading = (date, now) => relativeDay(date, now) ?? longDate(date, now)

/**
 * Fill Slack's `<!date^…>` tokens. An unknown token makes the whole date its fallback, as Slack does.
 * @param {{ timestamp: number, format: string, fallback: string }} token
 * @param {Date} now
 */
export function formatDateToken(token, now) {
  const date = new Date(token.timestamp * 1000)
  if (Number.isNaN(date.getTime())) return token.fallback
  let known = true
  const text = token.format.replaceAll(/\{(\w+)\}/g, (_, name) => {
    const make = FORMATS[name]
    known &&= make !== undefined
    return make ? make(date, now) : ''
  })
  return known ? text : token.fallback
}

/** @type {Record<string, (date: Date, now: Date) => string>} */
const FORMATS = {
  date_num: (date) => isoDay(date),
  date_slash: (date) => isoDay(date).replaceAll('-', '/'),
  date: (date, now) => ordinalDate(date, now),
  date_short: (date, now) => shortDate(date, now),
  date_long: (date, now) => longDate(date, now),
  date_pretty: (date, now) => relativeDay(date, now)?.toLowerCase() ?? ordinalDate(date, now),
  date_short_pretty: (date, now) => relativeDay(date, now)?.toLowerCase() ?? shortDate(date, now),
  date_long_pretty: (date, now) => relativeDay(date, now)?.toLowerCase() ?? longDate(date, now),
  time: (date) => clockTime(date),
  time_secs: (date) => format(date, { ...CLOCK, second: '2-digit' }),
  ago: (date, now) => ago(date, now),
}

/** @param {Date} date */
const isoDay = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')

/** The year only where it is not this one. @param {Date} date @param {Date} now */
const year = (date, now) => (date.getFullYear() === now.getFullYear() ? '' : `, ${date.getFullYear()}`)

/** @param {Date} date @param {Date} now */
const shortDate = (date, now) => format(date, { month: 'short', day: 'numeric' }) + year(date, now)

/** @param {Date} date @param {Date} now */
const ordinalDate = (date, now) =>
  `${format(date, { month: 'long' })} ${ordinal(date.getDate())}${year(date, now)}`

/** @param {Date} date @param {Date} now */
const longDate = (date, now) => `${format(date, { weekday: 'long' })}, ${ordinalDate(date, now)}`

/** @param {Date} date @param {Date} now @returns {string | undefined} */
function relativeDay(date, now) {
  const days = Math.round((startOfDay(date) - startOfDay(now)) / DAY_MS)
  return { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[days]
}

/** @param {Date} date */
const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

/** @param {number} day */
function ordinal(day) {
  const suffixes = /** @type {Record<string, string>} */ ({ one: 'st', two: 'nd', few: 'rd' })
  const suffix = suffixes[new Intl.PluralRules('en', { type: 'ordinal' }).select(day)]
  return `${day}${suffix ?? 'th'}`
}

/** @param {Date} date @param {Date} now */
function ago(date, now) {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000)
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
  const size = Math.abs(seconds)
  if (size < 10) return 'just now'
  if (size < 60) return words.format(seconds, 'second')
  if (size < 3600) return words.format(Math.trunc(seconds / 60), 'minute')
  if (size < 86_400) return words.format(Math.trunc(seconds / 3600), 'hour')
  return words.format(Math.trunc(seconds / 86_400), 'day')
}
