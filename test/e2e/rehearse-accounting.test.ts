import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { djangoProject } from '../support/django.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { libpq, PYTHON } from '../support/python.ts'
import {
  copyOf,
  differencesSince,
  makePlaces,
  rehearse,
  startRehearsal,
  type Rehearsing,
} from '../support/rehearsal.ts'
import { startStorage } from '../support/storage.ts'

const project = djangoProject('accounting/demo/src')
const demo = join(project.folder, '..')
let server: TestPostgres
let places: ReturnType<typeof makePlaces>
let url: string
let state: string

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

beforeEach(async () => {
  places = makePlaces()
  state = join(places.folder, 'state')
  mkdirSync(state)
  for (const log of ['app.log', 'db.log']) appendFileSync(join(state, log), '')
  url = await server.createDatabase('accounting')
})
afterEach(async () => {
  const client = await server.connect()
  for (const name of ['accounting', 'before'])
    await client.query(`drop database if exists ${name} with (force)`)
  places.remove()
})

/** Three migrations ago, and filled. */
function prepare(...words: readonly string[]): void {
  const { status, stderr } = spawnSync(join(demo, 'prepare'), words, {
    env: { ...libpq(url), PATH: process.env['PATH'], PYTHON },
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
}

const asked = (more: Partial<Rehearsing> = {}): Rehearsing => ({
  runbook: 'accounting.yaml',
  environment: 'demo',
  folder: places.folder,
  ...more,
  secrets: { ACCOUNTING_URL: url, S3_ACCESS_KEY: 'S3RVER', S3_SECRET_KEY: 'S3RVER' },
  vars: {
    python: PYTHON ?? 'python3',
    docker: join(demo, 'docker'),
    service: join(demo, 'service'),
    project: demo,
    state,
    app_log: join(state, 'app.log'),
    db_log: join(state, 'db.log'),
    ...more.vars,
  },
})

/** What was asked of docker and of the load balancer; the words that every call of Python shares are left out. */
const calls = (): readonly string[] =>
  readFileSync(join(state, 'calls.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((call) =>
      call.replace('docker compose exec -T -e PGAPPNAME -e PGOPTIONS app python src/manage.py', 'manage'),
    )
    .filter((call) => !/^manage (?:showmigrations|migrate|sqlmigrate)/.test(call))

const same = async (before: string): Promise<readonly string[]> => {
  const [one, other] = [before, url].map((side, at) => ({
    kind: 'postgres' as const,
    name: `side ${at}`,
    url: side,
  }))
  return differencesSince(one!, other!)
}

describe.skipIf(PYTHON === undefined)('the rehearsal of the accounting launch', { timeout: 600_000 }, () => {
  it('launches a real project, with its backup in object storage', async () => {
    prepare()
    const storage = await startStorage()
    const done = await rehearse(
      asked({ vars: { offsite: 's3', storage: storage.reached.endpoint, bucket: storage.reached.bucket } }),
    )
    const objects = readdirSync(join(storage.directory, 'backups'))
    await storage.stop()

    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    expect(calls()).toEqual([
      'service writing off maintenance',
      'docker compose stop app',
      'manage clear_cache',
      'manage warm_cache',
      'docker compose start app',
      'service writing on 100',
    ])
    expect(project.manage(url, 'showmigrations', '--plan')).not.toContain('[ ]')
    expect(objects.filter((name) => name.includes('.dump')).length).toBeGreaterThan(0)
  })

  it('goes back the quick way when a migration fails', async () => {
    prepare('--unbalanced')
    const before = await copyOf(url, 'before')
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    expect(done.told).toContain('journal entries do not balance')
    expect(calls()).toEqual([
      'service writing off maintenance',
      'docker compose stop app',
      'docker compose start app',
      'service writing on 100',
    ])
    expect(await same(before)).toEqual([])
    expect(readdirSync(join(places.folder, 'appliance')).length).toBe(2)
  })

  it('counts and saves what customers wrote, and has a text for support, when it goes back later', async () => {
    prepare()
    const rehearsal = startRehearsal(asked({ words: ['--back', 'b'] }))
    await rehearsal.until(/✓ Everybody:/)
    project.manage(url, 'book_entry', 'Coffee for the night shift')
    // The watch counts from its first look.
    const errors = setInterval(
      () => appendFileSync(join(state, 'app.log'), 'CRITICAL a total is wrong\n'),
      100,
    )
    const done = await rehearsal.ended
    clearInterval(errors)

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    expect(done.text('notices.md')).toMatch(
      /customers wrote 3 rows in 2 tables, and changed or deleted 0 older ones/,
    )
    const saved = readdirSync(join(places.folder, 'evidence'), { recursive: true, encoding: 'utf8' })
    const entries = saved.find((name) => name.endsWith('public.ledger_journalentry.csv')) ?? ''
    expect(readFileSync(join(places.folder, 'evidence', entries), 'utf8')).toContain(
      'Coffee for the night shift',
    )
    expect(project.manage(url, 'showmigrations', '--plan')).toContain('[ ]  ledger.0002')
    expect(calls().slice(-4)).toEqual([
      'service writing off maintenance',
      'docker compose stop app',
      'docker compose start app',
      'service writing on 100',
    ])
  })
})
