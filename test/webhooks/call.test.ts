import { afterEach, describe, expect, it } from 'vitest'
import type { WebhookCall } from '../../src/app/notice-means.ts'
import { makeWebhooks } from '../../src/webhooks/call.ts'
import { readReceivers } from '../../src/webhooks/receivers.ts'
import { WebhookError } from '../../src/webhooks/webhook-error.ts'
import { startReceiver, type Answer, type WebhookReceiver } from '../support/receiver.ts'

const START = Date.UTC(2026, 10, 20, 22)
const PATIENCE = { timeoutMs: 300, pausesMs: [5, 5] }

let receiver: WebhookReceiver
afterEach(() => receiver.stop())

const message = (shape: WebhookCall['shape'], more: Partial<WebhookCall> = {}): WebhookCall => ({
  name: 'out',
  shape,
  key: 'c1/notice/begin/out/webhook/1',
  cutover: { id: 'c1', title: 'The shop moves', environment: 'production', live: true },
  step: 'begin',
  notice: { subject: 'It begins', text: 'We are read-only until midnight.' },
  ...more,
})

const call = (sent: WebhookCall) =>
  makeWebhooks(
    { out: { url: receiver.url, token: 'secret', page: 'p1', components: ['db'] } },
    PATIENCE,
  ).call(sent)

const failure = async (sent: WebhookCall): Promise<WebhookError> => {
  const error: unknown = await call(sent).catch((caught: unknown) => caught)
  if (!(error instanceof WebhookError)) throw new Error(`no WebhookError: ${String(error)}`)
  expect(`${error.message} ${error.hint}`).not.toContain('secret')
  return error
}

/** A status page with its events in memory. */
const page = (events: { id: string; metadata: unknown }[]) =>
  startReceiver(({ method, path, body }): Answer => {
    if (method === 'GET') return { status: 200, body: path.endsWith('/scheduled') ? events : [] }
    if (method === 'PATCH') return { status: 200, body: { id: path.split('/').at(-1) } }
    const incident = body['incident'] as { metadata: unknown }
    events.push({ id: `e${events.length + 1}`, metadata: incident.metadata })
    return { status: 201, body: events.at(-1) }
  })

const onPage = (state: NonNullable<WebhookCall['page']>['state'], id?: string) =>
  message('statuspage', {
    page: { state, start: START, end: START + 3_600_000, ...(id === undefined ? {} : { id }) },
  })

describe('a status page', () => {
  it('gets one event, and is updated under its id from then on', async () => {
    receiver = await page([])
    expect(await call(onPage('scheduled'))).toEqual({ id: 'e1' })
    expect(await call(onPage('in progress', 'e1'))).toEqual({ id: 'e1' })
    expect(receiver.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/pages/p1/incidents/scheduled',
      'POST /v1/pages/p1/incidents',
      'PATCH /v1/pages/p1/incidents/e1',
    ])
    const [, made, updated] = receiver.received
    expect(made?.headers.authorization).toBe('OAuth secret')
    expect(made?.body['incident']).toMatchObject({
      name: 'It begins',
      status: 'scheduled',
      body: 'We are read-only until midnight.',
      scheduled_for: '2026-11-20T22:00:00.000Z',
      scheduled_until: '2026-11-20T23:00:00.000Z',
      component_ids: ['db'],
    })
    expect(updated?.body['incident']).toMatchObject({ status: 'in_progress' })
  })

  it('is never moved on by the receiver itself, also where no components are named', async () => {
    receiver = await page([])
    const { url } = receiver
    await makeWebhooks({ out: { url, token: 'secret', page: 'p1' } }, PATIENCE).call(onPage('scheduled'))
    const made = receiver.received.find(({ method }) => method === 'POST')?.body['incident']
    expect(made).toMatchObject({ scheduled_auto_in_progress: false, scheduled_auto_completed: false })
    expect(made).not.toHaveProperty('component_ids')
  })

  it('whose answer was lost is asked for its event before another one is made', async () => {
    const events: { id: string; metadata: unknown }[] = []
    receiver = await page(events)
    receiver.answerWith({ status: 200, body: [] }, 'drop')
    expect((await failure(onPage('scheduled'))).mayHaveArrived).toBe(true)
    events.push({ id: 'e7', metadata: { cutover: { id: 'c1' } } })
    expect(await call(onPage('scheduled'))).toEqual({ id: 'e7' })
    expect(receiver.received.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})

describe('a pager', () => {
  it('has one alert under one key, triggered and resolved', async () => {
    receiver = await startReceiver()
    await call(message('pagerduty', { alert: { key: 'cutover/c1', action: 'trigger' } }))
    await call(message('pagerduty', { alert: { key: 'cutover/c1', action: 'resolve' } }))
    expect(receiver.received.map(({ body }) => body)).toEqual([
      expect.objectContaining({
        routing_key: 'secret',
        event_action: 'trigger',
        dedup_key: 'cutover/c1',
        payload: expect.objectContaining({ summary: 'It begins', source: 'cutover c1', severity: 'warning' }),
      }),
      { routing_key: 'secret', event_action: 'resolve', dedup_key: 'cutover/c1' },
    ])
  })

  it('of Opsgenie knows it by its alias', async () => {
    receiver = await startReceiver()
    for (const action of ['trigger', 'acknowledge', 'resolve'] as const)
      await call(message('opsgenie', { alert: { key: 'cutover/c1', action } }))
    expect(receiver.received.map(({ path }) => path)).toEqual([
      '/v2/alerts',
      '/v2/alerts/cutover%2Fc1/acknowledge?identifierType=alias',
      '/v2/alerts/cutover%2Fc1/close?identifierType=alias',
    ])
    expect(receiver.received[0]?.body).toMatchObject({ message: 'It begins', alias: 'cutover/c1' })
    expect(receiver.received[0]?.headers.authorization).toBe('GenieKey secret')
  })

  it('that answers 500 is asked again, for it knows the message by its key', async () => {
    receiver = await startReceiver()
    receiver.answerWith({ status: 500 }, { status: 429, headers: { 'retry-after': '0' } })
    await call(message('pagerduty', { alert: { key: 'k', action: 'trigger' } }))
    expect(receiver.received).toHaveLength(3)
  })

  it('that goes on answering 500 is given up with what it said', async () => {
    receiver = await startReceiver(() => ({ status: 500, body: 'database\n is away.' }))
    const { message: words, mayHaveArrived } = await failure(
      message('pagerduty', { alert: { key: 'k', action: 'trigger' } }),
    )
    expect(words).toBe('The webhook “out” answered 500: database is away.')
    expect(mayHaveArrived).toBe(false)
    expect(receiver.received).toHaveLength(3)
  })
})

describe('any other receiver', () => {
  it('gets an object of ours with a key, or the one that the template writes', async () => {
    receiver = await startReceiver()
    await call(message('json'))
    await call(message('json', { notice: { text: '{"level":"info"}' } }))
    expect(receiver.received.map(({ body }) => body)).toEqual([
      {
        cutover: 'c1',
        title: 'The shop moves',
        environment: 'production',
        rehearsal: false,
        step: 'begin',
        subject: 'It begins',
        text: 'We are read-only until midnight.',
      },
      { level: 'info' },
    ])
    expect(receiver.received[0]?.headers).toMatchObject({
      'idempotency-key': 'c1/notice/begin/out/webhook/1',
      authorization: 'Bearer secret',
      'content-type': 'application/json',
    })
  })

  it('that hangs is told once only, and the failure says that it may have arrived', async () => {
    receiver = await startReceiver(() => 'hang')
    const { message: words, hint, mayHaveArrived } = await failure(message('json'))
    expect(words).toBe('The webhook “out” did not answer within 0.3 s. It may have taken the message or not.')
    expect(hint).toContain('Look there first')
    expect(mayHaveArrived).toBe(true)
    expect(receiver.received).toHaveLength(1)
  })

  it('that is not there is asked three times, and nothing has arrived', async () => {
    receiver = await startReceiver()
    await receiver.stop()
    const { message: words, mayHaveArrived } = await failure(message('json'))
    expect(words).toContain('cannot be reached')
    expect(mayHaveArrived).toBe(false)
  })

  it('that refuses the token says where to look', async () => {
    receiver = await startReceiver(() => ({ status: 401, body: { error: 'no' } }))
    expect((await failure(message('json'))).hint).toContain('CUTOVER_WEBHOOKS_FILE')
    expect(receiver.received).toHaveLength(1)
  })

  it('that sends the message on elsewhere is not followed with the token', async () => {
    receiver = await startReceiver(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }))
    expect((await failure(message('json'))).message).toContain('“out”')
  })
})

describe('the webhooks file', () => {
  it('that names none of that name, or not what its shape needs, says so', async () => {
    receiver = await startReceiver()
    expect((await failure({ ...message('json'), name: 'other' })).message).toBe(
      'No webhook is called “other” here.',
    )
    const without = makeWebhooks({ out: { url: receiver.url } }, PATIENCE)
    await expect(without.call(onPage('scheduled'))).rejects.toThrow('has no `page`')
  })

  it('is read strictly, and its complaints hold no token', async () => {
    receiver = await startReceiver()
    expect(readReceivers('{"pager": {"token": "abc"}}')).toEqual({ pager: { token: 'abc' } })
    expect(() => readReceivers('{"pager": {"tokn": "abc"}}')).toThrow(/^at pager: .*tokn/)
    expect(() => readReceivers('{"pager": {"url": "abc", "token": "xyz"}}')).toThrow(
      /^at pager\.url: (?!.*xyz)/,
    )
    expect(() => readReceivers('nothing')).toThrow('it is not JSON')
  })
})
