import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { targetEnvironment } from '../dist/actions/programs/target-environment.js'
import { makeCanceller } from '../dist/cli/worker/cancels.js'
import { applicationName, inheritedEnvironment } from '../dist/process/environment.js'
import { writeCancel } from '../dist/process/local-acts.js'
import { attemptFolder, openSpool, prepareAttempt } from '../dist/process/spool.js'
import { startRunner } from '../dist/process/start.js'
import { timed } from './backup.mjs'
import { ratio } from './measure.mjs'

const RUNNER = fileURLToPath(new URL('../dist/process/runner.js', import.meta.url))
const LIMIT_MS = 1000
/** As often as the worker looks for cancels. */
const LOOK_EVERY_MS = 250
const SLOW = 'select count(*) from generate_series(1, 2000000000)'
const PYTHON = `import psycopg2; psycopg2.connect('').cursor().execute('${SLOW}')`

/**
 * From the moment a cancel is in the log until the server has no session of the attempt: through the worker's look, the
 * runner, and the ending of sessions, with programs that take a signal and one that waits in its library.
 */
export async function benchCancel({ folder, rounds, database }) {
  const url = await database(
    'cancelled',
    `create table big as select i, repeat('x', 500) as t from generate_series(1, 400000) i`,
  )
  const root = await mkdtemp(join(folder, 'spool-'))
  await chmod(root, 0o755)
  const dump = join(folder, 'cancelled.dump')
  const target = { kind: 'postgres', name: 'main', url }
  const passwords = join(folder, 'passwords')
  await mkdir(passwords, { mode: 0o700 })
  const env = { ...inheritedEnvironment(process.env), ...(await targetEnvironment(target, passwords)) }
  await timed('pg_dump', ['-Fc', '-Z0', '-f', dump], env)
  await database('refilled', 'select 1')
  const python = ['python3', '/usr/bin/python3'].find(hasPsycopg)
  const programs = {
    psql: ['psql', '-Xc', SLOW],
    pg_dump: ['bash', '-c', 'while pg_dump -Fc -f /dev/null; do :; done'],
    pg_restore: ['bash', '-c', `while pg_restore --clean --if-exists -d refilled "${dump}"; do :; done`],
    ...(python ? { 'a migration in Python': [python, '-c', PYTHON] } : {}),
  }
  const spool = await openSpool({ root, runner: RUNNER, minFreeBytes: 1_000_000 })
  const watch = new Client({ connectionString: url })
  await watch.connect()
  const worst = {}
  for (const [name, argv] of Object.entries(programs)) {
    for (let round = 0; round < rounds; round++) {
      const attempt = `bench.${name.replaceAll(' ', '-')}.${round + 1}`
      const ms = await cancelOne({ spool, watch, target, env, argv, attempt })
      worst[name] = Math.max(worst[name] ?? 0, ms)
    }
  }
  await watch.end()
  await rm(root, { recursive: true, force: true })
  console.log(`Cancel until no session is left, the longest of ${rounds}:`)
  return Object.entries(worst)
    .map(([name, ms]) => ratio(`  ms, ${name}`, ms, ms < LIMIT_MS, `less than ${LIMIT_MS}`))
    .every(Boolean)
}

async function cancelOne({ spool, watch, target, env, argv, attempt }) {
  const spawn = { argv, env: { ...env, PGAPPNAME: applicationName(attempt) }, cwd: '/' }
  await prepareAttempt(spool, { attempt, spawn, cancel: { graceMs: 10_000 } })
  await startRunner(attemptFolder(spool, attempt), { from: process.env })
  const sessions = async () => {
    const name = applicationName(attempt)
    return (await watch.query('select from pg_stat_activity where application_name = $1', [name])).rowCount
  }
  while ((await sessions()) === 0) await sleep(10)
  await sleep(300)
  const asked = []
  const look = canceller({ spool, target, attempt, asked })
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  // Somewhere between two looks, as people click.
  await sleep(Math.random() * LOOK_EVERY_MS)
  const began = performance.now()
  asked.push({ cutover: 'bench', attempt })
  // A program that begins anew would show a session once more.
  for (let quiet = 0, ended = began; ; await sleep(10)) {
    if ((await sessions()) > 0) quiet = 0
    else if (quiet++ === 0) ended = performance.now()
    if (quiet < 20) continue
    clearInterval(timer)
    return ended - began
  }
}

/** The worker's own, on a log that knows nothing but this attempt. */
function canceller({ spool, target, attempt, asked }) {
  const plan = {
    environment: 'bench',
    targets: { main: { name: 'main', kind: 'postgres', locator: target.url } },
  }
  const state = { plan, attempts: { [attempt]: { id: attempt, cancelRequested: { reason: 'enough' } } } }
  return makeCanceller({
    log: { load: async () => ({ state }) },
    presence: { cancelRequests: async () => asked },
    pool: 'bench',
    supervisor: { cancel: async (id, request) => writeCancel(attemptFolder(spool, id), request) },
    bindingOf: () => undefined,
    cwd: '/',
    logger: { info: () => undefined, warn: () => undefined },
  })
}

function hasPsycopg(python) {
  try {
    execFileSync(python, ['-c', 'import psycopg2'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
