import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

export interface ServeProcess {
  readonly url: string
  readonly output: () => string
  /** Of `/readyz`. */
  readonly leads: () => Promise<boolean>
  /** SIGKILL, waited for. */
  readonly kill: () => Promise<void>
}

/** Nobody listens there: Slack is away, and what is asked comes by the command line's endpoint. */
const AWAY = 'http://127.0.0.1:1/api/'

/** `cutover serve` as a process of its own, ready, without a Slack that answers. Needs `npm run build`. */
export async function startServeProcess(place: {
  readonly url: string
  readonly folder: string
  /** Another compiled `cli/main.js` than this version's. */
  readonly main?: string
  readonly redisUrl?: string
}): Promise<ServeProcess> {
  const database = new URL(place.url)
  const password = join(place.folder, 'password')
  writeFileSync(password, decodeURIComponent(database.password), { mode: 0o600 })
  database.password = ''
  const child = spawn(process.execPath, [place.main ?? MAIN, 'serve'], {
    cwd: place.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CUTOVER_DATABASE_URL: database.href,
      CUTOVER_DATABASE_PASSWORD_FILE: password,
      CUTOVER_RUNBOOKS: join(place.folder, 'runbooks'),
      CUTOVER_LISTEN: '127.0.0.1:0',
      CUTOVER_SLACK_BOT_TOKEN: 'xoxb-local-nobody',
      CUTOVER_SLACK_APP_TOKEN: 'xapp-local-nobody',
      CUTOVER_SLACK_API_URL: AWAY,
      ...(place.redisUrl === undefined ? {} : { CUTOVER_REDIS_URL: place.redisUrl }),
    },
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      const ready = /"url":"([^"]+)".*"serve ready"/.exec(line)?.[1]
      if (ready !== undefined) resolve(ready)
    })
    void exited.then(() => reject(new Error(`serve ended: ${lines.join('\n')}`)))
  })
  return {
    url,
    output: () => lines.join('\n'),
    async leads() {
      const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { leader: boolean } }
      return parts.leader
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
