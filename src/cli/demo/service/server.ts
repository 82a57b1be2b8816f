import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { once } from 'node:events'
import type { ServiceSettings } from './settings.ts'
import type { Store } from './store.ts'

const JOB_EVERY_MS = 250

/** The service itself: an API and background jobs on one database. Ends on SIGTERM. */
export async function runService(settings: ServiceSettings, open: (log: Log) => Store): Promise<void> {
  const log = makeLog(settings.log)
  const store = open(log)
  try {
    await store.writeAudit('service.started', new Date())
    await serveUntilTold(settings, { store, log, jobs: makeJobs(store, log) })
    log('INFO', `stopped, was on ${store.database}`)
  } catch (error) {
    log('ERROR', `OperationalError: ${messageOf(error)}`)
    throw error
  } finally {
    await store.close()
  }
}

async function serveUntilTold({ health, pidFile }: ServiceSettings, parts: Parts): Promise<void> {
  const server = createServer((request, response) => void answer(request, response, parts))
  server.listen(Number(health.port), health.hostname)
  await once(server, 'listening')
  writeFileSync(pidFile, String(process.pid))
  parts.log('INFO', `listening on ${health.host}, on ${parts.store.database}`)
  await once(process, 'SIGTERM')
  await parts.jobs.stop()
  server.close()
  server.closeAllConnections()
  rmSync(pidFile, { force: true })
}

export type Log = (level: 'INFO' | 'ERROR', message: string) => void

function makeLog(file: string): Log {
  mkdirSync(dirname(file), { recursive: true })
  return (level, message) => appendFileSync(file, `${new Date().toISOString()} ${level} ${message}\n`)
}

interface Jobs {
  readonly running: () => boolean
  ping(): Promise<void>
  start(): void
  stop(): Promise<void>
}

/** The background jobs: a ping result four times a second. */
function makeJobs(store: Store, log: Log): Jobs {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()

  const ping = () => store.writePing({ at: new Date(), rttMs: Math.round(Math.random() * 90_000) / 1000 })
  return {
    running: () => timer !== undefined,
    ping,
    start() {
      timer ??= setInterval(() => {
        working = ping().catch((error: unknown) => log('ERROR', `OperationalError: ${messageOf(error)}`))
      }, JOB_EVERY_MS)
    },
    // What is under way is finished first, as Celery's warm shutdown does.
    async stop() {
      clearInterval(timer)
      timer = undefined
      await working
    },
  }
}

interface Parts {
  readonly store: Store
  readonly jobs: Jobs
  readonly log: Log
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const route = `${request.method ?? ''} ${request.url ?? ''}`
  const [status, body] = await reply(route, parts).catch((error: unknown) => {
    parts.log('ERROR', `OperationalError: ${messageOf(error)}`)
    return [503, { status: 'error', database: parts.store.database }] as const
  })
  parts.log('INFO', `${route} ${status}`)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function reply(route: string, { store, jobs }: Parts): Promise<readonly [number, object]> {
  switch (route) {
    case 'GET /api/v1/health':
      await store.counts()
      return [200, { status: 'ok', database: store.database, jobs: jobs.running() ? 'running' : 'stopped' }]
    case 'GET /api/v1/dashboard':
      return [200, await store.counts()]
    case 'POST /jobs/start':
      jobs.start()
      return [200, { jobs: 'running' }]
    case 'POST /jobs/stop':
      await jobs.stop()
      return [200, { jobs: 'stopped' }]
    case 'POST /jobs/ping':
      await jobs.ping()
      return [200, { pinged: 1 }]
    default:
      return [404, { status: 'not found' }]
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
