import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startCitadelBuy, type CitadelBuy } from '../support/citadelbuy.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  copyOf,
  differencesSince,
  makePlaces,
  rehearse,
  RUNBOOKS,
  type Rehearsing,
} from '../support/rehearsal.ts'

let server: TestPostgres
let places: ReturnType<typeof makePlaces>
let shop: CitadelBuy
let target: string
let made = 0

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  places = makePlaces()
  made += 1
  target = await server.createDatabase('citadelbuy')
  shop = await startCitadelBuy(places.folder, server, target)
})
afterEach(async () => {
  await shop.stop()
  const client = await server.connect()
  await client.query('drop database citadelbuy with (force)')
  await client.end()
  places.remove()
})

const asked = (): Rehearsing => ({
  runbook: 'citadelbuy.yaml',
  environment: 'demo',
  folder: places.folder,
  secrets: { DATABASE_URL: target },
  vars: shop.vars,
  standIns: shop.standIns,
})

const postgres = (name: string, url: string) => ({ kind: 'postgres' as const, name, url })

const kubectl = (call: string): string => `kubectl --context citadelbuy-demo --namespace citadelbuy ${call}`

describe('the rehearsal of CitadelBuy', () => {
  it('applies the seven migrations, tests them, and opens the shop', { timeout: 600_000 }, async () => {
    const before = shop.surroundings()
    const done = await rehearse(asked())

    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    const client = await server.connect(target)
    const { rows } = await client.query<{ name: string }>(
      'select migration_name as name from _prisma_migrations where finished_at is not null order by 1',
    )
    expect(rows.map(({ name }) => name.slice(15))).toEqual([
      'password_reset_table',
      'phase30_sync',
      'vendor_management',
      'organization_module',
      'roles_permissions',
      'add_privacy_consent',
      'performance_indexes',
    ])
    expect(shop.surroundings()).toEqual(before)
    expect(shop.calls().filter((call) => / (?:set|scale|patch) /.test(call))).toEqual([
      kubectl('set env deployment/api MAINTENANCE_MODE=true'),
      kubectl('scale deployment/worker --replicas=0'),
      kubectl('patch cronjob/nightly-report --type=merge --patch {"spec":{"suspend":true}}'),
      kubectl('patch cronjob/vendor-payouts --type=merge --patch {"spec":{"suspend":true}}'),
      kubectl('set env deployment/api MAINTENANCE_MODE=true'),
      kubectl('scale deployment/api --replicas=3'),
      kubectl('set env deployment/api MAINTENANCE_MODE=false'),
      kubectl('scale deployment/api --replicas=3'),
      kubectl('scale deployment/worker --replicas=2'),
      kubectl('patch cronjob/nightly-report --type=merge --patch {"spec":{"suspend":false}}'),
      kubectl('patch cronjob/vendor-payouts --type=merge --patch {"spec":{"suspend":false}}'),
    ])
  })

  it(
    'restores the backup when a migration fails, and leaves everything as it was',
    { timeout: 600_000 },
    async () => {
      const before = { url: await copyOf(target, 'before_restore'), surroundings: shop.surroundings() }
      breakMigration('20251204000500_roles_permissions')

      const done = await rehearse(asked())

      expect(done.exit, done.told).toBe(10)
      expect(done.outcome).toBe('rolled back')
      expect(done.findings).toEqual([])
      expect(done.steps['migrate']).toBe('failed')
      expect(await differencesSince(postgres('before', before.url), postgres('now', target))).toEqual([])
      expect(shop.surroundings()).toEqual(before.surroundings)
    },
  )
})

describe('the way back by SQL', () => {
  it.each([
    ['all seven migrations', undefined],
    ['the four that came before one that failed', '20251204000500_roles_permissions'],
  ])('takes %s back, and leaves the database as it was', async (_, broken) => {
    const before = await copyOf(target, `before_sql_${made}`)
    if (broken !== undefined) breakMigration(broken)
    const migrated = shop.run(join(shop.standIns, 'npx'), ['--no-install', 'prisma', 'migrate', 'deploy'], {
      cwd: 'organization/apps/api',
    })
    expect(migrated.status).toBe(broken === undefined ? 0 : 1)

    const undone = shop.run('bash', ['-euo', 'pipefail', join(RUNBOOKS, 'citadelbuy/undo-migrations.sh')])

    expect([undone.status, undone.stderr]).toEqual([0, expect.not.stringContaining('ERROR')])
    expect(await differencesSince(postgres('before', before), postgres('now', target))).toEqual([])
  })

  it('takes nothing back where something else has come to depend on a new table', async () => {
    shop.run(join(shop.standIns, 'npx'), ['--no-install', 'prisma', 'migrate', 'deploy'], {
      cwd: 'organization/apps/api',
    })
    const client = await server.connect(target)
    await client.query('create view companies as select name from organizations')
    await client.end()
    const before = await copyOf(target, `before_sql_${made}`)

    const undone = shop.run('bash', ['-euo', 'pipefail', join(RUNBOOKS, 'citadelbuy/undo-migrations.sh')])

    expect(undone.status).not.toBe(0)
    expect(undone.stderr).toContain('view companies depends on table organizations')
    expect(await differencesSince(postgres('before', before), postgres('now', target))).toEqual([])
  })
})

/** It finds a table that is there already, in the fifth of seven. */
function breakMigration(name: string) {
  const file = join(places.folder, 'organization/apps/api/prisma/migrations', name, 'migration.sql')
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nCREATE TABLE "users" ("id" UUID);\n`)
}
