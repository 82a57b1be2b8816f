import { loginFile } from './client/login-file.ts'
import { serveClient, type ServeClient } from './client/serve-client.ts'

/** What a command of the CLI may touch: handed in, so that tests can hand in something else. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Raw text to standard error: a bar that redraws itself. */
  readonly draw: (text: string) => void
  readonly isTty: boolean
}

const DEFAULT_URL = 'http://127.0.0.1:7420'

export function clientOf(terminal: Terminal): ServeClient {
  const urls = (terminal.environment['CUTOVER_URL'] ?? DEFAULT_URL).split(',').map((url) => url.trim())
  return serveClient(urls, loginFile(terminal.environment))
}
