import { afterAll, beforeAll, expect, it } from 'vitest'
import type { NoticeMeans } from '../../../src/app/notice-means.ts'
import type { TimelineMailMeans } from '../../../src/app/mail-timeline.ts'
import { startNoticing } from '../../../src/cli/serve/noticing.ts'
import { makeNoticeClaims } from '../../../src/postgres/notice-claims.ts'
import { LEADER, person } from '../../support/cutover.ts'
import { quiet } from '../../support/installation.ts'
import { say, startTestLog, type TestLog } from '../../support/log.ts'
import { opening } from '../../support/opened.ts'
import { ANA, aPlan } from '../../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

/** Something critical calls the pager at once, and a notice goes out by mail. */
async function inTrouble(): Promise<string> {
  const plan = aPlan()
    .tell('begin', { to: ['staff'] })
    .with({
      live: false,
      targets: {},
      audiences: {
        staff: { slack: [], email: ['a@example.org'] },
        oncall: { slack: [], email: [], webhook: { name: 'pager', shape: 'pagerduty' } },
      },
      escalation: [{ afterMs: 0, roles: ['lead'], page: 'oncall' }],
    })
    .build()
  const id = await opening(test.log, plan)
  const issue = { type: 'issue', text: 'the disk is full', severity: 'critical' } as const
  await say(test.log, id, issue, person(ANA))
  await say(test.log, id, { type: 'advance' }, LEADER)
  return id
}

/** Three notices to three receivers at once, and a later one to the first of them. */
const outward = aPlan()
  .tell('begin', { to: ['page', 'staff', 'partner'] })
  .tell('next', { to: ['page'], parallel: true })
  .with({
    live: false,
    targets: {},
    audiences: {
      page: { slack: [], email: [], webhook: { name: 'page', shape: 'json' } },
      partner: { slack: [], email: [], webhook: { name: 'partner', shape: 'json' } },
      staff: { slack: [], email: ['a@example.org'] },
    },
  })
  .build()

it('a webhook that hangs holds up only what goes to itself', async () => {
  const id = await opening(test.log, outward)
  await say(test.log, id, { type: 'advance' }, LEADER)
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const called: string[] = []
  const means: NoticeMeans & TimelineMailMeans = {
    render: (_, step) => ({ subject: 'S', text: step.id }),
    plain: (_, text) => ({ text }),
    post: async () => undefined,
    mail: async () => ({ rejected: [] }),
    call: async ({ name, step }) => {
      called.push(`${name}: ${step}`)
      if (name === 'page') await held
      return {}
    },
    timelineMail: async () => null,
  }
  const claims = makeNoticeClaims(test.pool)
  const noticing = startNoticing({ log: test.log, claims, means, logger: quiet, leads: () => true })
  const notices = async () => (await test.log.load(id))?.state.steps['begin']?.notices
  noticing.owe(id)
  await expect.poll(notices).toEqual({ 'staff/email': 'delivered', 'partner/webhook': 'delivered' })
  await say(test.log, id, { type: 'advance' }, LEADER)
  expect((await test.log.load(id))?.state.steps['next']?.status).toBe('active')
  noticing.owe(id)
  await new Promise((resolve) => setTimeout(resolve, 100))
  // In its order: the page hears of what comes next when it has heard of the beginning.
  expect(called.toSorted()).toEqual(['page: begin', 'partner: begin'])
  release()
  await expect.poll(async () => (await test.log.load(id))?.state.steps['next']?.status).toBe('done')
  expect(called).toContain('page: next')
  await noticing.stop()
})

it('a pager that hangs holds up no notice, and a mail server that hangs for one cutover no other', async () => {
  const [hanging, other] = [await inTrouble(), await inTrouble()]
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const begun: string[] = []
  const means: NoticeMeans & TimelineMailMeans = {
    render: (_, step) => ({ subject: 'S', text: step.id }),
    plain: (_, text) => ({ text }),
    post: async () => undefined,
    mail: async ({ key }) => {
      begun.push(key.startsWith(hanging) ? 'mail of the first' : 'mail of the other')
      if (key.startsWith(hanging)) await held
      return { rejected: [] }
    },
    call: async ({ cutover }) => {
      begun.push(cutover.id === hanging ? 'pager of the first' : 'pager of the other')
      await held
      return {}
    },
    timelineMail: async () => null,
  }
  const claims = makeNoticeClaims(test.pool)
  const noticing = startNoticing({ log: test.log, claims, means, logger: quiet, leads: () => true })
  noticing.owe(hanging)
  noticing.owe(other)
  await expect
    .poll(() => begun.toSorted())
    .toEqual(['mail of the first', 'mail of the other', 'pager of the first', 'pager of the other'])
  await expect.poll(async () => (await test.log.load(other))?.state.steps['begin']?.status).toBe('done')
  expect((await test.log.load(hanging))?.state.steps['begin']?.status).toBe('active')
  release()
  await noticing.stop()
  expect((await test.log.load(hanging))?.state.steps['begin']?.status).toBe('done')
})
