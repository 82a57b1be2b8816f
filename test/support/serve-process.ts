import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface ServeProcess {
  readonly pid: number
  /** Where the command line finds it. */
  readonly url: string
  readonly output: () => string
  pause(): void
  resume(): void
  kill(): Promise<void>
  stop(): Promise<number | null>
}

export interface ServePlace {
  /** Of the log. */
  readonly url: string
  readonly folder: string
  readonly redisUrl?: string
  readonly main?: string
}

/** `cutover serve` as a process of its own, ready, with a Slack that nobody answers for. Needs `npm run build`. */
export async function startServeProcess({
  url,
  folder,
  redisUrl,
  main = MAIN,
}: ServePlace): Promise<ServeProcess> {
  const database = new URL(url)
  const password = join(folder, 'password')
  writeFileSync(password, decodeURIComponent(database.password), { mode: 0o600 })
  database.password = ''
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CUTOVER_DATABASE_URL: database.href,
      CUTOVER_DATABASE_PASSWORD_FILE: password,
      CUTOVER_LISTEN: '127.0.0.1:0',
      CUTOVER_RUNBOOKS: join(folder, 'runbooks'),
      CUTOVER_SLACK_BOT_TOKEN: 'xoxb-local-away',
      CUTOVER_SLACK_APP_TOKEN: 'xapp-local-away',
      // The discard port: refused at once, as by a host without Slack.
      CUTOVER_SLACK_API_URL: 'http://127.0.0.1:9/api/',
      ...(redisUrl === undefined ? {} : { CUTOVER_REDIS_URL: redisUrl }),
    },
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  const listening = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      if (line.includes('"serve ready"')) resolve(JSON.parse(line).url)
    })
    void exited.then(() => reject(new Error(`serve ended: ${lines.join('\n')}`)))
  })
  return {
    pid: child.pid ?? 0,
    url: listening,
    output: () => lines.join('\n'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
  }
}
