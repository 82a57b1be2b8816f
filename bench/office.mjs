import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'pg'
import { openCutover } from '../dist/app/open-cutover.js'
import { makeDirectory } from '../dist/bot/slack/directory.js'
import { clientFor } from '../dist/bot/slack/connection.js'
import { makeRunbooks } from '../dist/cli/runbook-folder.js'
import { makeEventLog } from '../dist/postgres/event-log.js'
import { startWorkspace } from '../dist/workspace/server.js'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const MANIFEST = new URL('../slack-manifest.json', import.meta.url)
const READY_MS = 30_000
const STOPS_MS = 3_000
const PHASES = 8
const STEPS_EACH = 15
const COUNTS_EVERY_MS = 250

/** The local workspace, `serve` and a worker as processes of their own, and a pool of connections to their log. */
export async function startOffice({ folder, databaseUrl }) {
  const workspace = await startWorkspace({ manifest: JSON.parse(await readFile(MANIFEST, 'utf8')) })
  const runbooks = join(folder, 'runbooks')
  await mkdir(runbooks, { recursive: true })
  for (const [name, text] of Object.entries(files(join(folder, 'stop'))))
    await writeFile(join(runbooks, name), text)
  await writeFile(
    join(folder, 'bindings.json'),
    JSON.stringify({ environments: { practice: { live: false } } }),
    {
      mode: 0o600,
    },
  )
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    ...(await databaseSettings(databaseUrl, folder)),
    CUTOVER_RUNBOOKS: runbooks,
    CUTOVER_BINDINGS: join(folder, 'bindings.json'),
    CUTOVER_SPOOL: join(folder, 'spool'),
    CUTOVER_LISTEN: '127.0.0.1:0',
    CUTOVER_SLACK_BOT_TOKEN: workspace.botToken,
    CUTOVER_SLACK_APP_TOKEN: workspace.appToken,
    CUTOVER_SLACK_API_URL: workspace.apiUrl,
  }
  const log = openSync(join(folder, 'office.log'), 'a', 0o600)
  const start = (words) =>
    spawn(process.execPath, [MAIN, ...words], { cwd: folder, env: environment, stdio: ['ignore', log, log] })
  const pool = new Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => undefined)
  const processes = [start(['serve'])]
  await until(async () => (await pool.query('select from cutover.event limit 1')).rowCount !== null, folder)
  processes.push(start(['worker', '--pool', 'bench']))
  await until(async () => (await pool.query('select from cutover.pool')).rowCount > 0, folder)

  const slack = { botToken: workspace.botToken, apiUrl: workspace.apiUrl }
  const quiet = { info() {}, warn() {}, error() {} }
  const events = makeEventLog(pool)
  const books = makeRunbooks(runbooks, makeDirectory(clientFor(slack, quiet), quiet))
  const control = controlOf(workspace)
  const { users } = await control('users')
  const idOf = (name) => users.find((user) => user.name === name).id

  return {
    control,
    idOf,
    /** Opens a rehearsal by ana with giorgi as observer; the name of its channel, once its first card is there. */
    async open(runbook) {
      const outcome = await openCutover(
        { log: events, runbooks: books },
        {
          runbook,
          environment: 'practice',
          plannedStart: (await events.now()) + 30 * 60_000,
          holders: { lead: { person: idOf('ana') }, observer: { person: idOf('giorgi') } },
          vars: {},
        },
        { actor: { kind: 'person', person: idOf('ana'), via: 'cli' }, key: `bench-${Math.random()}` },
      )
      if (!outcome.ok) throw new Error(outcome.refusal.message)
      return channelOf(control, outcome.state.id, folder)
    },
    async stop() {
      // What a worker has started outlives it.
      await writeFile(join(folder, 'stop'), '')
      await sleep(COUNTS_EVERY_MS * 3)
      for (const child of processes) child.kill('SIGTERM')
      await Promise.race([Promise.all(processes.map(ended)), sleep(STOPS_MS)])
      for (const child of processes) child.kill('SIGKILL')
      await pool.end()
      await workspace.stop()
    },
  }
}

/** `do` steps one after another, beside a copy that reports all the time; and a gate that is open at once. */
function files(stop) {
  const head = (name) => `language: 1
runbook: ${name}
title: ${name}
owner: platform
updated: 2026-11-20
review: after each live cutover
window: { length: 60m, zone: UTC }
channel: { name: '${name}-{{environment}}', private: true }
roles:
  lead: { title: Lead, from: ['group:dba-oncall'] }
  observer: { title: Observer, from: ['group:platform'] }
openers: [lead]
audiences: { ops: { slack: '#ops' } }
pool: bench
environments:
  practice: {}
guard: 1h
rollback: { name: ${name} }
`
  const steps = Array.from({ length: PHASES * STEPS_EACH }, (_, index) => {
    const needs = index === 0 ? '' : `, needs: [s${index - 1}]`
    return `      - { do: Step number ${index} of the evening, id: s${index}, by: lead, parallel: true${needs} }`
  })
  const phases = Array.from({ length: PHASES }, (_, index) => {
    const own = steps.slice(index * STEPS_EACH, (index + 1) * STEPS_EACH)
    return `  - phase: Part ${index + 1}\n    at: T-1h\n    steps:\n${own.join('\n')}\n`
  })
  return {
    'busy.yaml': `${head('busy')}phases:
  - phase: Meanwhile
    at: T-1h
    steps:
      - { run: Count the rows, id: count, script: count.sh, read_only: true, begin: auto, estimate: 2m-3m }
${phases.join('')}success: [{ step: s0 }]
`,
    'gate.yaml': `${head('gate')}phases:
  - phase: Decide
    at: T-1h
    steps:
      - { decide: Go or no-go?, id: go, approvers: { lead: 1, observer: 1 }, no_go: hold }
      - { do: Begin, id: begin, by: lead }
success: [{ step: begin }]
`,
    'count.sh': `for n in $(seq 1 600); do echo "$n of 600 tables"; sleep ${COUNTS_EVERY_MS / 1000}; if [ -e '${stop}' ]; then exit 0; fi; done\n`,
  }
}

async function databaseSettings(url, folder) {
  const parsed = new URL(url)
  const file = join(folder, 'log.password')
  await writeFile(file, decodeURIComponent(parsed.password), { mode: 0o600 })
  parsed.password = ''
  return { CUTOVER_DATABASE_URL: parsed.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
}

function controlOf({ url }) {
  return async (path, body) => {
    const response = await fetch(`${url}/control/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return response.json()
  }
}

async function channelOf(control, cutover, folder) {
  let found
  await until(async () => {
    const { channels } = await control('channels')
    found = channels.find(({ purpose }) => purpose.includes(`cutover:${cutover}`))
    return found !== undefined && (await control(`channels/${found.name}/messages`)).messages.length >= 3
  }, folder)
  return found.name
}

async function until(isSo, folder) {
  const deadline = Date.now() + READY_MS
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (Date.now() > deadline) {
      const log = await readFile(join(folder, 'office.log'), 'utf8').catch(() => '')
      throw new Error(`The office did not come up:\n${log.slice(-4000)}`)
    }
    await sleep(50)
  }
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined
  return new Promise((resolve) => child.once('exit', resolve))
}
