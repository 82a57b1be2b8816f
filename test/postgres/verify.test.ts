import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storedEvents, verifyCutover } from '../../src/postgres/verify.ts'
import { LEADER, person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
let id: string
let neighbour: string

beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())
beforeEach(async () => {
  const plan = aPlan().do('stop').run('copy').with({ live: false, targets: {} }).build()
  await test.tamper('truncate cutover.event, cutover.registry, cutover.cutover cascade')
  id = await opening(test.log, plan)
  neighbour = await opening(test.log, plan)
  for (const text of ['one', 'two', 'three', 'four']) {
    await say(test.log, id, { type: 'note', text }, person(ANA))
  }
})

/** What `verify` says first: position and sentence. */
async function finding(cutover = id, anchor?: { position?: number; head: string }) {
  const verification = await verifyCutover(test.pool, cutover, anchor)
  const first = verification?.findings[0]
  return first ? `${first.position ?? '-'}: ${first.message}` : 'nothing'
}

describe('verify', () => {
  it('finds nothing in an untouched record, also while somebody writes', async () => {
    expect(await finding()).toBe('nothing')
    const writing = Promise.all(
      Array.from({ length: 10 }, (_, n) => say(test.log, id, { type: 'note', text: `${n}` }, person(ANA))),
    )
    for (let look = 0; look < 20; look += 1) expect(await finding()).toBe('nothing')
    await writing
  })

  it.each([
    ['data', `data = replace(data, 'two', 'too')`],
    ['actor', `actor = replace(actor, '${ANA}', 'UEVE')`],
    ['time', 'at_ms = at_ms + 1'],
    ['type', `type = 'issue opened'`],
    ['version', 'version = 0'],
    ['key', `key = 'another'`],
  ])('names the event whose %s was edited', async (_, change) => {
    await test.tamper(`update cutover.event set ${change} where cutover = $1 and position = 3`, [id])
    expect(await finding()).toMatch(/^3: event 3 .*was edited/)
  })

  it('names the first of two events that changed places', async () => {
    await test.tamper(
      `update cutover.event e set type = o.type, version = o.version, at_ms = o.at_ms, actor = o.actor,
         data = o.data, previous = o.previous, hash = o.hash, key = null
       from cutover.event o
       where e.cutover = $1 and o.cutover = $1 and e.position in (2, 3) and o.position = 5 - e.position`,
      [id],
    )
    expect(await finding()).toMatch(/^2: event 2 does not follow/)
  })

  it('names the place where an event was taken out', async () => {
    await test.tamper('delete from cutover.event where cutover = $1 and position = 3', [id])
    expect(await finding()).toMatch(/^3: event 3 is missing/)
  })

  it('notices an event whose hash was made to fit, at the one that follows', async () => {
    const rows = await storedEvents(test.pool, id)
    const { eventHash } = await import('../../src/postgres/hash.ts')
    const forged = { ...rows[2]!, data: rows[2]!.data.replace('two', 'too') }
    await test.tamper('update cutover.event set data = $2, hash = $3 where cutover = $1 and position = 3', [
      id,
      forged.data,
      eventHash(forged),
    ])
    expect(await finding()).toMatch(/^4: event 4 does not follow/)
  })

  it('says where the end was cut off', async () => {
    await test.tamper('delete from cutover.event where cutover = $1 and position > 3', [id])
    expect(await finding()).toBe('3: the log ends at event 3, but event 5 was the last one written')
  })

  it('finds a cut that was covered up, by the anchor', async () => {
    const rows = await storedEvents(test.pool, id)
    const anchor = { position: 5, head: rows[4]!.hash }
    expect(await finding(id, anchor)).toBe('nothing')
    await test.tamper('delete from cutover.event where cutover = $1 and position > 3', [id])
    await test.tamper('update cutover.cutover set position = 3, head = $2 where id = $1', [id, rows[2]!.hash])

    expect(await finding()).toBe('nothing')
    expect(await finding(id, anchor)).toBe('3: the record ends at event 3; the anchor is for event 5')
    expect(await finding(id, { head: anchor.head })).toMatch(/the end was cut off or rewritten/)
  })

  it('finds a removed cutover by the registry, asked for by its id or for another one', async () => {
    await test.tamper('delete from cutover.event where cutover = $1', [neighbour])
    await test.tamper('delete from cutover.cutover where id = $1', [neighbour])

    expect(await finding(neighbour)).toMatch(/the log has no event of this cutover: it was removed/)
    expect(await finding(id)).toBe(
      `-: the registry knows the cutover ${neighbour}, and the log has nothing of it: it was removed`,
    )
  })

  it('finds that the registry itself was changed', async () => {
    await test.tamper('delete from cutover.event where cutover = $1', [id])
    await test.tamper('delete from cutover.cutover where id = $1', [id])
    await test.tamper('delete from cutover.registry where cutover = $1', [id])
    expect(await finding(neighbour)).toMatch(/the registry of cutovers was changed at entry 1/)
  })

  it('finds that the entry of an ending was taken from the registry', async () => {
    await say(test.log, id, { type: 'abandon', reason: 'not needed' }, person(ANA))
    expect(await finding()).toBe('nothing')
    await test.tamper(`delete from cutover.registry where what = 'closed'`)
    expect(await finding()).toMatch(/the registry does not know "cutover abandoned"/)
  })

  it('knows nothing of a cutover that never was', async () => {
    expect(await verifyCutover(test.pool, 'never')).toBeNull()
  })

  it('is not misled by what the leader appends', async () => {
    await say(test.log, id, { type: 'advance' }, LEADER)
    expect(await finding()).toBe('nothing')
  })
})
