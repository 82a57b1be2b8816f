import { pino } from 'pino'
import type { Logger } from '../app/ports.ts'

/** JSON lines on standard error, so that standard output stays for answers. */
export function makeLogger(level: string, name: string): Logger {
  return pino(
    { level, name, serializers: { error: pino.stdSerializers.err } },
    pino.destination({ fd: 2, sync: false }),
  )
}
