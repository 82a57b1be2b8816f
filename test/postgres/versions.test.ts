import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { NewerEvent } from '../../src/app/log-errors.ts'
import { decode } from '../../src/postgres/codec.ts'
import { eventHash } from '../../src/postgres/hash.ts'
import { storedEvents, verifyChain } from '../../src/postgres/verify.ts'
import { person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

const plan = () => aPlan().do('stop').with({ live: false, targets: {} }).build()

describe('an event of an older version', () => {
  it('is upcast step by step when it is read; its stored text and its hash stay as they are', async () => {
    const id = await opening(test.log, plan())
    await say(test.log, id, { type: 'note', text: 'old' }, person(ANA))
    const row = (await storedEvents(test.pool, id))[1]!

    const read = decode(
      row,
      { 'note added': 3 },
      {
        'note added': {
          1: (data) => ({ ...data, second: 'from 1' }),
          2: (data) => ({ ...data, third: 'from 2' }),
        },
      },
    )

    expect(read.data).toEqual({ text: 'old', second: 'from 1', third: 'from 2' })
    expect((await storedEvents(test.pool, id))[1]).toEqual(row)
    expect(eventHash(row)).toBe(row.hash)
    expect(verifyChain(id, await storedEvents(test.pool, id)).findings).toEqual([])
  })

  it('without a way up is an error and not a guess', () => {
    const row = { type: 'note added', version: '1', data: '{}', actor: '{}', position: '1', at_ms: '0' }
    expect(() => decode({ ...row } as never, { 'note added': 2 }, {})).toThrow('no upcaster')
  })
})

describe('an event of a newer version', () => {
  async function withNewer(type: string, position = 3): Promise<string> {
    const id = await opening(test.log, plan())
    await say(test.log, id, { type: 'note', text: 'known' }, person(ANA))
    await say(test.log, id, { type: 'note', text: 'from the future' }, person(ANA))
    await test.tamper(
      'update cutover.event set type = $2, version = 9 where cutover = $1 and position = $3',
      [id, type, position],
    )
    return id
  }

  it.each(['note added', 'a thing nobody knows'])(
    'makes the cutover read-only: %s; what came before can be seen',
    async (type) => {
      const id = await withNewer(type)
      const { log } = test.another()

      const loaded = await log.load(id)
      expect(loaded?.state.notes.map((note) => note.text)).toEqual(['known'])
      expect(loaded?.readOnly).toContain(`"${type}" in version 9`)

      const outcome = await handleCommand(log, id, { type: 'note', text: 'no' }, { actor: person(ANA) })
      expect(outcome).toMatchObject({
        ok: false,
        refusal: { code: 'newer version', message: expect.stringContaining('Run the newer version') },
      })
      expect(await storedEvents(test.pool, id)).toHaveLength(3)
    },
  )

  it('as the very first one is refused in the same words', async () => {
    const id = await withNewer('cutover opened', 1)
    const { log } = test.another()

    await expect(log.load(id)).rejects.toBeInstanceOf(NewerEvent)
    const outcome = await handleCommand(log, id, { type: 'note', text: 'no' }, { actor: person(ANA) })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'newer version' } })
  })
})
