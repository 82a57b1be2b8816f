import { CommanderError } from 'commander'
import { LogRefused, LogUnavailable } from '../app/log-errors.ts'
import { ConfigError } from './config.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'
import { systemWords } from './system-words.ts'

export interface LastWords {
  readonly text?: string
  readonly exitCode: number
  /** Nobody foresaw this: its stack belongs into the log for those who mend Cutover. */
  readonly unforeseen?: true
}

/** How a command that threw ends: what it says on standard error, if anything is left to say, and its exit code. */
export function lastWords(error: unknown): LastWords {
  if (error instanceof CommandEnd) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ConfigError) return { text: error.message, exitCode: EXIT.usage }
  // Commander has said it already.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage }
  if (error instanceof LogUnavailable) return { text: logText(error), exitCode: EXIT.noAnswer }
  if (error instanceof LogRefused) return { text: error.message, exitCode: EXIT.refused }
  const text = systemWords(error)
  if (text !== null) return { text, exitCode: EXIT.endedOtherwise }
  return { text: INSIDE, exitCode: EXIT.endedOtherwise, unforeseen: true }
}

const INSIDE =
  'Cutover failed inside; look at what was changed before you go on. With CUTOVER_LOG_LEVEL=debug the same command ' +
  'also writes where and why, as a line of JSON on standard error.'

/** PostgreSQL's class for a login that was refused. */
const LOGIN_REFUSED = /^28/

function logText({ cause }: LogUnavailable): string {
  const isRefused = cause instanceof Error && 'code' in cause && LOGIN_REFUSED.test(String(cause.code))
  return isRefused
    ? 'The log cannot be reached: its PostgreSQL refuses the login. Check the user in CUTOVER_DATABASE_URL and the ' +
        'password in CUTOVER_DATABASE_PASSWORD_FILE. Nothing was started.'
    : 'The log cannot be reached: its PostgreSQL does not answer, or CUTOVER_DATABASE_URL names the wrong one. ' +
        'Nothing was started.'
}
