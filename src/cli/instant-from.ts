import { parseTime, TIME_FORMS } from '../app/parse-time.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** A time of the command line. Throws {@link CommandEnd} with the forms that are understood. */
export function instantFrom(text: string, zone: string, now: number): number {
  requireZone(zone)
  const instant = parseTime(text, zone, now)
  if (instant !== null) return instant
  throw new CommandEnd(
    `"${text}" is no time. Write ${TIME_FORMS.replaceAll('`', '')}; times are in ${zone}. Nothing was changed.`,
    EXIT.usage,
  )
}

function requireZone(zone: string): void {
  if (isZone(zone)) return
  throw new CommandEnd(
    `"${zone}" is no time zone. Write one such as Europe/Berlin or UTC. Nothing was changed.`,
    EXIT.usage,
  )
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}
