import { setTimeout as sleep } from 'node:timers/promises'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import type { LoginFile } from './login-file.ts'
import { silenceOf, type Silence } from './silence.ts'

const LIMIT_SECONDS = 10
const TRIES = 3
const AGAIN_MS = 500

/** Speaks to the first `serve` that answers. A command carries its key, so repeating it is safe. */
export interface ServeClient {
  readonly urls: readonly string[]
  get<T>(path: string): Promise<T>
  getText(path: string): Promise<string>
  /** `repeat`: what to type when nobody can say whether it was recorded. */
  post<T>(path: string, body: object, repeat: string): Promise<T>
}

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  /** What to do when no answer came and the request may have been heard. */
  readonly again: string
}

const LOOK_AGAIN = 'Nothing was changed; try again.'

/** `urls` as in CUTOVER_URL, several with commas. Throws {@link CommandEnd} on refusal, staleness and silence. */
export function serveClient(urls: readonly string[], logins: LoginFile): ServeClient {
  async function once(url: string, { method, path, body }: Asked): Promise<Response | Silence> {
    const token = logins.token(url)
    try {
      return await fetch(new URL(path, url), {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(LIMIT_SECONDS * 1000),
      })
    } catch (error) {
      return silenceOf(error, LIMIT_SECONDS)
    }
  }

  async function request(asked: Asked): Promise<Response> {
    const silences: Silence[] = []
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (tries > 0) await sleep(AGAIN_MS)
      for (const url of urls) {
        const answer = await once(url, asked)
        if (answer instanceof Response) return answer
        silences.push(answer)
      }
    }
    throw new CommandEnd(noAnswer(urls, silences, asked), EXIT.noAnswer)
  }

  const get = (path: string): Asked => ({ method: 'GET', path, again: LOOK_AGAIN })
  return {
    urls,
    get: async <T>(path: string) => unwrap<T>(await request(get(path)), LOOK_AGAIN),
    getText: async (path) => {
      const response = await request(get(path))
      if (!response.ok) await unwrap(response, LOOK_AGAIN)
      return response.text()
    },
    post: async <T>(path: string, body: object, repeat: string) => {
      const again = `It may or may not be recorded. Repeat it like this, which counts once:\n  ${repeat}`
      return unwrap<T>(await request({ method: 'POST', path, body, again }), again)
    },
  }
}

function noAnswer(urls: readonly string[], silences: readonly Silence[], { again }: Asked): string {
  const heard = silences.find(({ sent }) => sent)
  const why = (heard ?? silences.at(-1))?.why ?? 'cannot be reached'
  const advice = heard
    ? again
    : 'Nothing was recorded. Check that `cutover serve` runs there, and that CUTOVER_URL names it.'
  return `\`cutover serve\` at ${urls.join(', ')} ${why}. ${advice}`
}

interface Answered {
  readonly ok?: boolean
  readonly code?: string
  readonly message?: string
}

async function unwrap<T>(response: Response, again: string): Promise<T> {
  const answer = (await response.json().catch(() => null)) as Answered | null
  if (response.ok && answer?.ok === true) return answer as T
  const isLost = response.status >= 500 || (response.ok && answer === null)
  const said =
    answer?.message ?? `\`cutover serve\` answered ${response.status} and nothing that can be read.`
  throw new CommandEnd(
    isLost ? `${said} ${again}` : said,
    isLost ? EXIT.noAnswer : exitCodeOf(response.status, answer?.code),
  )
}

function exitCodeOf(status: number, code: string | undefined): number {
  if (code === 'stale') return EXIT.stale
  return status === 400 ? EXIT.usage : EXIT.refused
}
