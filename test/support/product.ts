import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'pg'
import { startMailSink } from '../../src/mail/mail-sink.ts'
import { makeEventLog } from '../../src/postgres/event-log.ts'
import { startWorkspace, type Workspace, type WorkspaceUser } from '../../src/workspace/server.ts'
import { loginOfPool, loginOfServe } from './own-logins.ts'
import { startTestPostgres, type TestPostgres } from './postgres.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const READY_MS = 30_000

/** The whole product as processes of its own, in the local workspace. Needs `npm run build`. */
export interface Product extends Office {
  readonly worker: { readonly process: ChildProcess }
}

/** The product without a worker: its log, `serve`, the workspace and a mail server. */
export interface Office {
  readonly workspace: Workspace
  readonly logServer: TestPostgres
  readonly targetServer: TestPostgres
  readonly log: ReturnType<typeof makeEventLog>
  /** Of the log's database. */
  readonly logUrl: string
  /** Of `serve`. */
  readonly url: string
  readonly folder: string
  readonly mail: Awaited<ReturnType<typeof startMailSink>>
  /** Runs `cutover …` as a person whose configuration folder is named after them. */
  readonly cli: (who: string, words: readonly string[]) => Promise<Ran>
  /** The same, without waiting for its end. */
  readonly cliProcess: (who: string, words: readonly string[]) => ChildProcess
  readonly control: (path: string, body?: object) => Promise<Record<string, unknown>>
  /** Starts a worker and waits until it is known. Each pool has a spool and a log of its own. */
  readonly startWorker: (options: HostOptions) => Promise<{ readonly process: ChildProcess }>
  /** What serve and worker have written into their logs, for a failing test to show. */
  readonly output: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** One host where steps run. */
export interface HostOptions {
  readonly pool: string
  readonly bindings: object
  /** Where relative paths of the runbook begin; the product's own folder unless said. */
  readonly cwd?: string
  /** Folders for programs, first of all. */
  readonly path?: string
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function startProduct({
  pool,
  bindings,
  ...options
}: OfficeOptions & {
  readonly pool: string
  readonly bindings: (target: TestPostgres) => Promise<object>
}): Promise<Product> {
  const office = await startOffice(options)
  return {
    ...office,
    worker: await office.startWorker({ pool, bindings: await bindings(office.targetServer) }),
  }
}

export interface OfficeOptions {
  /** File name → text, below the runbooks folder. */
  readonly runbooks?: Readonly<Record<string, string>>
  readonly users?: readonly WorkspaceUser[]
  readonly redisUrl?: string
  /** `serve` and each worker have a login of their own at the log; else all have its owner's. */
  readonly ownLogins?: true
  /** What is done to the empty log before anything connects to it. */
  readonly prepareLog?: (url: string) => Promise<void>
}

export async function startOffice(options: OfficeOptions): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-product-'))
  const logServer = await startTestPostgres()
  const targetServer = await startTestPostgres()
  const workspace = await startWorkspace({
    manifest: JSON.parse(await readFile(new URL('../../slack-manifest.json', import.meta.url), 'utf8')),
    ...(options.users === undefined ? {} : { users: options.users }),
  })
  const mail = await startMailSink({ port: 0, folder: join(folder, 'mail') })
  await mkdir(join(folder, 'runbooks'))
  for (const [name, text] of Object.entries(options.runbooks ?? {})) {
    await mkdir(dirname(join(folder, 'runbooks', name)), { recursive: true })
    await writeFile(join(folder, 'runbooks', name), text)
  }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const databaseUrl = await logServer.createDatabase('cutover')
  await options.prepareLog?.(databaseUrl)
  const owner = { settings: await databaseSettings(databaseUrl, folder), folder }
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    ...(options.ownLogins ? await loginOfServe(owner) : owner.settings),
    CUTOVER_RUNBOOKS: join(folder, 'runbooks'),
    ...(options.redisUrl === undefined ? {} : { CUTOVER_REDIS_URL: options.redisUrl }),
  }
  const children: ChildProcess[] = []
  const start = (
    name: string,
    words: readonly string[],
    { cwd = folder, ...more }: Record<string, string>,
  ): ChildProcess => {
    const log = openSync(join(folder, `${name}.log`), 'a', 0o600)
    const child = spawn(process.execPath, [MAIN, ...words], {
      cwd,
      env: { ...environment, ...more },
      stdio: ['ignore', log, log],
    })
    children.push(child)
    return child
  }
  start('serve', ['serve'], {
    CUTOVER_LISTEN: `127.0.0.1:${port}`,
    CUTOVER_SLACK_BOT_TOKEN: workspace.botToken,
    CUTOVER_SLACK_APP_TOKEN: workspace.appToken,
    CUTOVER_SLACK_API_URL: workspace.apiUrl,
    CUTOVER_SMTP_URL: mail.url,
    CUTOVER_MAIL_FROM: 'cutover@example.org',
  })
  const output = async (): Promise<string> =>
    (
      await Promise.all(
        (await readdir(folder))
          .filter((name) => name.endsWith('.log'))
          .map((name) => readFile(join(folder, name), 'utf8')),
      )
    )
      .join('\n')
      .slice(-8000)
  await until(async () => (await fetch(`${url}/readyz`)).ok, output)
  const pool = new Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => undefined)
  const startWorker: Office['startWorker'] = async ({ pool: name, bindings, cwd = folder, path }) => {
    const file = join(folder, `bindings-${name}.json`)
    await writeFile(file, JSON.stringify(bindings), { mode: 0o600 })
    const child = start(`worker-${name}`, ['worker', '--pool', name], {
      cwd,
      CUTOVER_BINDINGS: file,
      ...(options.ownLogins ? await loginOfPool(owner, name) : {}),
      CUTOVER_SPOOL: join(folder, 'spool', name),
      ...(path === undefined ? {} : { PATH: `${path}${delimiter}${environment.PATH}` }),
    })
    const isKnown = 'select from cutover.pool where name = $1'
    await until(async () => ((await pool.query(isKnown, [name])).rowCount ?? 0) > 0, output)
    return { process: child }
  }
  await until(async () => {
    const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { slack: boolean } }
    return parts.slack
  }, output)

  const cliEnvironment = (who: string) => ({
    PATH: environment.PATH,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config', who),
    CUTOVER_URL: url,
  })
  return {
    workspace,
    logServer,
    targetServer,
    logUrl: databaseUrl,
    url,
    folder,
    mail,
    startWorker,
    output,
    log: makeEventLog(pool),
    cli: (who, words) =>
      new Promise((resolve) => {
        execFile(process.execPath, [MAIN, ...words], { env: cliEnvironment(who) }, (error, out, err) => {
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err })
        })
      }),
    cliProcess: (who, words) =>
      spawn(process.execPath, [MAIN, ...words], {
        env: cliEnvironment(who),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    control: async (path, body) => {
      const response = await fetch(new URL(path, workspace.url), {
        method: body === undefined ? 'GET' : 'POST',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      return (await response.json()) as Record<string, unknown>
    },
    async stop() {
      for (const child of children) child.kill('SIGTERM')
      await Promise.race([Promise.all(children.map(ended)), sleep(10_000)])
      for (const child of children) child.kill('SIGKILL')
      await pool.end()
      await workspace.stop()
      await mail.stop()
      await logServer.stop()
      await targetServer.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The URL without its password, which stands in a file of its own. */
async function databaseSettings(url: string, folder: string): Promise<Record<string, string>> {
  const parsed = new URL(url)
  const file = join(folder, 'log.password')
  await writeFile(file, decodeURIComponent(parsed.password), { mode: 0o600 })
  parsed.password = ''
  return { CUTOVER_DATABASE_URL: parsed.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

async function until(isSo: () => Promise<boolean>, output: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + READY_MS
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (Date.now() > deadline) throw new Error(`The product did not come up:\n${await output()}`)
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
