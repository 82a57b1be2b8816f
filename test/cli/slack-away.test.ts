import { execa } from 'execa'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeEventLog } from '../../src/postgres/event-log.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { openInLog, writeLogin } from '../support/serving.ts'
import { ANA } from '../support/plans.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let folder: string
let server: TestPostgres
let pool: Pool
let url: string
let serve: ReturnType<typeof run>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-slack-away-'))
  mkdirSync(join(folder, 'runbooks'))
  server = await startTestPostgres()
  const database = new URL(await server.createDatabase('cutover_log'))
  pool = new Pool({ connectionString: database.href, max: 2 })
  pool.on('error', () => undefined)
  await migrate(pool)
  url = `http://127.0.0.1:${await freePort()}`
  writeFileSync(join(folder, 'password'), decodeURIComponent(database.password), { mode: 0o600 })
  database.password = ''
  serve = run(['serve'], {
    CUTOVER_DATABASE_URL: database.href,
    CUTOVER_DATABASE_PASSWORD_FILE: join(folder, 'password'),
    CUTOVER_LISTEN: new URL(url).host,
    CUTOVER_RUNBOOKS: join(folder, 'runbooks'),
    CUTOVER_SLACK_BOT_TOKEN: 'xoxb-local-1',
    CUTOVER_SLACK_APP_TOKEN: 'xapp-local-1',
    // Nobody listens there: Slack is away from the first moment on.
    CUTOVER_SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/`,
  })
  while (!(await fetch(`${url}/healthz`).catch(() => null))?.ok) await sleep(100)
})
afterAll(async () => {
  serve.kill('SIGTERM')
  await serve
  await pool.end()
  await server.stop()
  rmSync(folder, { recursive: true })
})

function run(words: readonly string[], settings: Readonly<Record<string, string>>) {
  return execa(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...settings },
    extendEnv: false,
    reject: false,
  })
}

async function freePort(): Promise<number> {
  const one = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => one.once('listening', resolve))
  const { port } = one.address() as AddressInfo
  await new Promise((resolve) => one.close(resolve))
  return port
}

describe('while Slack is away since before serve started', () => {
  it('who has a login can hold, look and resume from the command line', async () => {
    const log = makeEventLog(pool)
    const id = await openInLog(log, 'slackaway')
    await writeLogin(makeLogins(pool), ANA, { folder, url })
    const cutover = (words: readonly string[]) =>
      run(words, { CUTOVER_URL: url, XDG_CONFIG_HOME: join(folder, ANA) })

    expect(await cutover(['hold', '--cutover', id])).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await log.load(id))?.state.held?.by).toEqual({ kind: 'person', person: ANA, via: 'cli' })
    const shown = await cutover(['status', '--cutover', id])
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toContain('HELD')
    expect(await cutover(['note', 'mail to me@example.org', '--cutover', id])).toMatchObject({ exitCode: 0 })
    expect(await cutover(['resume', '--cutover', id])).toMatchObject({ exitCode: 0 })
  })
})
