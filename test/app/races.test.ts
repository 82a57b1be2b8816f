import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { CutoverLog } from '../../src/app/ports.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { makePresence } from '../../src/postgres/presence.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import { beforeAppend, say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'

const TIMES = 200
const W1 = worker('db', 'w1')

let test: TestLog
let other: CutoverLog
beforeAll(async () => {
  test = await startTestLog()
  other = test.another().log
})
afterAll(() => test.stop())

const GO = { type: 'vote', gate: 'go', vote: 'go' } as const
const NO_GO = { type: 'vote', gate: 'go', vote: 'no-go', reason: 'not tonight' } as const

const typesOf = async (cutover: string) => (await test.log.events(cutover)).map((event) => event.type)

describe('GO and NO-GO at the same moment by two people', () => {
  it(`give one decision, ${TIMES} times over`, async () => {
    const plan = aPlan()
      .decide('go', { approvers: { lead: 1, observer: 1 } })
      .do('stop')
      .with({ live: true, targets: {} })
      .build()
    const decisions: string[] = []
    for (let time = 0; time < TIMES; time += 1) {
      const id = await opening(test.log, plan)
      await say(test.log, id, { type: 'advance' }, LEADER)
      await say(test.log, id, { type: 'vote', gate: 'go', vote: 'go' }, person(ANA))

      const votes = [
        () => handleCommand(test.log, id, GO, { actor: person(BEN) }),
        () => handleCommand(other, id, NO_GO, { actor: person(ANA) }),
      ]
      // By turns: neither is always the one that was sent first.
      const sent = await Promise.all(
        time % 2 === 0 ? votes.map((vote) => vote()) : votes.toReversed().map((vote) => vote()),
      )
      const [go, noGo] = time % 2 === 0 ? sent : sent.toReversed()

      const decided = (await test.log.events(id)).filter((event) => event.type === 'gate decided')
      expect(decided).toHaveLength(1)
      const { decision } = decided[0]!.data
      decisions.push(decision)
      expect(decision === 'go' ? go?.ok && !noGo?.ok : noGo?.ok).toBe(true)
    }
    // A race that one side always wins would be none.
    expect(new Set(decisions)).toEqual(new Set(['go', 'no-go']))
  }, 120_000)
})

describe('a stop that was committed between the read and the write of the spawn', () => {
  const plan = () =>
    aPlan()
      .decide('go', { approvers: { lead: 1 } })
      .run('copy', { begin: 'auto', parallel: true, mutating: true, irreversible: 'a test' })
      .with({ live: true, targets: {} })
      .build()

  const stops: readonly (readonly [string, PersonCommand, string])[] = [
    ['a hold', { type: 'hold', reason: 'wait' }, 'cutover held'],
    ['a NO-GO', { type: 'vote', gate: 'go', vote: 'no-go', reason: 'not tonight' }, 'gate decided'],
  ]

  it.each(stops)(
    `wins: %s, ${TIMES} times over`,
    async (_, stop, evidence) => {
      const presence = makePresence(test.pool)
      for (let time = 0; time < TIMES; time += 1) {
        const id = await opening(test.log, plan())
        await say(test.log, id, { type: 'advance' }, LEADER)
        const state = (await test.log.load(id))!.state
        const attempt = state.steps['copy']!.attempts[0]!
        await say(test.log, id, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, W1)
        await presence.serveSeen('s1', 'test')
        await say(test.log, id, readyPool(), W1)
        let injected = 0
        const stopping = beforeAppend(test.log, async (append) => {
          if (!append.events.some((event) => event.type === 'attempt spawning') || injected > 0) return
          injected += 1
          await say(other, id, stop, person(ANA))
        })

        const spawn = await handleCommand(
          stopping,
          id,
          { type: 'spawn', attempt },
          { actor: W1, serveWithinMs: 15_000 },
        )

        expect(injected).toBe(1)
        expect(spawn.ok).toBe(false)
        const types = await typesOf(id)
        expect(types).toContain(evidence)
        expect(types).not.toContain('attempt spawning')
      }
    },
    120_000,
  )
})
