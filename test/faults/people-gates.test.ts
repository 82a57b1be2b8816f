import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Recorded } from '../../src/domain/events.ts'
import { openOffice, offering, type Office } from '../bot/support/office.ts'
import { person, worker } from '../support/cutover.ts'
import { ANA, aPlan, BEN } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault, faultWithoutQueue, isWhole } from './support/fault.ts'
import { atTheGate } from './support/shop-gate.ts'
import { startTerminals } from './support/terminal.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

async function inOffice(body: (office: Office) => Promise<void>): Promise<void> {
  const office = await openOffice({ server })
  try {
    await body(office)
  } finally {
    await office.stop()
  }
}

const only = <T extends Recorded['type']>(events: readonly Recorded[], type: T) =>
  events.filter((event): event is Extract<Recorded, { type: T }> => event.type === type)

// The suite wants an answer “already counted” for the second click. A double click is one intention here: it counts
// once, and nobody is told off for it (the key is gate, revision and person).
faultWithoutQueue('T26', 'GO clicked twice by one person, 50 ms apart: one vote, and no word about it', () =>
  inOffice(async (office) => {
    const { cutover, channel } = await atTheGate(office)
    const card = await eventually(() => offering(office.control, channel, 'gate.go'), 10_000)
    const click = () => office.press('giorgi', channel, 'gate.go', { message: card, stale: true })

    const first = click()
    await sleep(50)
    const both = await Promise.all([first, click()])

    for (const answer of both) expect(answer).toMatchObject({ ack: { status: 'acknowledged' } })
    const votes = only(await office.log.events(cutover), 'vote cast')
    expect(votes.map(({ actor }) => actor)).toEqual([
      { kind: 'person', person: office.id('giorgi'), via: 'slack' },
    ])
    expect(await office.told('giorgi')).toEqual([])
    expect((await office.state(cutover)).gates['go']?.decision).toBeUndefined()
  }),
)

const REPETITIONS = isWhole ? 200 : 8
const AT_ONCE = 8

fault(
  'T27',
  'GO and NO-GO by two people at the same moment: one decision each time, and after NO-GO nothing ever runs',
  async (rig, trial) => {
    await rig.worker()
    const plan = () =>
      aPlan()
        .decide('go', { approvers: { lead: 1, observer: 1 }, noGo: 'hold' })
        .run('copy', effect(0.1))
    const decisions: string[] = []

    async function race(time: number): Promise<void> {
      const cutover = await rig.open(plan())
      await rig.until(cutover, ({ gates }) => gates['go']?.open === true)
      await rig.say(cutover, { type: 'vote', gate: 'go', vote: 'go' }, person(ANA))
      const votes = [
        () => rig.say(cutover, { type: 'vote', gate: 'go', vote: 'go' }, person(BEN)),
        () =>
          rig.say(cutover, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'not tonight' }, person(ANA)),
      ]
      // By turns: neither is always the one that was sent first.
      await Promise.all((time % 2 === 0 ? votes : votes.toReversed()).map((vote) => vote()))
      const [decided, ...more] = only(await rig.events(cutover), 'gate decided')
      expect(more).toEqual([])
      decisions.push(decided?.data.decision ?? 'none')
      if (decided?.data.decision === 'go') {
        await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done', 60_000)
        expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
        return
      }
      // Long enough for whoever would start it all the same.
      await sleep(1_500)
      expect(await rig.typesOf(cutover)).not.toContain('attempt spawning')
      expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual([])
    }

    for (let time = 0; time < REPETITIONS; time += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => race(time + index)))
    }
    trial.runs(REPETITIONS)
    expect(decisions).toHaveLength(REPETITIONS)
    // A race that one side always wins would be none.
    expect(new Set(decisions)).toEqual(new Set(['go', 'no-go']))
  },
  { timeoutMs: isWhole ? 600_000 : 90_000 },
)

fault('T28', 'NO-GO between dispatch and spawn: the spawn is refused and nothing runs', async (rig) => {
  // The gate stands beside the step: its NO-GO holds the cutover.
  const cutover = await rig.open(
    aPlan()
      .decide('go', { approvers: { lead: 1 }, noGo: 'hold' })
      .run('copy', { ...effect(0.1), parallel: true }),
  )
  const dispatched = await rig.until(cutover, ({ steps }) => steps['copy']?.attempts.length === 1)
  const attempt = dispatched.steps['copy']?.attempts[0] ?? ''
  const host = worker('db', 'w1')
  await rig.say(cutover, { type: 'claim', attempt, worker: 'w1', host: 'h1' }, host)
  await rig.say(cutover, readyPool(), host)
  await rig.say(cutover, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'not tonight' }, person(ANA))

  const spawn = await rig.say(cutover, { type: 'spawn', attempt }, host, { serveWithinMs: 15_000 })

  expect(spawn).toMatchObject({ ok: false })
  await rig.worker()
  await sleep(1_500)
  expect(await rig.typesOf(cutover)).not.toContain('attempt spawning')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual([])

  // Held, not lost: the lead resumes, and it runs once.
  expect(await rig.say(cutover, { type: 'resume', reason: 'cleared' }, person(ANA))).toMatchObject({
    ok: true,
  })
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done', 30_000)
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

// As DESIGN section 5 has it: the opener may vote for the role that she holds, and never carries a GO alone. What is
// refused changes nothing and is no event; the log of `serve` has a line for each answer.
faultWithoutQueue(
  'T29',
  'the opener approves her own gate from Slack, the command line and another account: the gate stays open',
  () =>
    inOffice(async (office) => {
      const { cutover, channel } = await atTheGate(office)
      const terminals = await startTerminals(office)
      const ana = await terminals.of('ana')
      const isOpen = async () => (await office.state(cutover)).gates['go']?.open

      await office.press('ana', channel, 'gate.go')
      await office.until(cutover, ({ gates }) => gates['go']?.votes.length === 1)
      expect(await isOpen()).toBe(true)

      // The same person by another door.
      expect(await ana.say(cutover, { type: 'vote', gate: 'go', vote: 'go' })).toMatchObject({
        status: 409,
        code: 'already voted',
      })
      // The other role, taken by herself while the round is open.
      await ana.say(cutover, { type: 'assign', role: 'observer', person: office.id('ana') })
      await ana.say(cutover, { type: 'vote', gate: 'go', vote: 'go' })
      expect(await isOpen()).toBe(true)
      // Another account of hers: a guest, and a colleague's that nobody gave a role.
      for (const account of ['nino', 'levan']) {
        const other = await terminals.of(account)
        expect((await other.say(cutover, { type: 'vote', gate: 'go', vote: 'go' })).status).not.toBe(200)
      }
      expect(await isOpen()).toBe(true)
      const events = await office.log.events(cutover)
      expect(only(events, 'gate decided')).toEqual([])
      expect(only(events, 'vote cast')).toHaveLength(1)
      expect(office.lines).toContainEqual(
        expect.objectContaining({ message: 'answered', person: office.id('ana') }),
      )
      await terminals.stop()

      await office.press('giorgi', channel, 'gate.go')
      await office.until(cutover, ({ gates }) => gates['go']?.decision?.decision === 'go')
    }),
)
