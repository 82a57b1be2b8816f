import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Directory, Logins, Person } from '../../src/app/ports.ts'
import { cutoverRoutes } from '../../src/http/routes/cutovers.ts'
import { healthRoutes } from '../../src/http/routes/health.ts'
import { loginRoutes } from '../../src/http/routes/logins.ts'
import { startHttpServer } from '../../src/http/server.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { decide } from '../../src/domain/decide.ts'
import { HOLDERS, person } from '../support/cutover.ts'
import { quiet, startInstallation, type Installation } from '../support/installation.ts'
import { ANA, aPlan, BEN, EVE, HOUR } from '../support/plans.ts'

let installation: Installation
let logins: Logins
let url: string
let close: () => Promise<void>

const PEOPLE: readonly Person[] = [
  { id: ANA, name: 'ana' },
  { id: BEN, name: 'ben' },
  { id: EVE, name: 'eve', barred: 'guest' },
]
const directory: Directory = {
  people: async () => PEOPLE,
  person: async (id) => PEOPLE.find((one) => one.id === id) ?? null,
  group: async () => null,
}

beforeAll(async () => {
  installation = await startInstallation()
  logins = makeLogins(installation.pool)
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: quiet,
    routes: [
      ...healthRoutes(async () => ({ log: true, slack: false })),
      ...loginRoutes({ logins, days: 14 }),
      ...cutoverRoutes({
        log: installation.log,
        logins,
        directory,
        progress: makeProgressBoard(installation.pool),
        runbooks: {
          list: async () => [],
          resolve: async () => ({ ok: false, problems: ['There is no such runbook.'] }),
        },
        records: { timeline: async () => null, exported: async () => null, verify: async () => null },
      }),
    ],
  })
  url = server.url
  close = server.close
})
afterAll(async () => {
  await close()
  await installation.stop()
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(
  path: string,
  options: { token?: string; body?: unknown; raw?: string } = {},
): Promise<Answer> {
  const sends = options.body !== undefined || options.raw !== undefined
  const response = await fetch(new URL(path, url), {
    method: sends ? 'POST' : 'GET',
    headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    ...(sends ? { body: options.raw ?? JSON.stringify(options.body) } : {}),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** A login as the CLI makes one, confirmed as Slack would. */
async function login(who: string): Promise<string> {
  const token = `token-of-${who}-${Math.random()}`
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const { body } = await call('/v1/logins', { body: { tokenHash } })
  expect(await logins.confirm(String(body['code']), who)).toBe(true)
  return token
}

async function open(id: string): Promise<string> {
  const at = await installation.log.now()
  const plan = aPlan().do('stop').with({ live: false, environment: 'demo' }).build()
  const decision = decide(
    null,
    {
      type: 'open',
      plan,
      plannedStart: at + HOUR,
      holders: HOLDERS,
      channelName: 'migration-test',
      realTime: true,
    },
    { actor: person(ANA), at },
  )
  if (!decision.ok) throw new Error(decision.refusal.message)
  await installation.log.append({
    cutover: id,
    expected: 0,
    events: decision.events,
    actor: person(ANA),
    key: id,
  })
  await installation.until(id, (state) => state.steps['stop']?.status === 'due')
  return id
}

const tick = { type: 'tick', step: 'stop', result: 'done', fields: {} }

describe('the endpoint of the command line', () => {
  it('says whether the process and its log are well, without a login', async () => {
    expect(await call('/healthz')).toMatchObject({ status: 200, body: { ok: true } })
    expect(await call('/readyz')).toMatchObject({ status: 200, body: { parts: { slack: false } } })
  })

  it('asks everybody else to log in', async () => {
    const answer = await call('/v1/cutovers', { token: 'made-up' })

    expect(answer).toMatchObject({ status: 401, body: { code: 'not logged in' } })
    expect(answer.body['message']).toContain('cutover login')
  })

  it('takes a code once, and knows the person by it', async () => {
    const token = 'a-token'
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const { body } = await call('/v1/logins', { body: { tokenHash } })
    const code = String(body['code'])

    expect((await call('/v1/me', { token })).status).toBe(401)
    expect(await logins.confirm(code, ANA)).toBe(true)
    expect(await logins.confirm(code, BEN)).toBe(false)
    expect(await call('/v1/me', { token })).toMatchObject({ status: 200, body: { person: ANA } })
    await logins.logout(ANA)
    expect((await call('/v1/me', { token })).status).toBe(401)
  })

  it('records what a person does, by the same rules and as from the command line', async () => {
    const [cutover, token] = [await open('endpoint1'), await login(ANA)]

    const answer = await call(`/v1/cutovers/${cutover}/commands`, {
      token,
      body: { command: tick, key: 'k1' },
    })

    expect(answer).toMatchObject({ status: 200, body: { ok: true, repeated: false } })
    const events = await installation.log.events(cutover)
    expect(events.find((event) => event.type === 'step ticked')?.actor).toEqual({
      kind: 'person',
      person: ANA,
      via: 'cli',
    })
  })

  it('counts the same key once', async () => {
    const [cutover, token] = [await open('endpoint2'), await login(ANA)]
    const body = { command: tick, key: 'same' }

    await call(`/v1/cutovers/${cutover}/commands`, { token, body })
    const again = await call(`/v1/cutovers/${cutover}/commands`, { token, body })

    expect(again).toMatchObject({ status: 200, body: { repeated: true } })
    const ticks = (await installation.log.events(cutover)).filter((event) => event.type === 'step ticked')
    expect(ticks).toHaveLength(1)
  })

  it('refuses an old revision with what has happened since', async () => {
    const [cutover, token] = [await open('endpoint3'), await login(BEN)]
    const loaded = await installation.log.load(cutover)
    const revision = loaded?.state.steps['stop']?.revision ?? -1
    await call(`/v1/cutovers/${cutover}/commands`, {
      token: await login(ANA),
      body: { command: tick, key: 'first' },
    })

    const stale = await call(`/v1/cutovers/${cutover}/commands`, {
      token,
      body: { command: tick, key: 'second', revision },
    })

    expect(stale).toMatchObject({ status: 409, body: { code: 'stale' } })
    expect(stale.body['message']).toContain(`<@${ANA}>`)
  })

  it('lets no guest act', async () => {
    const [cutover, token] = [await open('endpoint4'), await login(EVE)]

    expect(
      await call(`/v1/cutovers/${cutover}/commands`, { token, body: { command: tick, key: 'x' } }),
    ).toMatchObject({
      status: 403,
      body: { message: 'A guest may not act in Cutover.' },
    })
  })

  it.each([
    ['an unknown word', { type: 'drop database', step: 'stop' }],
    ['a key too many', { ...tick, argv: ['rm', '-rf', '/'] }],
    ['an id with a path in it', { ...tick, step: '../stop' }],
    ['a NUL', { ...tick, note: 'a\u0000b' }],
    ['100 KB of text', { ...tick, note: 'x'.repeat(100_000) }],
  ])('refuses %s, and nothing changes', async (_, command) => {
    const [token, cutover] = [await login(ANA), `endpoint-bad-${Math.random().toString(36).slice(2)}`]
    await open(cutover)
    const before = (await installation.log.events(cutover)).length

    const answer = await call(`/v1/cutovers/${cutover}/commands`, { token, body: { command, key: 'bad' } })

    expect(answer.status).toBe(400)
    expect(answer.body['message']).toContain('Nothing was changed.')
    expect((await installation.log.events(cutover)).length).toBe(before)
  })

  it('answers what is no JSON, too much, or nowhere with a sentence', async () => {
    const token = await login(ANA)

    expect(await call('/v1/cutovers', { token, raw: '{' })).toMatchObject({ status: 400 })
    expect(await call('/v1/cutovers', { token, raw: 'x'.repeat(300_000) })).toMatchObject({ status: 400 })
    expect(await call('/v1/nothing', { token })).toMatchObject({ status: 404 })
    expect(await call('/v1/cutovers/none', { token })).toMatchObject({
      status: 404,
      body: { code: 'no cutover' },
    })
  })
})
