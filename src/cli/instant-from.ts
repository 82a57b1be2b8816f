import { parseTime, TIME_FORMS } from '../app/parse-time.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** A time of the command line. Throws {@link CommandEnd} with the forms that are understood. */
export function instantFrom(text: string, zone: string, now: number): number {
  const instant = parseTime(text, zone, now)
  if (instant !== null) return instant
  throw new CommandEnd(
    `"${text}" is no time. Write ${TIME_FORMS.replaceAll('`', '')}; times are in ${zone}. Nothing was changed.`,
    EXIT.usage,
  )
}
