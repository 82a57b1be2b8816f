import { execa } from 'execa'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstallation, type Installation } from '../support/installation.ts'
import { makeKnown } from '../support/known-plans.ts'
import { opening } from '../support/opened.ts'
import { aPlan } from '../support/plans.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let installation: Installation
let owner: Record<string, string>

beforeAll(async () => {
  installation = await startInstallation()
  const url = new URL(installation.url)
  const file = join(installation.folder, 'owner.password')
  writeFileSync(file, decodeURIComponent(url.password), { mode: 0o600 })
  url.password = ''
  // A server that writes down all that it is told.
  await installation.pool.query(`alter system set log_statement = 'all'`)
  await installation.pool.query('select pg_reload_conf()')
  owner = { CUTOVER_DATABASE_URL: url.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
})
afterAll(() => installation.stop())

const fileOf = (name: string): string => join(installation.folder, name)

function cutover(words: readonly string[], settings: Readonly<Record<string, string>> = owner) {
  return execa(process.execPath, [MAIN, ...words], {
    cwd: installation.folder,
    env: { PATH: process.env['PATH'], CUTOVER_LOG_LEVEL: 'silent', ...settings },
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
}

const as = (login: string, file: string): Record<string, string> => {
  const url = new URL(owner['CUTOVER_DATABASE_URL'] ?? '')
  url.username = login
  return { CUTOVER_DATABASE_URL: url.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
}

describe('the logins of the log', () => {
  it('are made by the owner, each with its password in a file that is closed to others', async () => {
    const before = await cutover(['pool', 'login', 'db', '--password-file', fileOf('db.password')])
    expect(before).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/do `cutover migrate` first/) })
    expect(existsSync(fileOf('db.password'))).toBe(false)

    const migrated = await cutover(['migrate', '--serve-password-file', fileOf('serve.password')])
    expect(migrated.stdout).toMatch(
      /up to date\.\nThe roles cutover_serve and cutover_worker have what they need\.\n`serve` logs in as cutover_serve/,
    )
    const made = await cutover(['pool', 'login', 'db', '--password-file', fileOf('db.password')])
    expect(made).toMatchObject({
      exitCode: 0,
      stdout: `The workers of the pool db log in as cutover_pool_db, by the password in ${fileOf('db.password')}.`,
    })

    for (const name of ['serve.password', 'db.password']) {
      expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600)
      expect(readFileSync(fileOf(name), 'utf8').trim()).toMatch(/^[\w-]{43}$/)
    }
    // The server itself was told a verifier only.
    const said = readFileSync(await serverLog(), 'utf8')
    expect(said).toContain("password 'SCRAM-SHA-256$")
    expect(said).not.toContain(readFileSync(fileOf('db.password'), 'utf8').trim())
  })

  it('rotate: the password that was there before is worth nothing', async () => {
    const old = fileOf('old.password')
    writeFileSync(old, readFileSync(fileOf('db.password')), { mode: 0o600 })
    const rotated = await cutover(['pool', 'login', 'db', '--password-file', fileOf('db.password')])
    expect(rotated.stdout).toMatch(
      /has another password.*Start the worker of the pool db again: what runs goes on/,
    )

    writeFileSync(fileOf('bindings.json'), '{"environments":{}}', { mode: 0o600 })
    const late = await cutover(['worker', '--pool', 'db'], {
      ...as('cutover_pool_db', old),
      CUTOVER_BINDINGS: fileOf('bindings.json'),
    })
    expect(late).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/PostgreSQL refuses the login/) })
  })

  it.each<[string, readonly string[], () => Record<string, string>, RegExp]>([
    [
      'a worker of another pool',
      ['worker', '--pool', 'web'],
      () => ({ ...as('cutover_pool_db', fileOf('db.password')), CUTOVER_BINDINGS: fileOf('bindings.json') }),
      /cutover_pool_db is that of the pool db: it may not speak for another one/,
    ],
    [
      'migrate by the login of a pool',
      ['migrate'],
      () => as('cutover_pool_db', fileOf('db.password')),
      /may not do it.*as the owner of the log/,
    ],
    [
      'a login for a pool by the login of serve',
      ['pool', 'login', 'x', '--password-file', 'x'],
      () => as('cutover_serve', fileOf('serve.password')),
      /The login cutover_serve may not make roles\. Run this as the owner/,
    ],
    [
      'releasing a pool by the login of a pool',
      ['pool', 'release', 'db'],
      () => as('cutover_pool_db', fileOf('db.password')),
      /may not do it/,
    ],
    [
      'a pool of no name',
      ['pool', 'login', 'No Pool', '--password-file', 'x'],
      () => owner,
      /"No Pool" is no pool: small letters/,
    ],
    [
      'removing what is not there',
      ['pool', 'remove', 'never'],
      () => owner,
      /has no login of its own\. Nothing was changed/,
    ],
  ])('%s is refused in words', async (_, words, settings, why) => {
    const { stderr, exitCode } = await cutover(words, settings())
    expect(stderr).toMatch(why)
    expect(stderr).not.toMatch(/permission denied|Cutover failed inside/)
    expect([2, 3]).toContain(exitCode)
  })
})

describe('a worker with the login of its pool', () => {
  it('carries a step out, tells what was done on its host, and has the password of the log in no environment, neither its own nor that of the step', async () => {
    const { log, until, folder } = installation
    const password = readFileSync(fileOf('db.password'), 'utf8').trim()
    const url = new URL(installation.url)
    url.username = 'cutover_pool_db'
    url.password = password
    const worker = await startWorkerProcess({ url: url.href, folder })
    const plan = aPlan()
      .run('work', {
        begin: 'auto',
        work: { uses: 'command', with: { argv: ['bash', '-c', 'env; sleep 1.5'] } },
      })
      .with({ live: false, environment: 'staging', targets: {} })
      .build()
    makeKnown(log, 'logins', plan)
    const id = await opening(log, plan, 'logins')
    await until(id, ({ attempts }) => attempts[`${id}.work.1`]?.status === 'running')

    const pid = JSON.parse(
      readFileSync(join(folder, 'spool', 'attempts', `${id}.work.1`, 'pid.json'), 'utf8'),
    )
    for (const one of [worker.pid, pid.runner.pid, pid.child.pid]) {
      const environment = readFileSync(`/proc/${one}/environ`, 'utf8')
      expect(environment).not.toContain(password)
      expect(readFileSync(`/proc/${one}/cmdline`, 'utf8')).not.toContain(password)
      expect(environment.includes('CUTOVER_DATABASE')).toBe(one === worker.pid)
    }
    await cutover(['worker', 'hold', '--reason', 'a look'], { CUTOVER_SPOOL: join(folder, 'spool') })
    await until(id, ({ notes }) => notes.some(({ text }) => text.includes('held the worker')))
    const done = await until(id, ({ steps }) => steps['work']?.status === 'done')
    expect(done.attempts[`${id}.work.1`]).toMatchObject({ outcome: 'succeeded', exit: 0 })
    expect(await worker.stop()).toBe(0)
    for (const file of filesBelow(join(folder, 'spool'))) {
      expect(readFileSync(file, 'utf8'), file).not.toContain(password)
    }
  })
})

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function serverLog(): Promise<string> {
  const { rows } = await installation.pool.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  )
  return join(rows[0]?.folder ?? '', '..', 'postgres.log')
}
