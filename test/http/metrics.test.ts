import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { startServe, type Serve } from '../../src/cli/serve/serve.ts'
import { listenForWatchers, metricsOfHost } from '../../src/cli/worker/watched.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { holdSpool } from '../../src/process/local-acts.ts'
import { openSpool } from '../../src/process/spool.ts'
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts'
import { LEADER } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { aPlan } from '../support/plans.ts'
import { openInLog } from '../support/serving.ts'

let log: TestLog
let workspace: Workspace
let serve: Serve
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-metrics-'))
  log = await startTestLog()
  workspace = await startWorkspace()
  serve = await startServe({
    database: { connectionString: log.url },
    queue: { kind: 'postgres', connectionString: log.url },
    slack: workspace,
    runbooks: folder,
    rehearsalsOnly: false,
    listen: { host: '127.0.0.1', port: 0 },
    smtpUrl: undefined,
    mailFrom: 'cutover@example.org',
    webhooks: {},
    loginDays: 1,
    version: '1.2.3',
    logger: quiet,
  })
})
afterAll(async () => {
  await serve.stop()
  await workspace.stop()
  await log.stop()
  rmSync(folder, { recursive: true })
})

/** Each sample by its name and labels, as Prometheus reads them. */
async function scrape(url = serve.url): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

/** Also those of which there is nothing to tell now. */
async function declared(url: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return [...text.matchAll(/^# TYPE (\w+)/gm)].map((line) => line[1] ?? '')
}

describe('/metrics of serve', () => {
  it('tells what is open, what runs, what waits and who is there', async () => {
    const presence = makePresence(log.pool)
    await presence.registerPool({
      name: 'db',
      machine: 'm',
      pidNamespace: 'n',
      host: 'h',
      worker: 'w',
      version: '1.2.2',
    })
    await log.pool.query(`update cutover.pool set seen_at = now() - interval '90 seconds'`)
    const id = await openInLog(
      log.log,
      'measured',
      aPlan().run('copy', { begin: 'auto', lateMs: 1e9 }).build(),
    )
    await say(log.log, id, { type: 'advance' }, LEADER)
    await expect
      .poll(async () => (await scrape()).get('cutover_outbox_attempts'), { timeout: 10_000 })
      .toBe(1)

    const seen = await scrape()

    expect(Object.fromEntries(seen)).toMatchObject({
      'cutover_build_info{version="1.2.3"}': 1,
      cutover_log_up: 1,
      'cutover_cutovers{status="scheduled",live="false"}': 1,
      'cutover_attempts{state="dispatched"}': 1,
      'cutover_attempts{state="unknown"}': 0,
      'cutover_pool_info{pool="db",version="1.2.2"}': 1,
      'cutover_serves{version="1.2.3"}': 1,
      cutover_leader: 1,
      cutover_slack_connected: 1,
      cutover_slack_parked_posts: 0,
    })
    expect(seen.get('cutover_pool_silence_seconds{pool="db"}')).toBeGreaterThan(89)
    expect(seen.get('cutover_outbox_oldest_seconds')).toBeGreaterThan(0)
    expect(seen.get('cutover_slack_calls_total{method="auth.test",outcome="done"}')).toBeGreaterThan(0)
  })

  it('counts what Slack refuses for now, and how long it shows less than is so', async () => {
    await fetch(`${workspace.url}/control/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'rate_limited', method: '*', retryAfter: 2, times: 3 }),
    })
    const id = await openInLog(log.log, 'limited')
    await say(log.log, id, { type: 'advance' }, LEADER)

    const limited = async () =>
      [...(await scrape())].filter(([sample]) => /slack_calls_total.*outcome="wait"/.test(sample)).length
    await expect.poll(limited, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await scrape()).get('cutover_projection_lag_seconds')).toBeGreaterThan(0)
    await expect
      .poll(async () => (await scrape()).get('cutover_projection_lag_seconds'), { timeout: 20_000 })
      .toBe(0)
  })

  it('measures each append', async () => {
    const before = (await scrape()).get('cutover_append_duration_seconds_count{outcome="recorded"}') ?? 0
    await openInLog(log.log, 'another', aPlan().run('copy', { begin: 'auto', lateMs: 1e9 }).build())

    await expect
      .poll(async () => (await scrape()).get('cutover_append_duration_seconds_count{outcome="recorded"}'), {
        timeout: 10_000,
      })
      .toBeGreaterThan(before)
  })

  it('needs no login, so it has nothing of a cutover: no id, no title, no person', async () => {
    const text = await (await fetch(`${serve.url}/metrics`)).text()

    expect(text).not.toMatch(/measured|UANA|UBEN|migration-test|Shop/)
    const labels = [...text.matchAll(/\b([a-z_]+)="/g)].map((match) => match[1])
    const own = [...text.matchAll(/^cutover_[^\n{]*\{([^}]*)\}/gm)].flatMap((match) =>
      [...(match[1] ?? '').matchAll(/([a-z]+)="/g)].map((label) => label[1]),
    )
    expect(labels.length).toBeGreaterThan(0)
    expect(new Set(own)).toEqual(
      new Set(['version', 'status', 'live', 'state', 'pool', 'method', 'outcome', 'le']),
    )
  })
})

it('the alerts and the page name metrics that there are', async () => {
  const spool = await openSpool({ root: join(folder, 'spool'), runner: '', minFreeBytes: 0 })
  const close = await listenTo(spool)
  const known = new Set([...(await declared(serve.url)), ...(await declared(close.url))])
  await close.stop()

  const alerts = readFileSync(new URL('../../deploy/cutover-alerts.yml', import.meta.url), 'utf8')
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const named = (text: string) =>
    new Set(text.match(/\bcutover_[a-z_]+(?:_seconds|_total|_bytes|_info|_up|\b)/g))
  const rules = parse(alerts) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const inAlerts = rules.groups.flatMap((group) => group.rules.flatMap(({ expr }) => [...named(expr)]))
  expect(inAlerts.length).toBeGreaterThan(6)
  expect(inAlerts.filter((one) => !known.has(one))).toEqual([])

  const table = page
    .split('\n')
    .filter((line) => line.startsWith('| `cutover_'))
    .map((line) => /`(\w+)/.exec(line)?.[1] ?? '')
  expect(table.toSorted()).toEqual([...known].filter((one) => one.startsWith('cutover_')).toSorted())
})

async function listenTo(spool: Awaited<ReturnType<typeof openSpool>>) {
  const lines: object[] = []
  const logger = { ...quiet, info: (fields: object) => void lines.push(fields) }
  const metrics = metricsOfHost({ spool, pool: 'db', version: '1.2.3' })
  metrics.appended('recorded', 0.01)
  const stop = await listenForWatchers({ host: '127.0.0.1', port: 0 }, { metrics, logger })
  const [{ url }] = lines as [{ url: string }]
  return { url, stop }
}

it('a worker tells of its host, where it was asked to', async () => {
  const spool = await openSpool({ root: join(folder, 'own'), runner: '', minFreeBytes: 0 })
  await holdSpool(spool, { reason: 'a test', now: Date.now() })
  const { url, stop } = await listenTo(spool)
  const seen = await scrape(url)
  const healthy = (await fetch(`${url}/healthz`)).status
  await stop()

  expect(seen.get('cutover_spool_attempts{pool="db"}')).toBe(0)
  expect(seen.get('cutover_worker_held{pool="db"}')).toBe(1)
  expect(seen.get('cutover_spool_free_bytes{pool="db"}')).toBeGreaterThan(0)
  expect(healthy).toBe(200)
})

it('without its log serve says so: it is alive, not ready, and leads no more', async () => {
  const ready = async () => {
    const response = await fetch(`${serve.url}/readyz`)
    return { status: response.status, body: (await response.json()) as object }
  }
  expect(await ready()).toMatchObject({ status: 200, body: { parts: { log: true, leader: true } } })

  await log.server.stop()

  await expect.poll(async () => (await ready()).status, { timeout: 10_000 }).toBe(503)
  expect((await ready()).body).toMatchObject({ ok: false, parts: { log: false, leader: false } })
  expect((await fetch(`${serve.url}/healthz`)).status).toBe(200)
  const seen = await scrape()
  expect(seen.get('cutover_log_up')).toBe(0)
  expect(
    [...seen.keys()].filter((sample) => /^cutover_(cutovers|attempts|outbox|pool)/.test(sample)),
  ).toEqual([])
})
