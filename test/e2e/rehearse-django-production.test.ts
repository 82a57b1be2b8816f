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
  // Nothing is recovered from the archive here; that the server has one is looked at.
  server = await startTestPostgres({ wal_level: 'replica', archive_mode: 'on', archive_command: 'true' })
  const client = await server.connect()
  await client.query('select pg_switch_wal()')
  await vi.waitUntil(async () => {
    const { rows } = await client.query<{ any: boolean }>(
      'select archived_count > 0 as any from pg_stat_archiver',
    )
    return rows[0]?.any === true
  }, 20_000)
})
afterAll(() => server.stop())

beforeEach(async () => {
  places = makePlaces()
  const state = join(places.folder, 'state')
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
})
afterEach(async () => {
  run('service', 'stop')
  const client = await server.connect()
  for (const name of ['building', 'before'])
    await client.query(`drop database if exists ${name} with (force)`)
  places.remove()
})

const run = (program: string, ...words: readonly string[]) => {
  const named = Object.entries(vars).map(([name, value]) => [`CUTOVER_VAR_${name.toUpperCase()}`, value])
  return spawnSync(join(project.folder, program), words, {
    env: { ...Object.fromEntries(named), PATH: process.env['PATH'], DATABASE_URL: url },
    encoding: 'utf8',
  })
}

/** Four migrations ago, filled and running; gives a copy of the database. */
async function prepared(...words: readonly string[]): Promise<string> {
  const { status, stderr } = run('prepare', url, ...words)
  expect(status, stderr).toBe(0)
  // Nobody may be connected to what is copied.
  run('service', 'stop')
  const copy = await copyOf(url, 'before')
  run('service', 'start', 'portfolio:2026.10')
  return copy
}

const asked = (): Rehearsing => ({
  runbook: 'django-production.yaml',
  environment: 'demo',
  folder: places.folder,
  secrets: { DATABASE_URL: url },
  vars,
})

/** What was asked of the service program since it was prepared; numbers of the monitoring left out. */
const calls = (): readonly string[] =>
  readFileSync(join(vars['state'] ?? '', 'calls.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(3)
    .filter((call) => !call.startsWith('metric '))

const BEFORE_MIGRATING = [
  'image portfolio:2026.11',
  'page check',
  'image portfolio:2026.11',
  'page check',
  'workers pause',
  'maintenance on',
  'traffic page',
  'stop',
  'setting DATABASE_URL',
  'setting DJANGO_DB_CONN_MAX_AGE',
  'setting DJANGO_DB_CONN_HEALTH_CHECKS',
]

describe.skipIf(PYTHON === undefined)('the rehearsal of the Django runbook', { timeout: 600_000 }, () => {
  it('migrates a real project and opens it again', async () => {
    await prepared()
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    expect(calls()).toEqual([
      ...BEFORE_MIGRATING,
      'start portfolio:2026.11',
      'maintenance off',
      'traffic open',
      'workers resume',
      'workers check',
    ])
    expect(project.manage(url, 'verify_pg_schema', '--show-counts')).toContain('building_unit: 1000')
    expect(done.steps).toMatchObject({
      'pitr-ready': 'done',
      'first-hour': 'done',
      'first-backup-tried': 'done',
    })
    expect(done.text('notices.md')).toContain('The portfolio is open again')
  })

  it('goes back to the verified backup when a migration fails half way', async () => {
    const before = await prepared('--duplicate-label')
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    expect(done.told).toContain('building.0005_unit_label_once_per_building')
    expect(calls()).toEqual([
      ...BEFORE_MIGRATING,
      'start portfolio:2026.10',
      'traffic open',
      'maintenance off',
      'workers resume',
    ])
    const sides = [before, url].map((at, side) => ({
      kind: 'postgres' as const,
      name: `side ${side}`,
      url: at,
    }))
    expect(await differencesSince(sides[0]!, sides[1]!)).toEqual([])
    expect(project.manage(url, 'showmigrations', '--plan')).toContain('[ ]  building.0003_unit_floor')
  })
})
