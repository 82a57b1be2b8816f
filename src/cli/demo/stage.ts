import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMailSink, type MailSink } from '../../mail/mail-sink.ts'
import { startWorkspace, type Workspace } from '../../workspace/server.ts'
import { startDatabase, THROW_AWAY, type LocalDatabase } from '../local/database.ts'
import type { Endings } from '../local/endings.ts'
import { commonSettings } from '../local/environment.ts'
import type { LocalFolder } from '../local/folder.ts'
import { startInstallation, type LocalInstallation } from '../local/installation.ts'
import { choosePort } from '../local/ports.ts'
import { poolsOf } from '../local/pools.ts'
import type { Narrator } from '../local/narrator.ts'
import { makeDataSet } from './data/data-set.ts'
import { makeControl, type Control } from './people/control.ts'
import { ENVIRONMENT, makePlace, shippedManifest, type Place } from './place.ts'
import { runningPid, serviceProgram } from './service/program.ts'
import { serviceSettings } from './service/settings.ts'

/** Everything that the demo consists of, running. */
export interface Stage {
  readonly folder: LocalFolder
  readonly place: Place
  readonly workspace: Workspace
  readonly control: Control
  readonly mails: MailSink
  /** The database that Ward OPS moves to. */
  readonly target: LocalDatabase
  readonly installation: LocalInstallation
}

export interface StageOptions {
  readonly folder: LocalFolder
  readonly endings: Endings
  readonly narrator: Narrator
  readonly environment: Readonly<Record<string, string>>
  readonly redisUrl: string | undefined
  readonly rows: number
  readonly seed: number
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const { folder, endings, narrator } = options
  const manifest = shippedManifest()
  const workspace = await startWorkspace({
    pageTitle: 'Cutover demo',
    // What was set for production is forgotten by now; if it is not, nothing may begin.
    environment: process.env,
    ...(manifest === undefined ? {} : { manifest }),
  })
  endings.add({ end: () => workspace.stop() })
  requireLoopback(workspace.apiUrl)
  narrator.plain(`  Page    ${workspace.url}`)
  narrator.plain(`  Folder  ${folder.path}\n`)

  const place = makePlace(folder, await choosePort())
  const [log, target] = await Promise.all(['cutover_log', 'ward_ops'].map((name) => database(options, name)))
  if (log === undefined || target === undefined) throw new Error('there are two databases')
  narrator.say('demo', 'two PostgreSQL servers run: one for the log of Cutover, one for Ward OPS to move to')

  fillSqlite(options, place)
  await startService(options, place)
  const mails = await startMailSink({ port: 0, folder: join(folder.path, 'mail') })
  endings.add({ end: () => mails.stop() })

  const control = makeControl(workspace.url)
  const names = new Map((await control.people()).map(({ id, name }) => [id, name]))
  const installation = await startInstallation({
    folder,
    log,
    endings,
    cwd: place.home,
    listen: `127.0.0.1:${await choosePort()}`,
    pools: poolsOf(place.runbooks),
    settings: settingsFor(options, { log, target, place, workspace, mails }),
    narrator,
    nameOf: (person) => names.get(person) ?? person,
  })
  narrator.say(
    'demo',
    `${installation.processes.map(({ name }) => name).join(' and ')} run as processes of their own`,
  )
  return { folder, place, workspace, control, mails, target, installation }
}

async function database({ folder, endings }: StageOptions, name: string): Promise<LocalDatabase> {
  const started = await startDatabase(folder, { name, settings: THROW_AWAY })
  const { server } = started
  endings.add({ end: () => server.stop(), kill: () => killServer(server.pid) })
  return started
}

function killServer(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // It is gone.
  }
}

function fillSqlite({ narrator, rows, seed }: StageOptions, place: Place): void {
  const began = performance.now()
  const made = makeDataSet({
    rows,
    seed,
    path: place.sqlite,
    schemaFolder: join(place.runbooks, 'ward-ops', 'demo'),
    until: Date.now(),
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const megabytes = Math.round(made.bytes / 1e6)
  narrator.say(
    'demo',
    `Ward OPS on SQLite: ${made.rows.toLocaleString('en')} rows in ${made.tables} tables, ${megabytes} MB, made in ${seconds} s`,
  )
}

async function startService({ endings, environment, narrator }: StageOptions, place: Place): Promise<void> {
  const call = {
    environment: { ...environment, ...place.serviceEnvironment },
    folder: place.home,
    say: (line: string) => narrator.say('ward-ops', line),
  }
  const quiet = { ...call, say: () => undefined }
  endings.add({
    end: () => serviceProgram({ ...quiet, words: ['stop'] }),
    kill() {
      const pid = runningPid(serviceSettings(call.environment, place.home))
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    },
  })
  await serviceProgram({ ...call, words: ['start', 'sqlite'] })
  await serviceProgram({ ...quiet, words: ['jobs', 'start'] })
}

function settingsFor(
  options: StageOptions,
  made: {
    readonly log: LocalDatabase
    readonly target: LocalDatabase
    readonly place: Place
    readonly workspace: Workspace
    readonly mails: MailSink
  },
) {
  const { folder, environment, redisUrl } = options
  const bindings = join(folder.secrets, 'bindings.json')
  const secrets = { TARGET_URL: made.target.url }
  writeFileSync(bindings, JSON.stringify({ environments: { [ENVIRONMENT]: { live: false, secrets } } }), {
    mode: 0o600,
  })
  const { log, place, workspace, mails } = made
  return {
    common: { ...environment, ...commonSettings({ log, redisUrl, runbooks: place.runbooks }) },
    worker: { CUTOVER_BINDINGS: bindings },
    serve: {
      CUTOVER_SLACK_API_URL: workspace.apiUrl,
      CUTOVER_SLACK_BOT_TOKEN: workspace.botToken,
      CUTOVER_SLACK_APP_TOKEN: workspace.appToken,
      CUTOVER_SMTP_URL: mails.url,
      CUTOVER_MAIL_FROM: 'cutover@ward-ops.example.org',
    },
  }
}

/** The demo speaks to its own workspace and to nothing else. */
function requireLoopback(url: string): void {
  const { hostname } = new URL(url)
  if (hostname !== '127.0.0.1')
    throw new Error(`The demo refuses to speak to ${hostname}: it is not this machine.`)
}
