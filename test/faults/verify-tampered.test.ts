import { afterAll, beforeAll, expect } from 'vitest'
import { parseHead, type ExpectedHead } from '../../src/app/anchor.ts'
import { desired } from '../../src/bot/projection/desired.ts'
import { eventHash, GENESIS, type StoredEvent } from '../../src/postgres/hash.ts'
import { differenceFrom, storedEvents, verifyChain, verifyCutover } from '../../src/postgres/verify.ts'
import { LEADER, person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'
import { faultWithoutQueue } from './support/fault.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

type Rows = readonly StoredEvent[]

/** Six notes, a decision after the third, and what was posted of it. */
async function aRecord(): Promise<{ id: string; rows: Rows; posted: ExpectedHead }> {
  const plan = aPlan()
    .decide('go')
    .do('stop')
    .with({ live: false, targets: {}, audiences: { ops: { slack: ['#ops'], email: [] } } })
    .build()
  const id = await opening(test.log, plan)
  await say(test.log, id, { type: 'advance' }, LEADER)
  for (const text of ['one', 'two', 'three']) await say(test.log, id, { type: 'note', text }, person(ANA))
  await say(test.log, id, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'a storm' }, person(BEN))
  for (const text of ['four', 'five', 'six']) await say(test.log, id, { type: 'note', text }, person(ANA))
  return { id, rows: await storedEvents(test.pool, id), posted: await postedOf(id) }
}

/** As it stands on the card of the gate in Slack. */
async function postedOf(id: string): Promise<ExpectedHead> {
  const { state, now } = (await test.log.load(id))!
  const look = {
    now,
    progress: new Map(),
    posted: new Set(['channel', 'gate/go/1']),
    anchors: await test.log.anchors(id, state.position),
  }
  const card = desired(state, look).find(({ key }) => key === 'gate/go/1')
  const head = parseHead(/record `([^`]+)`/.exec(JSON.stringify(card))?.[1] ?? '')
  if ('problem' in head) throw new Error(head.problem)
  return head
}

const noteAt = (rows: Rows, text: string): number => rows.findIndex(({ data }) => data.includes(`"${text}"`))
const renumbered = (rows: Rows): Rows => rows.map((row, index) => ({ ...row, position: String(index + 1) }))
const lied = (row: StoredEvent): StoredEvent => ({ ...row, data: row.data.replace('two', 'too') })
const swapped = (rows: Rows, at: number): Rows =>
  rows.map((row, index) => (index === at ? rows[at + 1]! : index === at + 1 ? rows[at]! : row))

/** Everything anew from the first event on, so that nothing in the record contradicts it. */
function chained(rows: Rows): Rows {
  let previous = GENESIS
  return renumbered(rows).map((row) => {
    const link = { ...row, previous }
    previous = eventHash(link)
    return { ...link, hash: previous }
  })
}

interface Manipulation {
  readonly what: string
  readonly forge: (rows: Rows) => Rows
  /** What `verify` says by itself: the position of the first event that does not fit; null: nothing shows. */
  readonly alone: (rows: Rows) => number | null
  /** With the record that was posted at the decision; as alone unless said. */
  readonly posted?: (rows: Rows, anchor: number) => number
  /** With an export from before. */
  readonly against?: (rows: Rows) => number
}

const two = (rows: Rows): number => noteAt(rows, 'two') + 1
const decided = (_: Rows, anchor: number): number => anchor
const nothing = (): null => null
const edited = (change: Partial<StoredEvent>) => (rows: Rows) =>
  rows.map((row, index) => (index === noteAt(rows, 'two') ? { ...row, ...change } : row))

const TABLE: readonly Manipulation[] = [
  { what: 'the words of a note', forge: (rows) => rows.map(lied), alone: two },
  { what: 'who said it', forge: edited({ actor: JSON.stringify(person('UEVE')) }), alone: two },
  { what: 'when', forge: edited({ at_ms: '1' }), alone: two },
  { what: 'what kind of event it is', forge: edited({ type: 'issue opened' }), alone: two },
  { what: 'its version', forge: edited({ version: '0' }), alone: two },
  { what: 'its key', forge: edited({ key: 'another' }), alone: two },
  { what: 'its hash', forge: edited({ hash: 'a'.repeat(64) }), alone: two },
  { what: 'what it follows', forge: edited({ previous: 'a'.repeat(64) }), alone: two },
  {
    what: 'the words, and the hash made to fit',
    forge: (rows) =>
      rows.map((row) => (lied(row).data === row.data ? row : { ...lied(row), hash: eventHash(lied(row)) })),
    alone: (rows) => two(rows) + 1,
  },
  {
    what: 'the words, and every hash from there on made to fit',
    forge: (rows) => chained(rows.map(lied)),
    alone: nothing,
    posted: decided,
    against: two,
  },
  {
    what: 'an event taken out',
    forge: (rows) => rows.filter((_, index) => index + 1 !== two(rows)),
    alone: two,
  },
  {
    what: 'an event taken out, and the rest moved up',
    forge: (rows) => renumbered(rows.filter((_, index) => index + 1 !== two(rows))),
    alone: two,
  },
  {
    what: 'an event taken out, and all hashes made to fit',
    forge: (rows) => chained(rows.filter((_, index) => index + 1 !== two(rows))),
    alone: nothing,
    posted: decided,
    against: two,
  },
  {
    what: 'two events that changed places',
    forge: (rows) => renumbered(swapped(rows, two(rows) - 1)),
    alone: two,
  },
  {
    what: 'two events that changed places, and all hashes made to fit',
    forge: (rows) => chained(swapped(rows, two(rows) - 1)),
    alone: nothing,
    posted: decided,
    against: two,
  },
  {
    what: 'an event put in',
    forge: (rows) =>
      renumbered(
        rows.flatMap((row, index) => (index + 1 === two(rows) ? [row, { ...row, key: null }] : [row])),
      ),
    alone: (rows) => two(rows) + 1,
  },
  {
    what: 'an event put in, and all hashes made to fit',
    forge: (rows) =>
      chained(
        rows.flatMap((row, index) => (index + 1 === two(rows) ? [row, { ...lied(row), key: null }] : [row])),
      ),
    alone: nothing,
    posted: decided,
    against: (rows) => two(rows) + 1,
  },
  { what: 'the beginning cut off', forge: (rows) => rows.slice(2), alone: () => 1 },
  {
    what: 'the end cut off before the decision, and covered up',
    forge: (rows) => rows.slice(0, two(rows)),
    alone: nothing,
    posted: (rows) => two(rows),
    against: (rows) => two(rows),
  },
  {
    what: 'the end cut off after the decision, and covered up',
    forge: (rows) => rows.slice(0, -2),
    alone: nothing,
    // After the newest place that was posted: only an export from before knows.
    against: (rows) => rows.length - 2,
  },
  {
    what: 'the last event, and its hash',
    forge: (rows) => chained(rows.map((row) => ({ ...row, data: row.data.replace('six', 'sex') }))),
    alone: nothing,
    against: (rows) => rows.length,
  },
]

/** As the superuser, every trigger off; the head of the cutover is covered up, too. */
async function writeInto(id: string, rows: Rows): Promise<void> {
  await test.tamper('delete from cutover.event where cutover = $1', [id])
  await test.tamper(
    'insert into cutover.event select * from json_populate_recordset(null::cutover.event, $1::json)',
    [JSON.stringify(rows)],
  )
  const last = rows.at(-1)
  await test.tamper('update cutover.cutover set position = $2, head = $3 where id = $1', [
    id,
    last?.position,
    last?.hash,
  ])
}

faultWithoutQueue(
  'T38',
  'the events edited, moved, cut, as the superuser of the log and in an export: the first bad one is named',
  async (trial) => {
    trial.runs(2 * TABLE.length)
    for (const { what, forge, alone, posted, against } of TABLE) {
      const record = await aRecord()
      const forged = forge(record.rows)
      const own = alone(record.rows)
      const byAnchor = posted?.(record.rows, record.posted.position ?? 0) ?? own
      await writeInto(record.id, forged)

      const first = async (anchor?: ExpectedHead) =>
        (await verifyCutover(test.pool, record.id, anchor))?.findings[0]?.position ?? null
      expect(await first(), `${what}: alone`).toBe(own)
      expect(await first(record.posted), `${what}: by what was posted`).toBe(byAnchor)

      const exported = (anchor?: ExpectedHead) =>
        verifyChain(record.id, forged, anchor).findings[0]?.position ?? null
      expect(exported(), `${what}: an export alone`).toBe(own)
      expect(exported(record.posted), `${what}: an export by what was posted`).toBe(byAnchor)

      if (own === null)
        expect(differenceFrom(record.rows, forged)?.position, `${what}: against an earlier export`).toBe(
          against?.(record.rows),
        )
    }
  },
  { timeoutMs: 120_000 },
)

faultWithoutQueue(
  'T38',
  'a cutover removed, and the whole table of events emptied: the registry knows it',
  async () => {
    const [gone, stays] = [await aRecord(), await aRecord()]
    const said = async (id: string) => (await verifyCutover(test.pool, id))?.findings[0]?.message
    await test.tamper('delete from cutover.event where cutover = $1', [gone.id])
    await test.tamper('delete from cutover.cutover where id = $1', [gone.id])
    expect(await said(gone.id)).toMatch(/the log has no event of this cutover: it was removed/)
    expect(await said(stays.id)).toMatch(new RegExp(`knows the cutover ${gone.id}, .*it was removed`))

    await test.tamper('delete from cutover.registry where cutover = $1', [gone.id])
    expect(await said(stays.id)).toMatch(/the registry of cutovers was changed at entry \d+/)

    await test.tamper('truncate cutover.event')
    expect(await said(stays.id)).toMatch(/the log has no event of this cutover: it was removed/)
  },
)
