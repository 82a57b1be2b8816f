import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Directory, Logins, Person } from '../../src/app/ports.ts'
import { cutoverRoutes } from '../../src/http/routes/cutovers.ts'
import { healthRoutes } from '../../src/http/routes/health.ts'
import { loginRoutes } from '../../src/http/routes/logins.ts'
import { startHttpServer } from '../../src/http/server.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { quiet, startInstallation, type Installation } from '../support/installation.ts'
import { ANA, aPlan, BEN, CAI, DIA, EVE, HOUR } from '../support/plans.ts'
import { openInLog } from '../support/serving.ts'

const rehearsal = aPlan().do('stop').with({ live: false, environment: 'demo' }).build()

let installation: Installation
let logins: Logins
let url: string
let close: () => Promise<void>

const PEOPLE: readonly Person[] = [
  { id: ANA, name: 'ana' },
  { id: BEN, name: 'ben' },
  { id: CAI, name: 'cai', barred: 'deactivated' },
  { id: DIA, name: 'dia' },
  { id: EVE, name: 'eve', barred: 'guest' },
  { id: 'UFAY', name: 'fay' },
]
let slackIsAway: 'no' | 'refused' | 'silent' = 'no'
async function askSlack<T>(answer: T): Promise<T> {
  if (slackIsAway === 'refused') throw new Error('connect ECONNREFUSED')
  return slackIsAway === 'silent' ? new Promise<never>(() => undefined) : answer
}
const warned: { readonly fields: object; readonly message: string }[] = []
const directory: Directory = {
  people: () => askSlack(PEOPLE),
  person: (id) => askSlack(PEOPLE.find((one) => one.id === id) ?? null),
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
        contacts: makeContacts(installation.pool),
        directory,
        logger: { ...quiet, warn: (fields, message) => warned.push({ fields, message }) },
        runbooks: {
          list: async () => [],
          resolve: async ({ runbook }) =>
            runbook === 'shop'
              ? { ok: true, plan: rehearsal, channelName: 'migration-shop' }
              : { ok: false, problems: ['There is no such runbook.'] },
        },
        records: { timeline: async () => '# It', exported: async () => ({}), verify: async () => ({}) },
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

async function fetchStatus(path: string, token: string): Promise<number> {
  return (await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } })).status
}

/** A login as the CLI makes one, confirmed as Slack would. */
async function login(who: string): Promise<string> {
  const token = `token-of-${who}-${Math.random()}`
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const { body } = await call('/v1/logins', { body: { tokenHash } })
  expect(await logins.confirm(String(body['code']), who)).toBe(true)
  return token
}

async function open(id: string, plan?: Plan): Promise<string> {
  await openInLog(installation.log, id, plan)
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

  it.each([
    [EVE, 'Guests of this workspace may not act in Cutover. Nothing was recorded.'],
    [CAI, 'This account is deactivated. Nothing was recorded.'],
    ['UNOBODY', 'This workspace does not know you, so nothing was recorded.'],
  ])('lets %s not act: %s', async (who, message) => {
    const cutover = await open(`endpoint-barred-${who.toLowerCase()}`)

    expect(
      await call(`/v1/cutovers/${cutover}/commands`, {
        token: await login(who),
        body: { command: tick, key: 'x' },
      }),
    ).toMatchObject({ status: 403, body: { message } })
  })

  it.each(['refused', 'silent'] as const)(
    'takes a login for enough while Slack is away (%s), and logs that',
    async (how) => {
      const [cutover, token] = [await open(`endpoint-away-${how}`), await login(ANA)]
      warned.length = 0
      slackIsAway = how
      try {
        const answer = await call(`/v1/cutovers/${cutover}/commands`, {
          token,
          body: { command: { type: 'hold', reason: 'Slack is away' }, key: how },
        })

        expect(answer).toMatchObject({ status: 200, body: { ok: true } })
        expect(warned).toMatchObject([{ fields: { person: ANA } }])
      } finally {
        slackIsAway = 'no'
      }
    },
  )

  it('says that names are not known while Slack is away', async () => {
    const token = await login(ANA)
    slackIsAway = 'refused'
    const answer = await call('/v1/people', { token }).finally(() => (slackIsAway = 'no'))

    expect(answer).toMatchObject({ status: 503, body: { code: 'slack away' } })
    expect(answer.body['message']).toContain('Slack user ids')
  })

  it.each(['', '/timeline', '/export', '/verification'])(
    'shows a private cutover%s to those with a part in it only',
    async (path) => {
      const cutover = await open(`endpoint-private${path.replace('/', '-')}`)
      const read = async (who: string) => fetchStatus(`/v1/cutovers/${cutover}${path}`, await login(who))

      // Ana opened it, Ben holds a role, Dia could hold one, Fay is of the workspace and no more.
      expect(await Promise.all([ANA, BEN, DIA, 'UFAY'].map(read))).toEqual([200, 200, 200, 403])
    },
  )

  it('shows a cutover with a public channel to everybody', async () => {
    const cutover = await open('endpoint-public', {
      ...rehearsal,
      channel: { ...rehearsal.channel, isPrivate: false },
    })

    expect(await fetchStatus(`/v1/cutovers/${cutover}`, await login('UFAY'))).toBe(200)
  })

  it('hands out no output, and names the holders who have no login', async () => {
    const cutover = await open('endpoint-shown')
    await logins.logout(BEN)
    const { body } = await call(`/v1/cutovers/${cutover}`, { token: await login(ANA) })

    expect(Object.keys(body).toSorted()).toEqual(['now', 'ok', 'state', 'withoutLogin'])
    expect(body['withoutLogin']).toContain(BEN)
    expect(body['withoutLogin']).not.toContain(ANA)
  })

  it('opens once for the same key of one person, and again for another\u2019s', async () => {
    const at = await installation.log.now()
    const body = {
      runbook: 'shop',
      environment: 'demo',
      plannedStart: at + HOUR,
      holders: { lead: { person: ANA }, observer: { person: BEN }, communicator: { person: DIA } },
      vars: {},
      key: 'mine',
    }
    const opened = async (who: string) =>
      (await call('/v1/cutovers', { token: await login(who), body })).body['cutover']
    const [first, again, other] = [await opened(ANA), await opened(ANA), await opened(DIA)]

    expect(first).toBeTypeOf('string')
    expect(again).toBe(first)
    expect(other).not.toBe(first)
    expect(other).toBeTypeOf('string')
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

describe('a login that two vouch for', () => {
  it('is that person for a day, without Slack, and not before the second word', async () => {
    const cutover = await open('endpoint-vouched')
    const [ana, ben] = [await login(ANA), await login(BEN)]
    const token = `token-of-dia-${Math.random()}`
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const { body } = await call('/v1/logins', { body: { tokenHash } })
    const code = String(body['code'])
    const vouch = (by: string, command: object = {}) =>
      call(`/v1/cutovers/${cutover}/commands`, {
        token: by,
        body: {
          key: `vouch-${Math.random()}`,
          command: { type: 'vouch', code, person: DIA, reason: 'I hear her on the bridge', ...command },
        },
      })
    slackIsAway = 'refused'
    try {
      expect(await vouch(ana, { code: 'BBBB-BBBB' })).toMatchObject({
        status: 409,
        body: { code: 'no such login' },
      })
      expect(await vouch(ana)).toMatchObject({ status: 200, body: { events: [{ type: 'vouch asked' }] } })
      expect(await fetchStatus('/v1/me', token)).toBe(401)
      expect(await vouch(ana)).toMatchObject({ status: 409, body: { code: 'second person needed' } })

      expect(await vouch(ben)).toMatchObject({ status: 200, body: { events: [{ type: 'login vouched' }] } })

      expect((await call('/v1/me', { token })).body).toMatchObject({ ok: true, person: DIA })
      const { rows } = await installation.pool.query(
        `select extract(epoch from ends_at - now()) / 3600 as hours from cutover.login where code = $1`,
        [code],
      )
      expect(Number(rows[0].hours)).toBeGreaterThan(23)
      expect(Number(rows[0].hours)).toBeLessThanOrEqual(24)
    } finally {
      slackIsAway = 'no'
    }
  })
})
