import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { aPlan } from '../support/plans.ts'
import { evaluateIn } from '../support/inspector.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'

const HOUR_MS = 3_600_000

/** The clock of a process is another one from now on: a test cannot set the clock of its machine. */
const shifted = (ms: number): string =>
  `globalThis.trueNow ??= Date.now; Date.now = () => globalThis.trueNow() + ${ms}; undefined`

// The clock that counts is that of the log's database: its steps are what time is, and the row's "monotonic" is said
// of an attempt's duration. A host's clock, which this test moves, changes nothing.
for (const [name, ms] of [
  ['an hour ahead', HOUR_MS],
  ['an hour back', -HOUR_MS],
] as const) {
  fault('T41', `the clock of a worker’s host jumps ${name} while a step runs`, async (rig) => {
    const worker = await rig.worker({ node: ['--inspect=127.0.0.1:0'] })
    const file = `jumped-${ms}`
    const cutover = await rig.open(
      aPlan().run('copy', effect(file, { timeout: { afterMs: HOUR_MS / 2, then: 'cancel' } })),
    )
    const attempt = await rig.running(cutover)
    await evaluateIn(worker.output(), shifted(ms))
    // Several looks of the supervisor, beats of the runner among them.
    await sleep(2500)
    const running = await rig.until(cutover, () => true)
    expect(running.attempts[attempt]).toMatchObject({ status: 'running' })
    expect(running.attempts[attempt]?.cancelRequested).toBeUndefined()
    expect(running.steps['copy']?.timedOut).toBeUndefined()

    rig.letEnd(file)
    const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(state.attempts[attempt]?.durationMs).toBeLessThan(HOUR_MS / 2)
    const times = (await rig.events(cutover)).map(({ at }) => at)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
  })
}

fault('T41', 'a step past its timeout asks, and goes on', async (rig) => {
  await rig.worker()
  const timeout = { afterMs: 1000, then: 'ask' } as const
  const cutover = await rig.open(aPlan().run('copy', effect('late', { timeout })))
  const asked = await rig.until(cutover, ({ steps }) => steps['copy']?.timedOut === true)
  expect(Object.values(asked.attempts)).toMatchObject([{ status: 'running' }])
  expect(Object.values(asked.attempts)[0]?.cancelRequested).toBeUndefined()
  rig.letEnd('late')
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})
