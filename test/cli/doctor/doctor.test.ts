import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/cli/config.ts'
import { cutoverProgram } from '../../../src/cli/program.ts'
import { roomFinding } from '../../../src/cli/doctor/spool.ts'
import { doctor } from '../../../src/cli/doctor/doctor.ts'
import { nodeFinding } from '../../../src/cli/doctor/host.ts'
import { redisFindings } from '../../../src/cli/doctor/queue.ts'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { VERSION } from '../../../src/cli/version.ts'
import { prepareQueue } from '../../../src/jobs/queue-schema.ts'
import { startMailSink } from '../../../src/mail/mail-sink.ts'
import { makePresence } from '../../../src/postgres/presence.ts'
import { makePoolLogin, makeServeLogin } from '../../../src/postgres/pool-logins.ts'
import { makeRoles } from '../../../src/postgres/roles.ts'
import { claimSpool } from '../../../src/process/spool-claim.ts'
import { openSpool } from '../../../src/process/spool.ts'
import { startWorkspace, type Workspace } from '../../../src/workspace/server.ts'
import manifest from '../../../slack-manifest.json' with { type: 'json' }
import { startTestLog, type TestLog } from '../../support/log.ts'
import { silentTerminal } from '../../repository/commands.ts'
import { describeWithRedis, startTestRedis, type TestRedis } from '../../support/redis.ts'
import { openInLog } from '../../support/serving.ts'

let log: TestLog
let workspace: Workspace
let mail: Awaited<ReturnType<typeof startMailSink>>
let folder: string
let target: string

const RUNBOOK = `language: 1
runbook: shop
title: The shop moves
owner: platform
pool: db
window: { length: 60m, zone: Europe/Berlin }
roles:
  lead: { title: Lead, from: ["user:U1", "user:U2"] }
audiences: { ops: { slack: "#ops" } }
secrets: [TARGET_URL]
targets:
  source: { sqlite: shop.db }
  main: { postgres: $TARGET_URL }
environments:
  production: { live: true, identity: { main: { database: shop } } }
  staging: {}
phases:
  - phase: Migrate
    at: T-0
    steps:
      - run: Convert
        command: [bash, -c, "true"]
        undo: { do: Convert it back }
      - run: Save
        uses: pg.backup
        with: { from: main, to: backups }
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-doctor-'))
  log = await startTestLog()
  target = await log.server.createDatabase('shop')
  workspace = await startWorkspace({ manifest })
  mail = await startMailSink({ port: 0, folder: join(folder, 'mail') })
  mkdirSync(join(folder, 'runbooks'))
  mkdirSync(join(folder, 'spool'), { mode: 0o700 })
  writeFileSync(join(folder, 'runbooks', 'shop.yaml'), RUNBOOK)
  writeFileSync(join(folder, 'shop.db'), '')
  const environment = { live: false, secrets: { TARGET_URL: target } }
  writeBindings({ production: { ...environment, live: true }, staging: environment })
})
afterAll(async () => {
  await mail.stop()
  await workspace.stop()
  await log.stop()
  rmSync(folder, { recursive: true })
})

function writeBindings(environments: object, file = 'bindings.json', mode = 0o600): string {
  const path = join(folder, file)
  writeFileSync(path, JSON.stringify({ environments }), { mode })
  chmodSync(path, mode)
  return path
}

/** Everything in order, but for what a test says. */
function settings(changed: Readonly<Record<string, string>> = {}): Record<string, string> {
  const url = new URL(log.url)
  const password = join(folder, 'password')
  writeFileSync(password, decodeURIComponent(url.password), { mode: 0o600 })
  url.password = ''
  return {
    CUTOVER_DATABASE_URL: url.href,
    CUTOVER_DATABASE_PASSWORD_FILE: password,
    CUTOVER_SLACK_BOT_TOKEN: workspace.botToken,
    CUTOVER_SLACK_APP_TOKEN: workspace.appToken,
    CUTOVER_SLACK_API_URL: workspace.apiUrl,
    CUTOVER_SMTP_URL: mail.url,
    CUTOVER_RUNBOOKS: join(folder, 'runbooks'),
    CUTOVER_BINDINGS: join(folder, 'bindings.json'),
    CUTOVER_SPOOL: join(folder, 'spool'),
    CUTOVER_POOL: 'db',
    ...changed,
  }
}

type Changed = Readonly<Record<string, string>>
type Place = Partial<Omit<Parameters<typeof doctor>[0], 'config'>>

async function look(title: string, changed: Changed = {}, place: Place = {}): Promise<readonly Finding[]> {
  const { sections } = await doctor({
    config: readConfig(settings(changed)),
    environment: process.env,
    cwd: folder,
    ...place,
  })
  return sections.find((section) => section.title === title)?.findings ?? []
}

const bad = (findings: readonly Finding[]) => findings.filter(({ health }) => health !== 'ok')
const says = (health: Finding['health'], text: RegExp, fix: RegExp) => ({
  health,
  says: expect.stringMatching(text),
  fix: expect.stringMatching(fix),
})

describe('a host in order', () => {
  it('has nothing to say but what the test server lacks, and a reason and a fix for it', async () => {
    const { sections, isBotHost, pool } = await doctor({
      config: readConfig(settings()),
      environment: process.env,
      cwd: folder,
    })

    expect({ isBotHost, pool }).toEqual({ isBotHost: true, pool: 'db' })
    expect(sections.map(({ title, findings }) => [title, bad(findings).map((one) => one.says)])).toEqual([
      ['This host', [expect.stringContaining('No worker runs on this host')]],
      ['Log', [expect.stringContaining('It may forget'), expect.stringContaining('owns the log')]],
      ['Clocks', []],
      ['Queue', []],
      ['Slack', []],
      ['Notices', []],
      ['Runbooks', [expect.stringContaining('shop.yaml can be opened')]],
      [
        'Targets',
        [expect.stringContaining('server of Cutover’s own log'), expect.stringContaining('server of')],
      ],
      ['Tools', []],
      ['Spool', []],
      [
        'Processes',
        [expect.stringContaining('No `serve`'), expect.stringContaining('No worker has registered')],
      ],
      ['Logins', []],
    ])
    const all = sections.flatMap(({ findings }) => findings)
    expect(all.filter(({ health, fix }) => health !== 'ok' && fix === undefined)).toEqual([])
    expect(all.some(({ says: text }) => text.includes(decodeURIComponent(new URL(log.url).password)))).toBe(
      false,
    )
  })

  it('looks only at what these settings are for', async () => {
    const { CUTOVER_SLACK_BOT_TOKEN: _, CUTOVER_POOL: __, ...neither } = settings()
    const { sections } = await doctor({ config: readConfig(neither), environment: process.env, cwd: folder })

    expect(sections.map(({ title }) => title)).toEqual([
      'This host',
      'Log',
      'Clocks',
      'Queue',
      'Runbooks',
      'Processes',
      'Logins',
    ])
  })
})

describe('the log', () => {
  it('that does not answer is said in words', async () => {
    expect(await look('Log', { CUTOVER_DATABASE_URL: 'postgres://cutover@127.0.0.1:1/x' })).toMatchObject([
      says('error', /does not answer.*CUTOVER_DATABASE_URL/, /Start it/),
    ])
  })

  it('that refuses the login, says so without the password', async () => {
    const wrong = join(folder, 'wrong')
    writeFileSync(wrong, 'hunter2-hunter2', { mode: 0o600 })

    const [found] = await look('Log', { CUTOVER_DATABASE_PASSWORD_FILE: wrong })

    expect(found).toMatchObject(says('error', /refuses the login/, /./))
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  it('without our schema, with an older and with a newer one', async () => {
    const empty = new URL(await log.server.createDatabase('empty'))
    empty.password = ''
    expect(await look('Log', { CUTOVER_DATABASE_URL: empty.href })).toContainEqual(
      says('error', /no schema of Cutover/, /cutover migrate/),
    )

    await log.pool.query(
      `update cutover.migration set name = '9999_future.sql' where name = '0006_contacts.sql'`,
    )
    const [older] = (await look('Log')).filter(({ says: text }) => text.includes('schema'))
    await log.pool.query(`insert into cutover.migration (name) values ('0006_contacts.sql')`)
    const [newer] = (await look('Log')).filter(({ says: text }) => text.includes('schema'))
    await log.pool.query(`delete from cutover.migration where name = '9999_future.sql'`)

    expect(older).toMatchObject(
      says('error', /older than this version: 0006_contacts\.sql/, /cutover migrate/),
    )
    expect(newer).toMatchObject(says('warning', /newer than this version: it has 9999_future\.sql/, /Deploy/))
  })

  it('that this login may not read', async () => {
    await log.pool.query(`create role stranger login password 'stranger'`)
    const url = new URL(log.url)
    url.username = 'stranger'
    url.password = ''
    const file = join(folder, 'stranger')
    writeFileSync(file, 'stranger', { mode: 0o600 })

    const found = await look('Log', { CUTOVER_DATABASE_URL: url.href, CUTOVER_DATABASE_PASSWORD_FILE: file })

    expect(found).toContainEqual(says('error', /may not read the log/, /cutover pool login/))
  })

  it('that is entered with the login of another pool, of the right one, and of serve', async () => {
    await prepareQueue({ kind: 'postgres', connectionString: log.url })
    await makeRoles(log.pool)
    for (const pool of ['db', 'web']) await makePoolLogin(log.pool, pool, `secret-${pool}`)
    await makeServeLogin(log.pool, 'secret-serve')
    const as = (login: string, password: string) => {
      const url = new URL(log.url)
      url.username = login
      url.password = ''
      const file = join(folder, login)
      writeFileSync(file, password, { mode: 0o600 })
      return { CUTOVER_DATABASE_URL: url.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
    }
    const workerOnly = { CUTOVER_SLACK_BOT_TOKEN: '', CUTOVER_SLACK_APP_TOKEN: '' }
    const errors = (findings: readonly Finding[]) => findings.filter(({ health }) => health === 'error')

    expect(await look('Log', { ...as('cutover_pool_web', 'secret-web'), ...workerOnly })).toContainEqual(
      says('error', /that of the pool web, and this is a worker of db/, /cutover pool login db/),
    )
    expect(await look('Log', as('cutover_pool_db', 'secret-db'))).toContainEqual(
      says('error', /not one for `serve`/, /--serve-password-file/),
    )
    const { sections } = await doctor({
      config: readConfig(settings({ ...as('cutover_pool_db', 'secret-db'), ...workerOnly })),
      environment: process.env,
      cwd: folder,
    })
    const titles = ['Log', 'Queue', 'Processes', 'Logins']
    const own = sections.filter(({ title }) => titles.includes(title)).flatMap(({ findings }) => findings)
    expect(errors(own).map((finding) => finding.says)).toEqual([expect.stringContaining('It may forget')])
    expect(own.map((finding) => finding.says)).not.toContainEqual(expect.stringContaining('owns the log'))
    expect(errors(await look('Log', as('cutover_serve', 'secret-serve')))).toHaveLength(1)
  })

  it('is not looked at with a password in its URL', async () => {
    const withPassword = 'postgres://me:secret-secret@127.0.0.1/x'
    const found = await look('Log', { CUTOVER_DATABASE_URL: withPassword })

    expect(found).toMatchObject([says('error', /holds a password/, /./)])
    expect(JSON.stringify(found)).not.toContain('secret-secret')
  })
})

describe('a clock that is off', () => {
  it.each([
    [5_000, 'warning', /5 s ahead of the log/],
    [-600_000, 'error', /(599|600) s behind Slack/],
  ] as const)('by %i ms is a %s', async (offMs, health, text) => {
    const found = await look('Clocks', {}, { now: () => Date.now() + offMs })

    expect(bad(found)).toHaveLength(2)
    expect(found).toContainEqual(says(health, text, /time synchronisation/))
  })
})

describe('Slack', () => {
  const fault = (body: object) =>
    fetch(`${workspace.url}/control/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  it.each(['bot', 'app'])('that has revoked the token of the %s', async (token) => {
    await fault({ token, state: 'revoked' })
    const found = await look('Slack')
    await fault({ token, state: 'valid' })

    expect(found).toContainEqual(
      says(
        'error',
        new RegExp(`the ${token}’s token \\(CUTOVER_SLACK_\\w+\\) was revoked`),
        /Install the app/,
      ),
    )
  })

  it('that does not answer', async () => {
    expect(await look('Slack', { CUTOVER_SLACK_API_URL: 'http://127.0.0.1:1/api/' })).toMatchObject([
      says('error', /does not answer/, /goes on meanwhile/),
    ])
  })

  it('whose app lacks a scope, and has one too many', async () => {
    const bot = manifest.oauth_config.scopes.bot
    const other = (scopes: readonly string[]) =>
      startWorkspace({ manifest: { ...manifest, oauth_config: { scopes: { bot: scopes } } } })
    const lacking = await other(bot.filter((scope) => scope !== 'pins:write'))
    const more = await other([...bot, 'reactions:write'])
    const at = ({ botToken, appToken, apiUrl }: Workspace) => ({
      CUTOVER_SLACK_BOT_TOKEN: botToken,
      CUTOVER_SLACK_APP_TOKEN: appToken,
      CUTOVER_SLACK_API_URL: apiUrl,
    })

    expect(await look('Slack', at(lacking))).toContainEqual(
      says('error', /lacks a scope: pins:write/, /slack-manifest\.json/),
    )
    expect(await look('Slack', at(more))).toContainEqual(
      says('warning', /does not use: reactions:write/, /Take them away/),
    )
    await lacking.stop()
    await more.stop()
  })

  it('of another workspace than the pinned one', async () => {
    await log.pool.query(`update cutover.installation set slack_team = 'TOTHER'`)
    const found = await look('Slack')
    await log.pool.query('update cutover.installation set slack_team = null')

    expect(found).toContainEqual(says('error', /this installation to TOTHER/, /pinned workspace/))
  })
})

describe('notices', () => {
  it('without a mail server that answers', async () => {
    expect(await look('Notices', { CUTOVER_SMTP_URL: 'smtp://127.0.0.1:1' })).toContainEqual(
      says('error', /127\.0\.0\.1:1 cannot be reached/, /./),
    )
  })

  it('with a webhooks file that others may read, and with one that lacks what a runbook names', async () => {
    const open = join(folder, 'open.json')
    writeFileSync(open, '{}')
    chmodSync(open, 0o644)
    expect(await look('Notices', { CUTOVER_WEBHOOKS_FILE: open })).toContainEqual(
      says('error', /can be read by others.*chmod 600/, /does not start/),
    )

    const runbooks = join(folder, 'telling')
    mkdirSync(runbooks)
    const audience = 'ops: { slack: "#ops", webhook: status, shape: statuspage, email: [a@example.org] }'
    writeFileSync(join(runbooks, 'shop.yaml'), RUNBOOK.replace('ops: { slack: "#ops" }', audience))
    const closed = join(folder, 'closed.json')
    writeFileSync(closed, '{}', { mode: 0o600 })
    const { CUTOVER_SMTP_URL: _, ...without } = settings({
      CUTOVER_RUNBOOKS: runbooks,
      CUTOVER_WEBHOOKS_FILE: closed,
    })
    const { sections } = await doctor({ config: readConfig(without), environment: process.env, cwd: folder })
    const found = sections.find(({ title }) => title === 'Notices')?.findings

    expect(found).toContainEqual(
      says('warning', /no address: status \(shop\.yaml\)/, /CUTOVER_WEBHOOKS_FILE/),
    )
    expect(found).toContainEqual(says('warning', /no mail server.*shop\.yaml/, /CUTOVER_SMTP_URL/))
  })
})

describe('runbooks', () => {
  it('that cannot be opened, with the place of the first error', async () => {
    const runbooks = join(folder, 'broken')
    mkdirSync(runbooks)
    writeFileSync(join(runbooks, 'shop.yaml'), RUNBOOK.replace('owner: platform', 'ownr: platform'))

    expect(await look('Runbooks', { CUTOVER_RUNBOOKS: runbooks })).toContainEqual(
      says('error', /shop\.yaml cannot be opened: 1:1 "owner" is missing/, /cutover validate/),
    )
  })

  it('that are not where the settings say', async () => {
    expect(await look('Runbooks', { CUTOVER_RUNBOOKS: join(folder, 'none') })).toMatchObject([
      says('error', /no runbooks in/, /CUTOVER_RUNBOOKS/),
    ])
  })
})

describe('targets', () => {
  it('that cannot be reached, have no file, or have no secret', async () => {
    const away = { live: false, secrets: { TARGET_URL: 'postgres://me:hidden-one@127.0.0.1:1/shop' } }
    const CUTOVER_BINDINGS = writeBindings({ staging: away, production: { live: true } }, 'away.json')

    const found = await look('Targets', { CUTOVER_BINDINGS }, { cwd: join(folder, 'spool') })

    expect(found).toContainEqual(says('error', /staging: main .*cannot be reached/, /firewall/))
    expect(found).toContainEqual(says('error', /production has no binding for TARGET_URL/, /bindings file/))
    expect(found).toContainEqual(says('warning', /there is no file .*shop\.db/, /correct the path/))
    expect(JSON.stringify(found)).not.toContain('hidden-one')
  })

  it('that are the database of the log', async () => {
    const CUTOVER_BINDINGS = writeBindings(
      { staging: { live: false, secrets: { TARGET_URL: log.url } } },
      'log.json',
    )

    expect(await look('Targets', { CUTOVER_BINDINGS })).toContainEqual(
      says('error', /staging, main is the database of Cutover’s own log/, /server of its own/),
    )
  })

  it('in a live environment that has no binding, and bindings that are open to others', async () => {
    const CUTOVER_BINDINGS = writeBindings({}, 'none.json')
    expect(await look('Targets', { CUTOVER_BINDINGS })).toContainEqual(
      says('warning', /no binding for the live environment production/, /"live": true/),
    )
    chmodSync(CUTOVER_BINDINGS, 0o644)
    expect(await look('Targets', { CUTOVER_BINDINGS })).toMatchObject([
      says('error', /can be read by others/, /./),
    ])
  })

  it('whose server is newer than the client programs', async () => {
    const bin = tool('pg_dump', 'echo "pg_dump (PostgreSQL) 9.6.1"')
    const environment = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` }

    expect(await look('Targets', {}, { environment })).toContainEqual(
      says(
        'error',
        /the server is a PostgreSQL \d+, and pg_dump on the PATH is of version 9/,
        /postgresql-client-/,
      ),
    )
  })
})

function tool(name: string, body: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'))
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  return bin
}

it('tools that a runbook calls and the host lacks', async () => {
  const found = await look('Tools', {}, { environment: { PATH: tool('bash', 'true') } })

  expect(found).toMatchObject([
    { health: 'ok', says: 'bash' },
    says('error', /The program pg_dump is not on this host, and shop\.yaml calls it/, /PATH of the worker/),
  ])
})

describe('the spool', () => {
  it('that is open to others', async () => {
    const CUTOVER_SPOOL = join(folder, 'open')
    mkdirSync(CUTOVER_SPOOL)
    chmodSync(CUTOVER_SPOOL, 0o755)

    expect(await look('Spool', { CUTOVER_SPOOL })).toContainEqual(
      says('error', /open to others \(mode 755\)/, /chmod 700/),
    )
  })

  it.skipIf(statSync('/dev/shm', { throwIfNoEntry: false }) === undefined)(
    'that a restart would empty',
    async () => {
      const CUTOVER_SPOOL = mkdtempSync('/dev/shm/cutover-')
      const found = await look('Spool', { CUTOVER_SPOOL })
      rmSync(CUTOVER_SPOOL, { recursive: true })

      expect(found).toContainEqual(says('error', /lies on tmpfs/, /on a disk/))
    },
  )

  it('that another user passes through, and a user for commands who is none', async () => {
    const CUTOVER_SPOOL = join(folder, 'passed')
    mkdirSync(CUTOVER_SPOOL)
    chmodSync(CUTOVER_SPOOL, 0o711)

    const found = await look('Spool', { CUTOVER_SPOOL, CUTOVER_RUN_AS: 'no-such-user-here' })

    expect(bad(found)).toEqual([says('error', /there is no user no-such-user-here/, /docs\/security\.md/)])
  })

  it('that is a file, and one that has no room', async () => {
    expect(await look('Spool', { CUTOVER_SPOOL: join(folder, 'shop.db') })).toMatchObject([
      says('error', /is a file/, /folder/),
    ])
    expect(roomFinding(100 * 1024 * 1024)).toMatchObject(
      says('error', /100 MB are free.*nothing is started/, /room/),
    )
    expect(roomFinding(500 * 1024 * 1024)).toMatchObject(
      says('warning', /500 MB are free/, /before the night/),
    )
  })
})

describe('other processes', () => {
  it('of another version, and a worker that is silent', async () => {
    const presence = makePresence(log.pool)
    const place = { machine: 'm', pidNamespace: 'n', worker: 'w' }
    await presence.serveSeen('other', '0.0.1')
    await presence.registerPool({ ...place, name: 'db', host: 'db1', version: '0.0.1' })
    await presence.registerPool({ ...place, name: 'web', host: 'web1', version: VERSION })
    await log.pool.query(`update cutover.pool set seen_at = now() - interval '5 minutes' where name = 'web'`)

    const found = await look('Processes')
    await log.pool.query('delete from cutover.pool; delete from cutover.serve')

    expect(found).toEqual([
      says('warning', /`serve` is of version 0\.0\.1/, /one version everywhere/),
      says('warning', /pool db on db1 is of version 0\.0\.1/, /one version everywhere/),
      says('warning', /pool web on web1 was last seen 5 min ago/, /pool release web/),
    ])
  })

  it('holders of an open cutover who could do nothing without Slack', async () => {
    const id = await openInLog(log.log, 'doctored')

    expect(await look('Logins')).toMatchObject([
      says('warning', new RegExp(`\\(${id}\\): U\\w+, .* could do nothing without Slack`), /cutover login/),
    ])
  })
})

describe('what a restart of the worker does to its steps', () => {
  const here = process.pid
  let proc: string

  beforeAll(async () => {
    const spool = await openSpool({ root: join(folder, 'spool'), runner: '', minFreeBytes: 0 })
    await claimSpool(spool).holds()
    proc = join(folder, 'proc')
    mkdirSync(join(proc, String(here)), { recursive: true })
  })

  async function restart(
    cgroup: string,
    { mode = '', cmdline = '', left = '' } = {},
  ): Promise<Finding | undefined> {
    const root = join(proc, String(here), 'root')
    rmSync(root, { recursive: true, force: true })
    mkdirSync(root)
    if (left !== '') writeFileSync(join(root, left), '')
    writeFileSync(join(proc, String(here), 'cgroup'), `${cgroup}\n`)
    writeFileSync(join(proc, String(here), 'cmdline'), cmdline)
    const systemctl = tool(
      'systemctl',
      mode === '' ? 'exit 1' : `echo ${mode}; [ "$5" = cutover-worker@db.service ]`,
    )
    const environment = { PATH: `${systemctl}:${process.env['PATH'] ?? ''}` }
    return (await look('This host', {}, { proc, environment }))[1]
  }

  const UNIT = '0::/system.slice/system-cutover.slice/cutover-worker@db.service'

  it.each([
    [UNIT, { mode: 'process' }, 'ok', /leaves its steps running \(KillMode=process\)/],
    [UNIT, { mode: 'control-group' }, 'error', /kills the steps that run \(KillMode=control-group\)/],
    [UNIT, { mode: 'mixed' }, 'error', /kills the steps that run \(KillMode=mixed\)/],
    [UNIT, {}, 'warning', /systemctl does not say/],
    ['0::/user.slice/user-0.slice/session-7.scope', {}, 'warning', /by hand, in session-7\.scope/],
    [
      '0::/docker/4b1c',
      { cmdline: 'node\0main.js\0worker\0--drain\0' },
      'ok',
      /stays.*until its steps have ended/,
    ],
    ['0::/docker/4b1c', { cmdline: 'node\0main.js\0worker\0' }, 'error', /a restart kills the steps/],
    ['0::/', { left: '.dockerenv' }, 'error', /in a container: a restart kills/],
    ['0::/', {}, 'ok', /in no unit/],
  ] as const)('%s %j: %s', async (cgroup, given, health, text) => {
    expect(await restart(cgroup, given)).toMatchObject({ health, says: expect.stringMatching(text) })
  })
})

it('a Node that is too old, and a system that is none of ours', () => {
  expect(nodeFinding('20.11.0', 'linux')).toMatchObject(says('error', /Node 20\.11\.0/, /20\.19/))
  expect(nodeFinding('22.1.0', 'darwin')).toMatchObject(
    says('warning', /only supported on Linux/, /on Linux/),
  )
  expect(nodeFinding('22.1.0', 'linux').health).toBe('ok')
})

it('a Redis that is too old for BullMQ', () => {
  expect(redisFindings({ version: '6.0.16', policy: 'noeviction', keeps: 'every write' })).toContainEqual(
    says('error', /version 6\.0\.16/, /6\.2 or newer/),
  )
})

describeWithRedis('a Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())

  it('that throws jobs away under pressure, keeps nothing, or is gone', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect(bad(await look('Queue', { CUTOVER_REDIS_URL: redis.url }))).toEqual([
      says('error', /eviction policy "allkeys-lru"/, /noeviction/),
      says('warning', /keeps nothing/, /appendonly yes/),
    ])
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await redis.command('CONFIG', 'SET', 'appendonly', 'yes')
    expect(bad(await look('Queue', { CUTOVER_REDIS_URL: redis.url }))).toEqual([])
    await redis.kill()
    expect(await look('Queue', { CUTOVER_REDIS_URL: redis.url })).toMatchObject([
      says('error', /cannot be reached/, /Start it/),
    ])
  })
})

describe('the command', () => {
  async function run(words: readonly string[], changed: Changed = {}) {
    const out: string[] = []
    const terminal = {
      ...silentTerminal,
      environment: settings(changed),
      out: (text: string) => void out.push(text),
    }
    const ended = cutoverProgram(terminal).parseAsync(['node', 'cutover', 'doctor', ...words])
    return {
      end: await ended.then(
        () => null,
        (error: unknown) => error,
      ),
      out: out.join('\n'),
    }
  }

  it('ends with 1 where a cutover would fail, and has what to do below each finding', async () => {
    const { end, out } = await run([], { CUTOVER_RUNBOOKS: join(folder, 'none') })

    expect(end).toMatchObject({ exitCode: 1, message: expect.stringMatching(/^\d errors, \d+ warnings\.$/) })
    expect(out).toContain('with the settings of `serve` and a worker of the pool db')
    expect(out).toMatch(/\nRunbooks\n  error    There are no runbooks in [^\n]+\n +→ Set CUTOVER_RUNBOOKS/)
  })

  it('writes the same for scripts', async () => {
    const { out } = await run(['--json', '--pool', 'web'])
    const report = JSON.parse(out) as {
      ok: boolean
      pool: string
      sections: { title: string; findings: Finding[] }[]
    }

    expect(report).toMatchObject({ ok: false, pool: 'web' })
    expect(report.sections.find(({ title }) => title === 'Log')?.findings).toContainEqual(
      says('error', /It may forget/, /synchronous_commit|Set both to on/),
    )
  })
})
