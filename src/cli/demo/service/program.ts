import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runService } from './server.ts'
import { postgresSettings, serviceSettings, type ServiceSettings } from './settings.ts'
import { openPostgresStore, openSqliteStore } from './store.ts'

const MAIN = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url))
const PATIENCE_MS = 20_000
const USAGE = 'usage: jobs start | jobs stop | start sqlite | start postgres | stop | ping'

interface Call {
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly say: (line: string) => void
}

/**
 * The program `$service` of the runbook: starts and stops the stand-in of Ward OPS and tells its background jobs
 * what to do. Throws a sentence when that did not happen.
 */
export async function serviceProgram({ words, environment, folder, say }: Call): Promise<void> {
  const settings = serviceSettings(environment, folder)
  switch (words.join(' ')) {
    case 'start sqlite':
    case 'start postgres':
      return start(settings, words[1] ?? '', { environment, folder, say })
    case 'stop':
      return stop(settings, say)
    case 'jobs start':
    case 'jobs stop':
    case 'jobs ping':
    case 'ping':
      return tellJobs(settings, words.at(-1) ?? '', say)
    case 'serve sqlite':
      return runService(settings, () => openSqliteStore(settings.sqlite))
    case 'serve postgres':
      return runService(settings, (log) =>
        openPostgresStore(postgresSettings(environment), (message) =>
          log('ERROR', `OperationalError: ${message}`),
        ),
      )
    default:
      throw new Error(`"${words.join(' ')}" is nothing that Ward OPS does; ${USAGE}`)
  }
}

async function start(
  settings: ServiceSettings,
  database: string,
  { environment, folder, say }: Omit<Call, 'words'>,
): Promise<void> {
  const running = runningPid(settings)
  if (running !== undefined) throw new Error(`Ward OPS runs already, as process ${running}; stop it first.`)
  // In a session of its own: a step's runner ends what its command leaves behind in the old one.
  const child = spawn(process.execPath, [MAIN, 'demo-service', 'serve', database], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: 'ignore',
  })
  child.unref()
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isHealthy(settings))) {
    if (child.exitCode !== null) throw new Error(`Ward OPS ended at once. ${lastWords(settings)}`)
    if (performance.now() > deadline) throw new Error(`Ward OPS does not answer. ${lastWords(settings)}`)
    await sleep(50)
  }
  say(`Ward OPS runs on ${database} as process ${child.pid ?? 0}, ${settings.health.href} answers`)
}

async function stop(settings: ServiceSettings, say: Call['say']): Promise<void> {
  const pid = runningPid(settings)
  if (pid === undefined) return say('Ward OPS is not running')
  process.kill(pid, 'SIGTERM')
  const deadline = performance.now() + PATIENCE_MS
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`Ward OPS (process ${pid}) does not end.`)
    await sleep(50)
  }
  say(`Ward OPS has ended (process ${pid})`)
}

async function tellJobs(settings: ServiceSettings, what: string, say: Call['say']): Promise<void> {
  const response = await fetch(new URL(`/jobs/${what}`, settings.health), { method: 'POST' }).catch(
    () => undefined,
  )
  if (response?.ok !== true) throw new Error(`Ward OPS does not answer at ${settings.health.host}.`)
  say(`background jobs: ${await response.text()}`)
}

async function isHealthy({ health }: ServiceSettings): Promise<boolean> {
  return fetch(health).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The process of the service, while it lives. */
export function runningPid({ pidFile }: Pick<ServiceSettings, 'pidFile'>): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function lastWords({ log }: ServiceSettings): string {
  try {
    return `Its log ends: ${readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? ''}`
  } catch {
    return 'It wrote no log.'
  }
}
