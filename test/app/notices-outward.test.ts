import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callPagers } from '../../src/app/call-pagers.ts'
import { deliverNotices } from '../../src/app/deliver-notices.ts'
import { draftNotices, hashOf } from '../../src/app/draft-notices.ts'
import type { NoticeMeans } from '../../src/app/notice-means.ts'
import type { TimelineMailMeans } from '../../src/app/mail-timeline.ts'
import { makeNoticeMeans } from '../../src/cli/serve/notice-means.ts'
import type { Plan, TellStep } from '../../src/domain/plan.ts'
import { startMailSink, type MailSink } from '../../src/mail/mail-sink.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { LEADER, person } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, at, CAI, HOUR } from '../support/plans.ts'
import { startReceiver, type WebhookReceiver } from '../support/receiver.ts'

let test: TestLog
let sink: MailSink
let receiver: WebhookReceiver
let folder: string
let means: NoticeMeans & TimelineMailMeans

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-outward-'))
  test = await startTestLog()
  sink = await startMailSink({ port: 0, folder: join(folder, 'mail') })
  receiver = await startReceiver(({ method }) =>
    method === 'GET' ? { status: 200, body: [] } : { status: 201, body: { id: 'event-1' } },
  )
  means = makeNoticeMeans({
    smtpUrl: sink.url,
    mailFrom: 'Cutover <cutover@ops.example>',
    webhooks: {
      page: { url: receiver.url, token: 't', page: 'p1' },
      pager: { url: `${receiver.url}/enqueue`, token: 'routing' },
    },
    names: new Map(),
    log: test.log,
    post: async () => undefined,
  })
})
afterAll(async () => {
  await test.stop()
  await sink.stop()
  await receiver.stop()
  await rm(folder, { recursive: true, force: true })
})

const AUDIENCES: Plan['audiences'] = {
  ops: { slack: ['#ops'], email: [] },
  staff: { slack: [], email: ['a@example.org', 'b@example.org'] },
  page: { slack: [], email: [], webhook: { name: 'page', shape: 'statuspage' } },
  oncall: { slack: [], email: [], webhook: { name: 'pager', shape: 'pagerduty' } },
}

/** A plan on whose first notice everything outside hangs. */
function planWith(
  tell: Partial<Pick<TellStep, 'to' | 'approve' | 'page' | 'meet'>>,
  change: Partial<Plan> = {},
): Plan {
  const plan = aPlan()
    .phase('early', at(-60))
    .tell('announce', { to: ['staff', 'page'], ...tell })
    .phase('work', at(0))
    .do('change', { undo: 'do' })
    .with({
      targets: {},
      audiences: AUDIENCES,
      templates: { 'templates/notice.hbs': '---\nsubject: {{cutover.title}}\n---\nState {{cutover.state}}.' },
      ...change,
    })
    .build()
  return plan
}

/** What serve does once for a cutover. */
async function serve(id: string): Promise<void> {
  await say(test.log, id, { type: 'advance' }, LEADER)
  const deps = { log: test.log, claims: makeNoticeClaims(test.pool), means, logger: quiet }
  await callPagers(deps, id)
  await draftNotices(deps, id)
  await deliverNotices(deps, id)
}

const stateOf = async (id: string) => {
  const loaded = await test.log.load(id)
  if (loaded === null) throw new Error('no cutover')
  return loaded.state
}

describe('a notice that wants approval', () => {
  it('reaches nobody before it, and afterwards says what was read', async () => {
    const id = await opening(test.log, planWith({ approve: 'communicator', page: 'scheduled' }))
    const [mails, calls] = [sink.messages().length, receiver.received.length]
    await serve(id)
    await serve(id)
    const { draft } = (await stateOf(id)).steps['announce'] ?? {}
    expect(draft?.texts.map(({ audience, medium, text }) => [audience, medium, text])).toEqual([
      ['staff', 'email', 'State scheduled.'],
      ['page', 'webhook', 'State scheduled.'],
    ])
    expect(draft?.hash).toBe(hashOf(draft?.texts ?? []))
    expect([sink.messages().length, receiver.received.length]).toEqual([mails, calls])

    const text = 'We begin at ten. <b>Really</b>'
    await say(test.log, id, { type: 'approve', step: 'announce', text }, person(CAI))
    await serve(id)
    expect(sink.messages().at(-1)).toMatchObject({ subject: 'Shop to PostgreSQL', text: `${text}\n` })
    expect(receiver.received.at(-1)?.body['incident']).toMatchObject({ body: text, status: 'scheduled' })
    const delivered = (await test.log.events(id)).flatMap((one) =>
      one.type === 'notice delivered' ? [one.data] : [],
    )
    expect(delivered.map(({ approved }) => approved)).toEqual([draft?.hash, draft?.hash])
    const state = await stateOf(id)
    expect(state.steps['announce']?.status).toBe('done')
    expect(state.pages).toMatchObject({ page: { id: 'event-1', state: 'scheduled' } })
  })
})

describe('a status page that answers 500', () => {
  it('fails the notice with what it said; the mail went out, and Retry goes on where it stopped', async () => {
    const id = await opening(test.log, planWith({ page: 'scheduled' }))
    receiver.answerWith({ status: 200, body: [] }, { status: 500, body: 'database away' })
    await serve(id)
    const mails = sink.messages().length
    const { steps } = await stateOf(id)
    expect(steps['announce']).toMatchObject({
      status: 'failed',
      reason: 'The webhook “page” answered 500: database away.',
      notices: { 'staff/email': 'delivered', 'page/webhook': 'failed' },
    })
    await say(test.log, id, { type: 'retry', step: 'announce', reason: 'it is back' }, person(ANA))
    await serve(id)
    const again = await stateOf(id)
    expect(again.steps['announce']?.status).toBe('done')
    expect(sink.messages().length).toBe(mails)
    expect(again.pages).toMatchObject({ page: { id: 'event-1' } })
  })
})

describe('a meeting', () => {
  it('is a calendar mail under one UID, moved and taken back with the cutover', async () => {
    const meet = { at: at(120), lengthMs: HOUR, agenda: ['Results', 'Next steps'] }
    const base = planWith({ to: ['staff'], meet })
    const inviting = base.steps['announce']
    if (inviting?.kind !== 'tell') throw new Error('no tell')
    const { phase: _, at: __, meet: ___, ...rest } = { ...inviting }
    const meeting: TellStep = {
      ...rest,
      id: 'meeting-announce',
      place: 'notice',
      occasion: { kind: 'meeting', of: 'announce' },
    }
    const id = await opening(test.log, { ...base, steps: { ...base.steps, 'meeting-announce': meeting } })
    await serve(id)
    const ics = async () => {
      const mail = sink.messages().at(-1)
      const raw = mail === undefined ? '' : await readFile(mail.file, 'utf8')
      const part = /Content-Type: text\/calendar[\s\S]*?\r?\n\r?\n([\s\S]*?)\r?\n--/i.exec(raw)
      const encoded = part?.[1] ?? ''
      const text = /base64/i.test(part?.[0] ?? '') ? Buffer.from(encoded, 'base64').toString() : encoded
      return text.replaceAll(/\r?\n[ \t]/g, '')
    }
    const invited = await ics()
    const { plannedStart } = await stateOf(id)
    const stamp = (instant: number) => new Date(instant).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    expect(invited).toContain('METHOD:REQUEST')
    expect(invited).toContain(`UID:${id}.announce@ops.example`)
    expect(invited).toContain('SEQUENCE:0')
    expect(invited).toContain(`DTSTART:${stamp(plannedStart + 2 * HOUR)}`)
    expect(invited).toContain('Results')

    const to = plannedStart + 24 * HOUR
    await say(test.log, id, { type: 'postpone', reason: 'later', to }, person(ANA))
    await serve(id)
    const moved = await ics()
    expect(moved).toContain(`UID:${id}.announce@ops.example`)
    expect(moved).toContain('SEQUENCE:1')
    expect(moved).toContain(`DTSTART:${stamp(to + 2 * HOUR)}`)

    await say(test.log, id, { type: 'abandon', reason: 'not at all' }, person(ANA))
    await serve(id)
    expect(await ics()).toContain('METHOD:CANCEL')
    expect(await ics()).toContain('SEQUENCE:2')
  })
})

describe('an escalation', () => {
  it('pages once under one key, acknowledges when somebody has it, and resolves with its end', async () => {
    const id = await opening(
      test.log,
      planWith({ to: ['ops'] }, { escalation: [{ afterMs: 0, roles: ['lead'], page: 'oncall' }] }),
    )
    const from = receiver.received.length
    const issue = { type: 'issue', text: 'Customers cannot pay', severity: 'critical' } as const
    await say(test.log, id, issue, person(ANA))
    await serve(id)
    await serve(id)
    await say(test.log, id, { type: 'take on' }, person(ANA))
    await serve(id)
    const [opened] = (await stateOf(id)).issues
    await say(test.log, id, { type: 'close issue', issue: opened?.id ?? '' }, person(ANA))
    await serve(id)
    const calls = receiver.received.slice(from)
    expect(calls.map(({ body }) => body['event_action'])).toEqual(['trigger', 'acknowledge', 'resolve'])
    expect(new Set(calls.map(({ body }) => body['dedup_key'])).size).toBe(1)
  })

  it('whose pager hangs up is recorded once, and goes through later', async () => {
    const id = await opening(
      test.log,
      planWith({ to: ['ops'] }, { escalation: [{ afterMs: 0, roles: ['lead'], page: 'oncall' }] }),
    )
    await say(test.log, id, { type: 'issue', text: 'Down', severity: 'critical' }, person(ANA))
    receiver.answerWith({ status: 400 }, { status: 400 })
    await serve(id)
    await serve(id)
    await serve(id)
    const told = (await test.log.events(id)).flatMap((one) => (one.type === 'pager called' ? [one.data] : []))
    expect(told.map(({ failed }) => failed)).toEqual(['The webhook “pager” answered 400.', undefined])
  })
})
