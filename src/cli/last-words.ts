import { CommanderError } from 'commander'
import { LogUnavailable } from '../app/log-errors.ts'
import { ConfigError } from './config.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** How a command that threw ends: what it says on standard error, if anything is left to say, and its exit code. */
export function lastWords(error: unknown): { readonly text?: string; readonly exitCode: number } {
  if (error instanceof CommandEnd) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ConfigError) return { text: error.message, exitCode: EXIT.usage }
  // Commander has said it already.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage }
  if (error instanceof LogUnavailable) {
    return {
      text:
        'The log cannot be reached: its PostgreSQL does not answer, or CUTOVER_DATABASE_URL names the wrong one. ' +
        'Nothing was started.',
      exitCode: EXIT.noAnswer,
    }
  }
  const text = `Cutover failed inside: ${error instanceof Error ? error.message : String(error)}`
  return { text, exitCode: EXIT.endedOtherwise }
}
