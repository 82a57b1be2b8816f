import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDjangoProduction, type DjangoProduction } from '../support/django-production.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { PYTHON } from '../support/python.ts'
import { copyOf, differencesSince, rehearse, type Rehearsing } from '../support/rehearsal.ts'

let server: TestPostgres
let url: string
let portfolio: DjangoProduction

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
  url = await server.createDatabase('building')
})
afterEach(async () => {
  await portfolio.stop()
  const client = await server.connect()
  for (const name of ['building', 'before'])
    await client.query(`drop database if exists ${name} with (force)`)
})

const asked = (): Rehearsing => ({
  ...portfolio.rehearsing,
  vars: { ...portfolio.rehearsing.vars, pitr: 'yes' },
})

/** Calls of the service program that only look; some of them run beside each other. */
const LOOKS = /^(?:image|page|setting|metric|workers check)/

const calls = (): readonly string[] =>
  readFileSync(join(portfolio.state, 'calls.log'), 'utf8').trimEnd().split('\n')

/** What the service program was told to do after so many calls. */
const toldAfter = (count: number): readonly string[] =>
  calls()
    .slice(count)
    .filter((call) => !LOOKS.test(call))

const UNTIL_MIGRATING = ['workers pause', 'maintenance on', 'traffic page', 'stop']

describe.skipIf(PYTHON === undefined)('the rehearsal of the Django runbook', { timeout: 600_000 }, () => {
  it('migrates a real project and opens it again', async () => {
    portfolio = await startDjangoProduction(url)
    const prepared = calls().length
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    expect(toldAfter(prepared)).toEqual([
      ...UNTIL_MIGRATING,
      'start portfolio:2026.11',
      'maintenance off',
      'traffic open',
      'workers resume',
    ])
    expect(calls().slice(prepared)).toEqual(
      expect.arrayContaining([
        'image portfolio:2026.11',
        'page check',
        'setting DATABASE_URL',
        'setting DJANGO_DB_CONN_MAX_AGE',
        'setting DJANGO_DB_CONN_HEALTH_CHECKS',
        'metric latency',
        'workers check',
      ]),
    )
    expect(portfolio.project.manage(url, 'verify_pg_schema', '--show-counts')).toContain(
      'building_unit: 1000',
    )
    expect(done.steps).toMatchObject({
      'pitr-ready': 'done',
      'first-hour': 'done',
      'first-backup-tried': 'done',
    })
    expect(done.text('notices.md')).toContain('The portfolio is open again')
  })

  it('goes back to the verified backup when a migration fails half way', async () => {
    portfolio = await startDjangoProduction(url, ['--duplicate-label'])
    // Nobody may be connected to what is copied.
    portfolio.service('stop')
    const before = await copyOf(url, 'before')
    portfolio.service('start', 'portfolio:2026.10')
    const prepared = calls().length
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    expect(done.told).toContain('building.0005_unit_label_once_per_building')
    expect(toldAfter(prepared)).toEqual([
      ...UNTIL_MIGRATING,
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
    expect(portfolio.project.manage(url, 'showmigrations', '--plan')).toContain(
      '[ ]  building.0003_unit_floor',
    )
  })
})
