import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface WorkerProcess {
  readonly pid: number
  /** What it has written to its log until now. */
  readonly output: () => string
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
  /** SIGKILL, waited for. */
  kill(): Promise<void>
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>
}

export interface WorkerPlace {
  /** Of the log. */
  readonly url: string
  readonly folder: string
  readonly pool?: string
  /** Arguments for Node itself. */
  readonly node?: readonly string[]
  /** Another compiled `cli/main.js` than this version's. */
  readonly main?: string
  readonly secrets?: Readonly<Record<string, string>>
  readonly redisUrl?: string
}

/** `cutover worker` of the pool `db`, unless another is named, as a process of its own, ready. Needs `npm run build`. */
export async function startWorkerProcess({
  url,
  folder,
  pool = 'db',
  node = [],
  main = MAIN,
  secrets,
  redisUrl,
}: WorkerPlace): Promise<WorkerProcess> {
  const database = new URL(url)
  const password = join(folder, 'password')
  writeFileSync(password, decodeURIComponent(database.password), { mode: 0o600 })
  database.password = ''
  const bindings = join(folder, 'bindings.json')
  const environment = { live: false, secrets: secrets ?? {} }
  const production = { live: true, secrets: {} }
  writeFileSync(bindings, JSON.stringify({ environments: { staging: environment, production } }), {
    mode: 0o600,
  })

  const child = spawn(process.execPath, [...node, main, 'worker'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CUTOVER_DATABASE_URL: database.href,
      CUTOVER_DATABASE_PASSWORD_FILE: password,
      CUTOVER_POOL: pool,
      CUTOVER_SPOOL: join(folder, pool === 'db' ? 'spool' : `spool-${pool}`),
      CUTOVER_RUNBOOKS: join(folder, 'runbooks'),
      CUTOVER_BINDINGS: bindings,
      ...(redisUrl === undefined ? {} : { CUTOVER_REDIS_URL: redisUrl }),
    },
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      if (line.includes('worker ready')) resolve()
    })
    void exited.then(() => reject(new Error(`The worker ended: ${lines.join('\n')}`)))
  })
  return {
    pid: child.pid ?? 0,
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
