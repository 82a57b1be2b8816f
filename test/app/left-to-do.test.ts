import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeLeader } from '../../src/app/lead.ts'
import { makeDispatches } from '../../src/postgres/dispatches.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { person } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { eventually } from '../workspace/support/control.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

it('an ended cutover reminds of what is left to do when it is due, and shows it', async () => {
  const { log, pool } = test
  const id = await opening(log, aPlan().do('work').build())
  const dueAt = (await log.now()) + 300
  const appended = await log.append({
    cutover: id,
    expected: 1,
    events: [
      { type: 'cutover abandoned', data: { reason: 'not today', left: [] } },
      {
        type: 'follow-up opened',
        data: { followUp: 'f1', title: 'Tell the auditors', owner: ANA, dueAt, source: 'person' },
      },
    ],
    actor: person(ANA),
    key: `${id}/end`,
  })
  expect(appended.ok).toBe(true)
  expect(await log.leftToDo(dueAt - 1)).toEqual([])
  await eventually(async () => (await log.now()) >= dueAt)
  expect((await log.leftToDo(await log.now())).map((one) => one.id)).toEqual([id])

  const shown: string[] = []
  const leader = makeLeader({
    log,
    presence: makePresence(pool),
    queue: { add: async () => undefined, close: async () => undefined },
    dispatches: makeDispatches(pool),
    instance: 'one',
    version: 'test',
    logger: quiet,
    advanced: (state) => void shown.push(state.id),
  })
  await leader.tick()

  expect(shown).toEqual([id])
  const events = await log.events(id)
  expect(events.at(-1)).toMatchObject({ type: 'follow-up reminded', data: { followUp: 'f1' } })
  expect(await log.leftToDo(await log.now())).toEqual([])
})
