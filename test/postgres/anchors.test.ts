import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHead, type ExpectedHead } from '../../src/app/anchor.ts'
import { desired } from '../../src/bot/projection/desired.ts'
import { eventHash, GENESIS } from '../../src/postgres/hash.ts'
import { storedEvents, verifyCutover } from '../../src/postgres/verify.ts'
import { timelineAtEnd } from '../../src/report/timeline-at-end.ts'
import { timelineBlocks } from '../../src/report/timeline-blocks.ts'
import { LEADER, person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'

let test: TestLog
let id: string

beforeAll(async () => {
  test = await startTestLog()
  const plan = aPlan()
    .decide('go')
    .do('stop')
    .with({ live: false, targets: {}, audiences: { ops: { slack: ['#ops'], email: [] } } })
    .build()
  id = await opening(test.log, plan)
  await say(test.log, id, { type: 'advance' }, LEADER)
  await say(test.log, id, { type: 'note', text: 'all quiet' }, person(ANA))
  await say(test.log, id, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'a storm' }, person(BEN))
  await say(test.log, id, { type: 'advance' }, LEADER)
  await say(test.log, id, { type: 'round', gate: 'go', reason: 'it has passed' }, person(ANA))
  await say(test.log, id, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'another one' }, person(BEN))
})
afterAll(() => test.stop())

/** What stands on a message that is posted, as somebody copies it. */
async function postedOn(key: string): Promise<ExpectedHead> {
  const { state, now } = (await test.log.load(id))!
  const anchors = await test.log.anchors(id, state.position)
  const posted = new Set(['channel', 'gate/go/1'])
  const message = desired(state, { now, progress: new Map(), posted, anchors }).find((one) => one.key === key)
  return copied(message)
}

function copied(message: unknown): ExpectedHead {
  const [, text = ''] = /record `([^`]+)`/.exec(JSON.stringify(message)) ?? []
  const head = parseHead(text)
  if ('problem' in head) throw new Error(head.problem)
  return head
}

const findings = async (head: ExpectedHead) => (await verifyCutover(test.pool, id, head))?.findings

/** The whole chain anew, so that nothing in the database contradicts it. */
async function rewrite(change: (data: string) => string): Promise<void> {
  let previous = GENESIS
  const rehashed = new Map<string, string>()
  for (const row of await storedEvents(test.pool, id)) {
    const forged = { ...row, data: change(row.data), previous }
    previous = eventHash(forged)
    rehashed.set(row.hash, previous)
    await test.tamper(
      'update cutover.event set data = $3, previous = $4, hash = $5 where cutover = $1 and position = $2',
      [id, row.position, forged.data, forged.previous, previous],
    )
  }
  await test.tamper('update cutover.cutover set head = $2 where id = $1', [id, previous])
}

describe('what is posted at a decision', () => {
  it('is its place in the record, on its card, on that of an earlier round, and in #ops; verify takes it', async () => {
    const events = await storedEvents(test.pool, id)
    const decided = events.filter(({ type }) => type === 'gate decided')
    const places = decided.map(({ position, hash }) => ({ position: Number(position), head: hash }))
    expect(places).toHaveLength(2)

    expect([await postedOn('gate/go/1'), await postedOn('gate/go/2')]).toEqual(places)
    expect([await postedOn('ops/#ops/decision/go/1'), await postedOn('ops/#ops/decision/go/2')]).toEqual(
      places,
    )
    for (const place of places) expect(await findings(place)).toEqual([])
  })

  it('and at the end is the place of the end, whatever was recorded since', async () => {
    await say(test.log, id, { type: 'abandon', reason: 'not this week' }, person(ANA))
    const { state } = (await test.log.load(id))!
    const ended = (await timelineAtEnd(test.log, state, new Map()))!
    await say(test.log, id, { type: 'report timeline', channel: 'C1', head: ended.end.hash }, LEADER)

    const head = copied(timelineBlocks(ended.timeline))
    const end = (await storedEvents(test.pool, id)).find(({ type }) => type === 'cutover abandoned')
    expect(head).toEqual({ position: Number(end?.position), head: end?.hash })
    expect(await findings(head)).toEqual([])
  })

  it('gives away a record that its owner rewrote from the first event to the last, and names the event', async () => {
    const place = await postedOn('gate/go/1')
    await rewrite((data) => data.replace('all quiet', 'sirens'))

    expect(await findings(place)).toEqual([
      {
        position: place.position,
        message: `event ${place.position} has another hash than the anchor: history was rewritten`,
      },
    ])
    expect((await findings({ head: place.head }))?.[0]?.message).toContain('cut off or rewritten')
  })
})

describe('a head that somebody gives', () => {
  const hash = 'ab'.repeat(32)
  it('is a hash, or a position and a hash', () => {
    expect(parseHead(hash)).toEqual({ head: hash })
    expect(parseHead(` 118:${hash.toUpperCase()} `)).toEqual({ head: hash, position: 118 })
  })

  it.each([['7be1…1f09'], ['7be1'], [hash.slice(1)], [`118:${hash}ff`], ['118:7be1...1f09']])(
    'is refused when it is not whole: %s',
    (text) => {
      expect(parseHead(text)).toEqual({
        problem: `“${text}” is not a whole hash, and a part of one proves nothing. Give all 64 digits as they were posted, as HASH or POSITION:HASH. Nothing was checked.`,
      })
    },
  )

  it('is refused when it is something else', () => {
    expect(parseHead('master')).toEqual({ problem: expect.stringContaining('“master” is no hash') })
    expect(parseHead(`0:${hash}`)).toEqual({ problem: expect.stringContaining('Nothing was checked') })
  })
})
