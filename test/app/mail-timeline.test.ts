import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHead } from '../../src/app/anchor.ts'
import { NoticeFailure } from '../../src/app/notice-means.ts'
import { mailTimeline, type TimelineMailMeans } from '../../src/app/mail-timeline.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { verifyCutover } from '../../src/postgres/verify.ts'
import { timelineAtEnd } from '../../src/report/timeline-at-end.ts'
import { timelineMail } from '../../src/report/timeline-mail.ts'
import { person } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

const AUDIENCES = {
  ops: { slack: ['#ops'], email: [] },
  staff: { slack: [], email: ['a@example.org', 'b@example.org'] },
}

async function opened(audiences: object = AUDIENCES): Promise<string> {
  const plan = aPlan().do('stop').with({ live: false, targets: {} }).build()
  return opening(test.log, { ...plan, audiences: { ...audiences } })
}

const abandon = (id: string) => say(test.log, id, { type: 'abandon', reason: 'not tonight' }, person(ANA))

interface Sent {
  readonly to: readonly string[]
  readonly subject: string | undefined
  readonly text: string
}

function means(over: Partial<TimelineMailMeans> = {}, log = test.log) {
  const sent: Sent[] = []
  const all: TimelineMailMeans = {
    async timelineMail(state) {
      const ended = await timelineAtEnd(log, state, new Map())
      return ended === undefined ? null : timelineMail(ended)
    },
    async mail({ to, notice }) {
      sent.push({ to, subject: notice.subject, text: notice.text })
      return { rejected: [{ address: 'b@example.org', reason: 'no such user' }] }
    },
    ...over,
  }
  return { sent, all }
}

async function look(id: string, all: TimelineMailMeans, { log = test.log, laterMs = 0 } = {}) {
  const loaded = (await log.load(id))!
  const deps = { log, claims: makeNoticeClaims(test.pool), means: all, logger: quiet }
  return mailTimeline(deps, loaded.state, loaded.now + laterMs)
}

const mailed = async (id: string) =>
  (await test.log.events(id)).filter(({ type }) => type === 'timeline mailed').map(({ data }) => data)

describe('the last mail about a cutover', () => {
  it('goes out once it is over, once to each audience, also when two serves look', async () => {
    const id = await opened()
    const { sent, all } = means()
    await look(id, all)
    expect(sent).toEqual([])

    await abandon(id)
    await Promise.all([look(id, all), look(id, all, { log: test.another().log })])
    await look(id, all)

    expect(sent.map(({ to }) => to)).toEqual([['a@example.org', 'b@example.org']])
    expect(await mailed(id)).toMatchObject([
      { audience: 'staff', rejected: [{ address: 'b@example.org', reason: 'no such user' }] },
    ])
  })

  it('says that it was a rehearsal, how it ended, and the place of the end, which verify takes', async () => {
    const id = await opened()
    await abandon(id)
    const { sent, all } = means()
    await look(id, all)

    expect(sent[0]?.subject).toMatch(/^\[REHEARSAL\] .+: abandoned$/)
    expect(sent[0]?.text).toMatch(/^REHEARSAL on .+: nothing here is live\.\n\n.+: Abandoned /)
    const head = parseHead(/--head (\S+)/.exec(sent[0]?.text ?? '')?.[1] ?? '')
    if ('problem' in head) throw new Error(head.problem)
    expect(head.position).toBeGreaterThan(1)
    expect((await verifyCutover(test.pool, id, head))?.findings).toEqual([])
    expect(await mailed(id)).toMatchObject([{ head: head.head, text: sent[0]?.text }])
  })

  it('reaches nobody whom the environment does not name', async () => {
    const id = await opened({ ops: AUDIENCES.ops })
    await abandon(id)
    const { sent, all } = means()
    await look(id, all)
    expect([sent, await mailed(id)]).toEqual([[], []])
  })

  it('that the server does not take for an hour is recorded with the reason, and not sent again', async () => {
    const id = await opened()
    await abandon(id)
    const refusing = means({
      mail: () => Promise.reject(new NoticeFailure('The mail server is away.', 'Wait.')),
    })
    expect(await look(id, refusing.all)).toBe('again')
    expect(await mailed(id)).toEqual([])
    expect(await look(id, refusing.all, { laterMs: 61 * 60_000 })).toBe('done')
    const { sent, all } = means()
    await look(id, all)

    expect(sent).toEqual([])
    expect(await mailed(id)).toMatchObject([{ failed: 'The mail server is away.' }])
  })

  it('that the mail server takes at a later try is recorded as sent', async () => {
    const id = await opened()
    await abandon(id)
    const away = means({ mail: () => Promise.reject(new NoticeFailure('The mail server is away.', 'Look.')) })
    await look(id, away.all)
    const { sent, all } = means()
    expect(await look(id, all)).toBe('done')
    expect(await look(id, all)).toBe('done')
    expect(sent).toHaveLength(1)
    expect((await mailed(id)).map((one) => 'failed' in one)).toEqual([false])
  })

  it('whose sender vanished in the middle is not sent twice', async () => {
    const id = await opened()
    await abandon(id)
    void look(id, means({ mail: () => new Promise(() => undefined) }).all)
    const claims = () => test.pool.query('select from cutover.notice where cutover = $1', [id])
    await expect.poll(async () => (await claims()).rowCount).toBe(1)
    await test.pool.query(`update cutover.notice set changed_at = now() - interval '3 minutes'`)

    const { sent, all } = means()
    await look(id, all)
    expect(sent).toEqual([])
    expect(await mailed(id)).toMatchObject([{ failed: expect.stringContaining('Nobody knows') }])
  })

  it('is not sent days after the end', async () => {
    const id = await opened()
    await abandon(id)
    const { sent, all } = means()
    await look(id, all, { laterMs: 25 * 60 * 60_000 })
    expect(sent).toEqual([])
  })
})
