import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliverNotices } from '../../src/app/deliver-notices.ts'
import { NoticeFailure, type NoticeMeans } from '../../src/app/notice-means.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { LEADER, person } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

/** A cutover whose notice to Slack and by e-mail is due now. */
async function due(): Promise<string> {
  const plan = aPlan()
    .tell('begin', { to: ['ops', 'staff'] })
    .with({
      live: false,
      targets: {},
      audiences: {
        ops: { slack: ['#ops'], email: [] },
        staff: { slack: [], email: ['a@example.org', 'b@example.org'] },
      },
    })
    .build()
  const id = await opening(test.log, plan)
  await say(test.log, id, { type: 'advance' }, LEADER)
  return id
}

function means(over: Partial<NoticeMeans> = {}) {
  const sent: string[] = []
  const all: NoticeMeans = {
    render: (_, step, medium) => ({ subject: 'S', text: `${step.id} by ${medium}` }),
    post: async ({ channel }) => void sent.push(channel),
    mail: async ({ to }) => {
      sent.push(to.join())
      return { rejected: [{ address: 'b@example.org', reason: 'no such user' }] }
    },
    plain: (_, text) => ({ text }),
    call: async ({ name }) => {
      sent.push(name)
      return {}
    },
    ...over,
  }
  return { sent, all }
}

async function deliver(id: string, all: NoticeMeans, log = test.log) {
  await deliverNotices({ log, claims: makeNoticeClaims(test.pool), means: all, logger: quiet }, id)
}

const noticesOf = async (id: string) =>
  (await test.log.events(id)).filter(({ type }) => type === 'notice delivered' || type === 'notice failed')

describe('a notice that is due', () => {
  it('goes to each medium of each audience once, also when two serves look at the same moment', async () => {
    const id = await due()
    const { sent, all } = means({
      mail: async ({ to }) => {
        sent.push(to.join())
        await new Promise((resolve) => setTimeout(resolve, 200))
        return { rejected: [] }
      },
    })
    await Promise.all([deliver(id, all), deliver(id, all, test.another().log)])
    await deliver(id, all)

    expect(sent.filter((one) => one.includes('@'))).toEqual(['a@example.org,b@example.org'])
    expect((await noticesOf(id)).map(({ type }) => type)).toEqual(['notice delivered', 'notice delivered'])
  })

  it('records the addresses that the server refused', async () => {
    const id = await due()
    await deliver(id, means().all)
    const mail = (await noticesOf(id)).find(({ data }) => 'medium' in data && data.medium === 'email')
    expect(mail?.data).toMatchObject({ rejected: [{ address: 'b@example.org', reason: 'no such user' }] })
  })

  it('that cannot be sent says why, and the other medium goes out all the same', async () => {
    const id = await due()
    const { all, sent } = means({
      post: () => Promise.reject(new NoticeFailure('The channel is archived.', 'Unarchive it.')),
    })
    await deliver(id, all)
    expect(sent).toEqual(['a@example.org,b@example.org'])
    const failed = (await noticesOf(id)).find(({ type }) => type === 'notice failed')
    expect(failed?.data).toMatchObject({ why: 'The channel is archived.', hint: 'Unarchive it.' })
  })

  it.each([
    ['silent', [], 'notice parked'],
    ['deaf', ['#ops'], 'notice delivered'],
  ] as const)('while Slack is %s is posted to %j, and its step is done', async (how, posted, type) => {
    const id = await due()
    const since = await test.log.now()
    await say(test.log, id, { type: 'report slack away', since, how, why: 'Slack is away' }, LEADER)
    const { all, sent } = means()
    await deliver(id, all)

    expect(sent).toEqual([...posted, 'a@example.org,b@example.org'])
    const [bySlack] = (await test.log.events(id)).filter(
      ({ data }) => 'medium' in data && data.medium === 'slack',
    )
    expect(bySlack?.type).toBe(type)
    expect((await test.log.load(id))?.state.steps['begin']?.status).toBe('done')
  })

  it('that fails in an unexpected way holds up no other and is tried again', async () => {
    const id = await due()
    const { all, sent } = means({ post: () => Promise.reject(new TypeError('x is not a function')) })
    await deliver(id, all)
    expect(sent).toEqual(['a@example.org,b@example.org'])
    const again = means()
    await deliver(id, again.all)
    expect(again.sent).toEqual(['#ops'])
  })

  it('whose sender vanished in the middle of an e-mail asks instead of sending it again', async () => {
    const id = await due()
    void deliver(id, means({ mail: () => new Promise(() => undefined) }).all)
    await expect
      .poll(
        async () => (await test.pool.query('select from cutover.notice where cutover = $1', [id])).rowCount,
      )
      .toBe(1)
    const { all, sent } = means()
    await deliver(id, all)
    expect(sent.filter((one) => one.includes('@'))).toEqual([])

    await test.pool.query(`update cutover.notice set changed_at = now() - interval '3 minutes'`)
    await deliver(id, all)
    expect(sent.filter((one) => one.includes('@'))).toEqual([])
    const failed = (await noticesOf(id)).find(({ type }) => type === 'notice failed')
    expect(failed?.data).toMatchObject({ why: expect.stringContaining('Nobody knows whether the e-mail') })
  })

  it('is not mailed when it was skipped while the medium before it hung', async () => {
    const id = await due()
    const { all, sent } = means({
      post: async () =>
        void (await say(test.log, id, { type: 'skip', step: 'begin', reason: 'too early' }, person(ANA))),
    })
    await deliver(id, all)
    expect(sent).toEqual([])
    expect(await noticesOf(id)).toMatchObject([{ type: 'notice delivered', data: { medium: 'slack' } }])
  })

  it('is not mailed when the cutover was postponed while the medium before it hung', async () => {
    const id = await due()
    const { all, sent } = means({
      post: async () => void (await say(test.log, id, { type: 'postpone', reason: 'a storm' }, person(ANA))),
    })
    await deliver(id, all)
    expect(sent).toEqual([])
  })

  it('to an audience that this environment does not name is rendered for the record and goes to no one', async () => {
    const plan = aPlan()
      .tell('begin', { to: ['customers'] })
      .with({ live: false, targets: {} })
      .build()
    const id = await opening(test.log, plan)
    await say(test.log, id, { type: 'advance' }, LEADER)
    const { all, sent } = means()
    await deliver(id, all)
    expect(sent).toEqual([])
    expect(await noticesOf(id)).toMatchObject([
      { type: 'notice delivered', data: { medium: 'report', to: [], text: 'begin by email' } },
    ])
  })
})
