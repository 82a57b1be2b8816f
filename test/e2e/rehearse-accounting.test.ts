import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startAccounting, type Accounting } from '../support/accounting.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { PYTHON } from '../support/python.ts'
import { copyOf, differencesSince, rehearse, startRehearsal } from '../support/rehearsal.ts'
import { startStorage } from '../support/storage.ts'

let server: TestPostgres
let url: string
let ledger: Accounting

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  url = await server.createDatabase('accounting')
})
afterEach(async () => {
  const client = await server.connect()
  for (const name of ['accounting', 'before'])
    await client.query(`drop database if exists ${name} with (force)`)
  await ledger.stop()
})

/** What was asked of docker and of the load balancer; the words that every call of Python shares are left out. */
const calls = (): readonly string[] =>
  readFileSync(join(ledger.state, 'calls.log'), 'utf8')
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
    ledger = startAccounting(url)
    const storage = await startStorage()
    const { endpoint, bucket } = storage.reached
    const { rehearsing } = ledger
    const done = await rehearse({
      ...rehearsing,
      vars: { ...rehearsing.vars, offsite: 's3', storage: endpoint, bucket },
    })
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
    expect(ledger.project.manage(url, 'showmigrations', '--plan')).not.toContain('[ ]')
    expect(objects.filter((name) => name.includes('.dump')).length).toBeGreaterThan(0)
  })

  it('goes back the quick way when a migration fails', async () => {
    ledger = startAccounting(url, ['--unbalanced'])
    const before = await copyOf(url, 'before')
    const done = await rehearse(ledger.rehearsing)

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
    expect(readdirSync(join(ledger.folder, 'appliance')).length).toBe(2)
  })

  it('counts and saves what customers wrote, and has a text for support, when it goes back later', async () => {
    ledger = startAccounting(url)
    const rehearsal = startRehearsal({ ...ledger.rehearsing, words: ['--back', 'b'] })
    await rehearsal.until(/✓ Everybody:/)
    ledger.project.manage(url, 'book_entry', 'Coffee for the night shift')
    // The watch counts from its first look.
    const errors = setInterval(
      () => appendFileSync(join(ledger.state, 'app.log'), 'CRITICAL a total is wrong\n'),
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
    const saved = readdirSync(join(ledger.folder, 'evidence'), { recursive: true, encoding: 'utf8' })
    const entries = saved.find((name) => name.endsWith('public.ledger_journalentry.csv')) ?? ''
    expect(readFileSync(join(ledger.folder, 'evidence', entries), 'utf8')).toContain(
      'Coffee for the night shift',
    )
    expect(ledger.project.manage(url, 'showmigrations', '--plan')).toContain('[ ]  ledger.0002')
    expect(calls().slice(-4)).toEqual([
      'service writing off maintenance',
      'docker compose stop app',
      'docker compose start app',
      'service writing on 100',
    ])
  })
})
