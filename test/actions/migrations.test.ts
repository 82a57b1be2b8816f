import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PostgresTarget } from '../../src/actions/targets.ts'
import { aContext, check, run, temporaryFolder, type TestContext } from '../support/attempt.ts'
import { eachOnItsOwnDatabase } from '../support/databases.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { ALEMBIC, libpq, NO_BYTECODE, PYTHON, python } from '../support/python.ts'
import { makeStandIns, type StandIns } from '../support/stand-ins.ts'

let server: TestPostgres
let main: PostgresTarget
let client: Client
let folder: ReturnType<typeof temporaryFolder>
eachOnItsOwnDatabase('migrating', (own) => ({ server, main, client } = own))
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const rows = async (query: string): Promise<unknown[]> =>
  (await client.query<unknown[]>({ text: query, rowMode: 'array' })).rows.flat()

async function failed(work: Promise<unknown>) {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof Error && 'changed' in error)) throw new Error('it did not fail', { cause: error })
  return error
}

const outcomes = (result: { readonly parts?: readonly { name: string; outcome: string }[] }) =>
  result.parts?.map(({ name, outcome }) => `${name} ${outcome}`)

/** A session that holds a lock on a table while `work` goes on. */
async function whileLocked<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
  const other = await server.connect(main.url)
  await other.query(`set application_name = 'reporting'; begin; lock table ${table} in access exclusive mode`)
  try {
    return await work()
  } finally {
    await other.end()
  }
}

describe.skipIf(PYTHON === undefined)('Django', () => {
  const project = resolve('runbooks/django-production/demo')
  const manage = (...words: string[]) =>
    python([PYTHON ?? '', 'manage.py', ...words], { cwd: project, env: libpq(main.url) })
  const input = (more: object = {}) => ({
    target: main,
    argv: [PYTHON, 'manage.py'],
    cwd: project,
    env: NO_BYTECODE,
    ...more,
  })
  const migrate = (more: object = {}, context: TestContext = aContext(folder.path)) =>
    run('django.migrate', input(more), context)
  const pending = (more: object = {}) => check('django.pending', input(more), aContext(folder.path))

  it('applies what is pending and tells each migration with its begin and its length', async () => {
    manage('migrate', 'building', '0002')
    manage('seed_demo')
    const context = aContext(folder.path)
    const before = await pending()
    const result = await migrate({}, context)

    expect(before).toMatchObject({ green: false, measured: { rows: 4 } })
    expect(result).toMatchObject({
      summary: expect.stringMatching(/^4 migrations applied: building\.0003_unit_floor, /),
      facts: {
        migrations: 4,
        failed: null,
        applied: await rows(
          `select app || '.' || name from django_migrations where name > '0003' order by id`,
        ),
      },
    })
    expect(outcomes(result)).toEqual([
      'building.0003_unit_floor done',
      'building.0004_floor_from_label done',
      'building.0005_unit_label_once_per_building done',
      'building.0006_unit_by_floor done',
    ])
    expect(
      result.parts?.every(({ startedAt, durationMs }) => startedAt !== undefined && durationMs !== undefined),
    ).toBe(true)
    expect(context.seen).toContainEqual(
      expect.objectContaining({
        total: 4,
        unit: 'migrations',
        label: expect.stringContaining('0003_unit_floor'),
      }),
    )
    expect(await pending()).toMatchObject({ green: true, answer: 'none pending' })
    expect(
      await rows(`select count(*)::int from building_unit where floor = split_part(label, '-', 1)::int`),
    ).toEqual([1000])
    expect(manage('verify_pg_schema', '--show-counts')).toContain('building_unit: 1000')
  })

  it('has nothing to do the second time', async () => {
    manage('migrate')

    expect(await migrate()).toMatchObject({
      summary: expect.stringContaining('Nothing was pending'),
      facts: { migrations: 0 },
    })
  })

  it('names the migration that failed, why, and what is in', async () => {
    manage('migrate', 'building', '0002')
    manage('seed_demo', '--duplicate-label')
    const failure = await failed(migrate())

    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /^building\.0005_unit_label_once_per_building: could not create unique index .*Key \(building_id, label\)/,
      ),
      changed:
        'nothing of building.0005_unit_label_once_per_building was applied; building.0003_unit_floor and building.0004_floor_from_label are in',
      exit: 1,
      facts: { migrations: 2, failed: 'building.0005_unit_label_once_per_building' },
    })
    expect(outcomes(failure as never)).toEqual([
      'building.0003_unit_floor done',
      'building.0004_floor_from_label done',
      'building.0005_unit_label_once_per_building failed',
      'building.0006_unit_by_floor not run',
    ])
  })

  it('ends when it waits for a lock past its time, and names who holds it', async () => {
    manage('migrate', 'building', '0002')
    const context = aContext(folder.path)
    const failure = await failed(
      whileLocked('building_unit', () => migrate({ lock_timeout: '1500ms' }, context)),
    )

    expect(failure.message).toMatch(
      /^building\.0003_unit_floor: it waited for a lock past its time: "building_unit" is locked by pid \d+ \(reporting, idle in transaction, /,
    )
    expect(context.seen).toContainEqual(
      expect.objectContaining({
        label: expect.stringMatching(/0003_unit_floor .*waits for pid \d+ \(reporting\)/),
      }),
    )
  })

  it('says so where a migration is no transaction', async () => {
    manage('migrate', 'building', '0005')
    const failure = await failed(whileLocked('building_unit', () => migrate({ lock_timeout: '1s' })))

    expect(failure).toMatchObject({
      changed: 'building.0006_unit_by_floor is not atomic: a part of it may be in; none of this step is in',
    })
  })

  it('goes no further where the project works on another database than the target', async () => {
    manage('migrate')
    const other = await server.createDatabase(`${new URL(main.url).pathname.slice(1)}_other`)
    const failure = await failed(migrate({ env: { ...NO_BYTECODE, DATABASE_URL: other } }))

    expect(failure).toMatchObject({
      message: expect.stringContaining('which main has already'),
      changed: 'nothing was applied',
    })
  })

  it('tells what a migration of data found wrong', async () => {
    const accounting = { argv: [PYTHON, 'src/manage.py'], cwd: resolve('runbooks/accounting/demo') }
    const words = (...more: string[]) =>
      python([PYTHON ?? '', 'src/manage.py', ...more], { cwd: accounting.cwd, env: libpq(main.url) })
    words('migrate', 'ledger', '0001')
    words('seed_demo', '--unbalanced', '--entries', '20')
    const failure = await failed(migrate(accounting))

    expect(failure).toMatchObject({
      message: 'ledger.0003_fill_totals: journal entries do not balance: 4',
      changed: 'nothing of ledger.0003_fill_totals was applied; ledger.0002_entry_currency_and_total is in',
    })
  })

  it('holds the pending ones against those that are expected', async () => {
    manage('migrate', 'building', '0004')
    const exactly = ['building.0005_unit_label_once_per_building', 'building.0006_unit_by_floor']

    expect(await pending({ exactly })).toMatchObject({ green: true })
    expect(await pending({ exactly: exactly.slice(1) })).toMatchObject({
      green: false,
      answer: expect.stringContaining('not expected: building.0005_unit_label_once_per_building'),
    })
  })
})

describe.skipIf(ALEMBIC === undefined)('Alembic', () => {
  const input = (more: object = {}) => ({
    target: main,
    argv: [ALEMBIC],
    cwd: resolve('test/fixtures/alembic'),
    env: NO_BYTECODE,
    ...more,
  })
  const upgrade = (more: object = {}) => run('alembic.upgrade', input(more), aContext(folder.path))
  const pending = (more: object = {}) => check('alembic.pending', input(more), aContext(folder.path))

  it('upgrades to a revision and to head, each revision a part', async () => {
    const first = await upgrade({ to: '2b90' })
    const before = await pending({ exactly: ['3c51', '4d07'] })
    const second = await upgrade()

    expect(outcomes(first)).toEqual(['1a2f done', '2b90 done'])
    expect(before).toMatchObject({ green: true, answer: '2 migrations pending: 3c51, 4d07' })
    expect(outcomes(second)).toEqual(['3c51 done', '4d07 done'])
    expect(await rows('select version_num from alembic_version')).toEqual(['4d07'])
    expect(await upgrade()).toMatchObject({ facts: { migrations: 0 } })
  })

  it('names the revision that failed; the others of the upgrade went back with it', async () => {
    await upgrade({ to: '2b90' })
    await client.query(`insert into customers values (1, 'A@x'), (2, 'a@X')`)
    const failure = await failed(upgrade())

    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /^4d07: could not create unique index "customers_email_once".*Key \(email\)=\(a@x\)/,
      ),
      changed: 'nothing of 4d07 was applied; none of this step is in',
      facts: { migrations: 0, failed: '4d07' },
    })
    expect(outcomes(failure as never)).toEqual(['3c51 not run', '4d07 failed'])
  })
})

describe('Prisma', () => {
  let standIns: StandIns
  beforeEach(() => {
    const run = readFileSync(resolve('test/fixtures/prisma/prisma.sh'), 'utf8')
    standIns = makeStandIns({ npx: [{ call: /^--no-install prisma migrate (status|deploy)$/, run }] })
  })
  afterEach(() => standIns.remove())

  const context = () => aContext(folder.path, { environment: { ...process.env, PATH: standIns.path } })
  const input = (more: object = {}) => ({ target: main, cwd: resolve('test/fixtures/prisma'), ...more })
  const ALL = ['20261001000000_customers', '20261014000000_order_totals', '20261020000000_unique_emails']

  it('asks for the status, whose exit code 1 means pending, and deploys', async () => {
    const before = await check('prisma.pending', input({ exactly: ALL }), context())
    const result = await run('prisma.migrate', input(), context())
    const after = await check('prisma.pending', input(), context())

    expect(before).toMatchObject({ green: true })
    expect(outcomes(result)).toEqual(ALL.map((name) => `${name} done`))
    expect(after).toMatchObject({ green: true, answer: 'none pending' })
    expect(standIns.lines().slice(1, 3)).toEqual([
      'npx --no-install prisma migrate status',
      'npx --no-install prisma migrate deploy',
    ])
  })

  it('names the migration that failed, and refuses to go on over one that is failed', async () => {
    const [first = ''] = ALL
    await client.query(
      readFileSync(resolve('test/fixtures/prisma/prisma/migrations', first, 'migration.sql'), 'utf8'),
    )
    const failure = await failed(run('prisma.migrate', input(), context()))
    const again = await failed(run('prisma.migrate', input(), context()))

    expect(failure).toMatchObject({
      message: expect.stringMatching(/^20261001000000_customers: .*relation "Customer" already exists/),
      changed: expect.stringContaining('is marked as failed in _prisma_migrations'),
      facts: { migrations: 0 },
    })
    expect(outcomes(failure as never)).toEqual([
      `${first} failed`,
      ...ALL.slice(1).map((name) => `${name} not run`),
    ])
    expect(again).toMatchObject({ message: expect.stringContaining('left 20261001000000_customers failed') })
  })
})
