import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { keepContact, maySeeContacts } from '../../src/app/keep-contact.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { makeProgressBoard } from '../../src/postgres/progress.ts'
import { person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, BEN, DIA, EVE } from '../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

const stateOf = async (id: string) => {
  const loaded = await test.log.load(id)
  if (!loaded) throw new Error('no cutover')
  return loaded.state
}

describe('how people are reached', () => {
  it('is kept beside the log and replaced, and in no event', async () => {
    const contacts = makeContacts(test.pool)
    const id = await opening(test.log, aPlan().do('work').build())
    const state = await stateOf(id)
    expect(
      await keepContact(contacts, state, ANA, { phone: '+49 30 123', email: 'a@example.org' }),
    ).toBeNull()
    expect(await keepContact(contacts, state, ANA, { phone: '+49 30 456' })).toBeNull()
    expect(await contacts.of(id)).toEqual(new Map([[ANA, { phone: '+49 30 456' }]]))
    expect(JSON.stringify(await test.log.events(id))).not.toMatch(/30 123|30 456|a@example/)
  })

  it('is refused for strangers and for what is none', async () => {
    const contacts = makeContacts(test.pool)
    const id = await opening(test.log, aPlan().do('work').build())
    const state = await stateOf(id)
    expect(await keepContact(contacts, state, EVE, { phone: '+49 30 123' })).toMatch(/have a part/)
    expect(await keepContact(contacts, state, ANA, { phone: 'call me' })).toMatch(/no phone number/)
    expect(await keepContact(contacts, state, ANA, { email: 'ana' })).toMatch(/no e-mail address/)
    expect(await keepContact(contacts, state, ANA, {})).toMatch(/or both/)
    expect((await contacts.of(id)).size).toBe(0)
    expect([ANA, BEN, DIA, EVE].map((who) => maySeeContacts(state, who))).toEqual([true, true, false, false])
  })
})

describe('forgetting', () => {
  it('deletes contacts and output of an ended cutover, and of no other; that it was done is an event', async () => {
    const contacts = makeContacts(test.pool)
    const progress = makeProgressBoard(test.pool)
    const plan = aPlan().run('copy', { begin: 'auto' }).with({ live: false, targets: {} }).build()
    const [one, other] = [await opening(test.log, plan), await opening(test.log, plan)]
    for (const id of [one, other]) {
      await keepContact(contacts, await stateOf(id), ANA, { phone: '+49 30 123' })
      await test.log.append({
        cutover: id,
        expected: 1,
        events: [
          { type: 'attempt dispatched', data: { attempt: `${id}.copy.1`, step: 'copy', n: 1, pool: 'db' } },
        ],
        actor: { kind: 'cutover' },
        key: `${id}/copy`,
      })
      await progress.put({ cutover: id, attempt: `${id}.copy.1`, tail: 'row of Ms Smith' })
      await progress.putOutput(`${id}.copy.1`, new Uint8Array([1, 2, 3]))
    }
    const actor = person(ANA)
    const early = await handleCommand(test.log, one, { type: 'forget' }, { actor })
    expect(early.ok ? 'forgotten' : early.refusal.code).toBe('wrong state')
    await say(test.log, one, { type: 'abandon', reason: 'over' }, actor)
    await say(test.log, one, { type: 'forget' }, actor)

    expect((await contacts.of(one)).size).toBe(0)
    expect(await progress.output(`${one}.copy.1`)).toBeNull()
    expect((await progress.of(one)).get(`${one}.copy.1`)?.tail).toBe('')
    expect((await contacts.of(other)).size).toBe(1)
    expect(await progress.output(`${other}.copy.1`)).not.toBeNull()
    expect((await test.log.events(one)).at(-1)).toMatchObject({ type: 'cutover forgotten', actor })
    expect(await keepContact(contacts, await stateOf(one), ANA, { phone: '+49 30 1' })).toMatch(/abandoned/)
  })
})
