import { LogLevel, type Logger as BoltLogger } from '@slack/bolt'
import type { Logger } from '../../app/ports.ts'

/** Bolt's own lines in our log: warnings and errors only, its chatter is left out. */
export function boltLogger(logger: Logger): BoltLogger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => logger.warn({ from: 'bolt' }, parts.map(String).join(' ')),
    error: (...parts) => logger.warn({ from: 'bolt' }, parts.map(String).join(' ')),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  }
}
