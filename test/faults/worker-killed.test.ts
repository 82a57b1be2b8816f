import { expect } from 'vitest'
import { runsOf, effect } from './support/effects.ts'
import { fault } from './support/fault.ts'
import { aPlan } from '../support/plans.ts'

const ADOPTED_WITHIN_MS = 10_000
const UNKNOWN_WITHIN_MS = 30_000

fault('T01', 'kill -9 of the worker while a step runs', async (rig) => {
  const first = await rig.worker()
  await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect('adopted')))
  const attempt = await rig.running(cutover)

  await first.kill()
  await expect.poll(() => rig.typesOf(cutover), { timeout: ADOPTED_WITHIN_MS }).toContain('attempt adopted')
  rig.letEnd('adopted')

  const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(Object.keys(state.attempts)).toEqual([attempt])
  expect((await rig.typesOf(cutover)).filter((type) => type === 'attempt adopted')).toHaveLength(1)
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

fault('T02', 'kill -9 of worker, runner and command', async (rig) => {
  const first = await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect(60)))
  const attempt = await rig.running(cutover)

  await first.kill()
  rig.killAll(rig.pidsOf(attempt))
  const before = performance.now()
  await rig.worker()

  const state = await rig.until(
    cutover,
    ({ steps }) => steps['copy']?.status === 'unknown',
    UNKNOWN_WITHIN_MS,
  )
  expect(performance.now() - before).toBeLessThan(UNKNOWN_WITHIN_MS)
  expect(state.attempts[attempt]?.status).toBe('unknown')
  // Long enough for whoever would try again by itself.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const later = await rig.until(cutover, () => true)
  expect(Object.keys(later.attempts)).toEqual([attempt])
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start'])
})
