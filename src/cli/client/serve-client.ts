import { setTimeout as sleep } from 'node:timers/promises'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import type { LoginFile } from './login-file.ts'

const TIMEOUT_MS = 10_000
const TRIES = 3
const AGAIN_MS = 500

/** Speaks to the first `serve` that answers. A command carries its key, so repeating it is safe. */
export interface ServeClient {
  readonly urls: readonly string[]
  get<T>(path: string): Promise<T>
  getText(path: string): Promise<string>
  post<T>(path: string, body: object): Promise<T>
}

/** `urls` as in CUTOVER_URL, several with commas. Throws {@link CommandEnd} on refusal, staleness and silence. */
export function serveClient(urls: readonly string[], logins: LoginFile): ServeClient {
  async function request(method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
    let silence = ''
    for (let tries = 0; tries < TRIES; tries += 1) {
      for (const url of urls) {
        try {
          const token = logins.token(url)
          return await fetch(new URL(path, url), {
            method,
            headers: {
              'content-type': 'application/json',
              ...(token === null ? {} : { authorization: `Bearer ${token}` }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(TIMEOUT_MS),
          })
        } catch (error) {
          silence =
            error instanceof Error && error.name === 'TimeoutError'
              ? 'did not answer in 10 s'
              : 'cannot be reached'
        }
      }
      await sleep(AGAIN_MS)
    }
    throw new CommandEnd(
      `\`cutover serve\` at ${urls.join(', ')} ${silence}. It may or may not have heard you: repeat the command with the same --key, which counts once.`,
      EXIT.noAnswer,
    )
  }

  return {
    urls,
    get: async <T>(path: string) => unwrap<T>(await request('GET', path)),
    getText: async (path) => {
      const response = await request('GET', path)
      if (!response.ok) await unwrap(response)
      return response.text()
    },
    post: async <T>(path: string, body: object) => unwrap<T>(await request('POST', path, body)),
  }
}

async function unwrap<T>(response: Response): Promise<T> {
  const answer = (await response.json().catch(() => ({}))) as {
    readonly ok?: boolean
    readonly code?: string
    readonly message?: string
  }
  if (response.ok && answer.ok === true) return answer as T
  throw new CommandEnd(
    answer.message ?? `serve answered ${response.status}.`,
    exitCodeOf(response.status, answer.code),
  )
}

function exitCodeOf(status: number, code: string | undefined): number {
  if (code === 'stale') return EXIT.stale
  if (status === 400) return EXIT.usage
  return status >= 500 ? EXIT.noAnswer : EXIT.refused
}
