import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { startPrintOptim, type Faults, type PrintOptim } from '../support/printoptim.ts'
import { copyOf, differencesSince, rehearse, type Rehearsed } from '../support/rehearsal.ts'

let server: TestPostgres
let printOptim: PrintOptim
let database: string

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
afterEach(async () => {
  await printOptim.stop()
  const client = await server.connect()
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(datname) as name from pg_database where datname <> 'postgres' and not datistemplate`,
  )
  for (const { name } of rows) await client.query(`drop database ${name} with (force)`)
  await client.end()
})

async function start(faults: Faults = {}): Promise<void> {
  database = await server.createDatabase('printoptim_demo')
  printOptim = await startPrintOptim(database, faults)
}

const lines = (): readonly string[] => printOptim.standIns.lines()
/** Looking may happen more than once. */
const changes = (line: string): boolean => !/ show$| --dry-run$/.test(line)

async function asBefore(before: string): Promise<readonly string[]> {
  const at = (name: string, url: string) => ({ kind: 'postgres' as const, name, url })
  return differencesSince(at('before', before), at('now', database))
}

const factsOf = ({ events }: Rehearsed) =>
  events.flatMap((event) => (event.type === 'attempt ended' ? [event.data.facts] : []))

async function ask(text: string): Promise<readonly unknown[]> {
  const client = await server.connect(database)
  const { rows } = await client.query<Record<string, unknown>>(text)
  await client.end()
  return rows
}

describe('the rehearsal of PrintOptim', { timeout: 300_000 }, () => {
  it('brings it to the new schema with every row, and lets customers in by stages', async () => {
    await start()

    const done = await rehearse(printOptim.rehearsing)

    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    for (const id of [
      'readings-same',
      'keys-hold',
      'smoke',
      'tenth',
      'traffic-all',
      'old-address-gone',
      'new-release-answers',
      'hour-after',
    ])
      expect([id, done.steps[id]]).toEqual([id, 'done'])
    expect(printOptim.state()).toEqual({ api: true, worker: true, traffic: '100' })
    expect(await ask('select count(*)::int as rows from metering.tb_reading')).toEqual([{ rows: 27_600 }])
    expect(printOptim.standIns.calls().filter(({ known }) => !known)).toEqual([])
    expect(lines()).toContain('confiture build --env demo --dry-run')
    expect(lines().filter(changes)).toEqual([
      'printoptim-traffic set 0',
      'systemctl stop printoptim_api',
      'systemctl stop printoptim_worker',
      'systemctl start printoptim_api',
      'pytest tests/smoke/ -v --junitxml=smoke.xml',
      'systemctl start printoptim_worker',
      'printoptim-traffic set 10',
      'printoptim-traffic set 100',
    ])
  })

  it('goes back by a swap when a row does not fit, with the database as it was', async () => {
    await start()
    await ask(`insert into counter_reading (printer_id, read_at, black, colour) values (7, now(), -1, 0)`)
    const before = await copyOf(database, 'before')

    const done = await rehearse(printOptim.rehearsing)

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    expect(done.steps['migrate-data']).toBe('failed')
    expect(await asBefore(before)).toEqual([])
    expect(printOptim.state()).toEqual({ api: true, worker: true, traffic: '100' })
    expect(lines().filter(changes).slice(-3)).toEqual([
      'systemctl start printoptim_worker',
      'systemctl start printoptim_api',
      'printoptim-traffic set 100',
    ])
    const [swap] = factsOf(done).filter((facts) => 'downtimeMs' in facts)
    expect(swap?.['database']).toBe('printoptim_demo')
    expect(swap?.['downtimeMs']).toBeLessThan(5000)
  })

  it('goes back after customers have written, and keeps what they wrote until the API stood still', async () => {
    await start({ reopeningFails: true })
    const before = await copyOf(database, 'before')

    const done = await rehearse(printOptim.rehearsing)

    expect(done.exit, done.told).toBe(10)
    expect(done.steps['traffic-all']).toBe('failed')
    expect(await asBefore(before)).toEqual([])
    expect(printOptim.state()).toEqual({ api: true, worker: true, traffic: '100' })
    const since = factsOf(done).find((facts) => 'replaced' in facts)
    expect(since).toMatchObject({ rows: 2, tables: 1 })
    const [file = ''] = [since?.['files']].flat().map(String)
    const written = readFileSync(file, 'utf8')
    expect(written).toMatch(/,7,2026-11-20 /)
    expect(written).toMatch(/,8,2026-11-20 /)
  })
})
