import { loginFile } from './client/login-file.ts'
import { serveClient, type ServeClient } from './client/serve-client.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'

/** What a command of the CLI may touch: handed in, so that tests can hand in something else. */
export interface Terminal {
  /** What was typed behind `cutover`. */
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Raw text to standard error: a bar that redraws itself. */
  readonly draw: (text: string) => void
  readonly isTty: boolean
}

const DEFAULT_URL = 'http://127.0.0.1:7420'

/** Throws {@link CommandEnd} when CUTOVER_URL is none. */
export function clientOf(terminal: Terminal): ServeClient {
  const given = terminal.environment['CUTOVER_URL']?.trim() || DEFAULT_URL
  const urls = given.split(',').map((url) => url.trim())
  for (const url of urls) requireUrl(url)
  return serveClient(urls, loginFile(terminal.environment))
}

function requireUrl(url: string): void {
  if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return
  throw new CommandEnd(
    `CUTOVER_URL: "${url}" is no address such as ${DEFAULT_URL}; several are separated by commas. Nothing was recorded.`,
    EXIT.usage,
  )
}
