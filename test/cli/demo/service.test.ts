import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { holdersOf } from '../../../src/actions/sqlite/holders.ts'
import { makeDataSet } from '../../../src/cli/demo/data/data-set.ts'
import { serviceProgram } from '../../../src/cli/demo/service/program.ts'
import { choosePort } from '../../../src/cli/local/ports.ts'
import { startTestPostgres, type TestPostgres } from '../../support/postgres.ts'
import { readSqlite } from '../../support/sqlite.ts'

const schemaFolder = join(import.meta.dirname, '../../../runbooks/ward-ops/demo')
let folder: string
let environment: Record<string, string | undefined>
let sqlite: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-service-'))
  sqlite = join(folder, 'ward.db')
  makeDataSet({ path: sqlite, schemaFolder, rows: 3000, seed: 1, until: Date.now() })
  environment = {
    PATH: process.env['PATH'],
    CUTOVER_VAR_HEALTH: `http://127.0.0.1:${await choosePort()}/api/v1/health`,
    CUTOVER_VAR_SQLITE: 'ward.db',
    CUTOVER_VAR_APP_LOG: 'log/api.log',
  }
})
afterEach(() => run('stop'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(words: string, more: Record<string, string> = {}): Promise<string> {
  let said = ''
  await serviceProgram({
    words: words.split(' '),
    environment: { ...environment, ...more },
    folder,
    say: (line) => (said += line),
  })
  return said
}

async function health(): Promise<unknown> {
  return (await fetch(environment['CUTOVER_VAR_HEALTH'] ?? '')).json()
}

const pings = () => (readSqlite(sqlite, 'select count(*) as n from ping_results')[0] as { n: number }).n

describe('the stand-in of Ward OPS', () => {
  it('runs on SQLite in WAL mode as a process of its own that has the file open', async () => {
    await run('start sqlite')

    expect(await health()).toEqual({ status: 'ok', database: 'sqlite', jobs: 'stopped' })
    expect(existsSync(`${sqlite}-wal`)).toBe(true)
    expect(holdersOf(sqlite).holders.map(({ command }) => command)).toEqual(['node main.js'])
  })

  it('writes while its jobs run and when it is told to ping, and not otherwise', async () => {
    await run('start sqlite')
    const before = pings()
    await run('ping')
    expect(pings()).toBe(before + 1)

    await run('jobs start')
    await expect.poll(pings).toBeGreaterThan(before + 2)
    await run('jobs stop')
    const stopped = pings()

    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(pings()).toBe(stopped)
  })

  it('lets go of the file when it is stopped; stopping twice is no error, starting twice is one', async () => {
    await run('start sqlite')
    await expect(run('start sqlite')).rejects.toThrow(/runs already/)

    expect(await run('stop')).toMatch(/has ended/)

    expect(holdersOf(sqlite).holders).toEqual([])
    expect(await run('stop')).toBe('Ward OPS is not running')
  })

  it('says what its log says when it cannot start, and what it can do when it is asked for something else', async () => {
    await expect(
      run('start postgres', { PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'x', PGDATABASE: 'y' }),
    ).rejects.toThrow(/Ward OPS/)
    await expect(run('restart')).rejects.toThrow(/usage: jobs start/)
  })
})

describe('the stand-in on PostgreSQL', () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startTestPostgres()
  })
  afterAll(() => server.stop())

  it('serves and writes there, with a password from a passfile that is gone afterwards', async () => {
    const url = new URL(await server.createDatabase('ward_ops'))
    const client = await server.connect(url.href)
    for (const file of ['001_core_schema.sql', '002_reporting_views.sql'])
      await client.query(readFileSync(join(schemaFolder, '..', file), 'utf8'))
    await client.query(
      `insert into standalone_devices (name, ip_address, created_at, updated_at) values ('one', '10.0.0.1', now(), now())`,
    )
    const passfile = join(folder, 'passfile')
    writeFileSync(passfile, `*:*:*:*:${decodeURIComponent(url.password).replaceAll(/[\\:]/g, '\\$&')}\n`)

    await run('start postgres', {
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: url.username,
      PGDATABASE: 'ward_ops',
      PGPASSFILE: passfile,
    })
    rmSync(passfile)
    await run('ping')

    expect(await health()).toMatchObject({ status: 'ok', database: 'postgresql' })
    expect((await client.query('select device_id, is_up from ping_results')).rows).toEqual([
      { device_id: '1', is_up: true },
    ])
  })
})
