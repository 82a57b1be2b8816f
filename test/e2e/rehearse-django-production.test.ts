import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { choosePort } from '../../src/cli/local/ports.ts'
import { djangoProject } from '../support/django.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { PYTHON } from '../support/python.ts'
import { copyOf, differencesSince, makePlaces, rehearse, type Rehearsing } from '../support/rehearsal.ts'

const project = djangoProject('django-production/demo')
let server: TestPostgres
let places: ReturnType<typeof makePlaces>
let vars: Readonly<Record<string, string>>
let url: string

beforeAll(async () => {
  places = makePlaces('wal')
  server = await startTestPostgres({
    wal_level: 'replica',
    archive_mode: 'on',
    archive_command: `cp %p ${join(places.folder, 'wal')}/%f`,
  })
})
afterAll(async () => {
  await server.stop()
  places.remove()
})

beforeEach(async () => {
  const state = join(places.folder, `state-${String(performance.now())}`)
  const port = String(await choosePort())
  mkdirSync(state)
  vars = {
    python: PYTHON ?? 'python3',
    app: project.folder,
    service: join(project.folder, 'service'),
    smoke_tests: join(project.folder, 'smoke-tests'),
    base_url: `http://127.0.0.1:${port}`,
    health: `http://127.0.0.1:${port}/health`,
    port,
    pitr: 'yes',
    state,
    app_log: join(state, 'app.log'),
    slow_log: join(state, 'slow.log'),
  }
  url = await server.createDatabase('building')
  project.manage(url, 'migrate', 'building', '0002')
})
afterEach(async () => {
  callService('stop')
  const client = await server.connect()
  await client.query('drop database building with (force)')
  await client.end()
})

const callService = (...words: readonly string[]) => {
  const named = Object.entries(vars).map(([name, value]) => [`CUTOVER_VAR_${name.toUpperCase()}`, value])
  const { hostname, port, username, password } = new URL(url)
  return spawnSync(vars['service'] ?? '', words, {
    env: {
      ...Object.fromEntries(named),
      PATH: process.env['PATH'],
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: 'building',
    },
    encoding: 'utf8',
  })
}

const seed = async (...words: readonly string[]): Promise<void> => {
  project.manage(url, 'seed_demo', ...words)
  const started = callService('start', 'portfolio:2026.10')
  expect(started.status, started.stderr).toBe(0)
  const client = await server.connect()
  await client.query('select pg_switch_wal()')
  await vi.waitUntil(async () => {
    const { rows } = await client.query<{ n: number }>('select archived_count::int as n from pg_stat_archiver')
    return (rows[0]?.n ?? 0) > 0
  }, 10_000)
  await client.end()
}

const asked = (): Rehearsing => ({
  runbook: 'django-production.yaml',
  environment: 'demo',
  folder: places.folder,
  secrets: { DATABASE_URL: url },
  vars,
})

const calls = (): readonly string[] =>
  readFileSync(join(vars['state'] ?? '', 'calls.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .filter((call) => !call.startsWith('metric '))

describe.skipIf(PYTHON === undefined)('the rehearsal of the Django runbook', () => {
  it('migrates a real project and reopens it', async () => {
    await seed()
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(0)
    expect(done.findings).toEqual([])
  })
})
