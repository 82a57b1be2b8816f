import { expect } from 'vitest'
import { aPlan } from '../support/plans.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'
import { otherVersion } from './support/other-version.ts'

const EXITS_WITHIN_MS = 10_000
const ADOPTED_WITHIN_MS = 10_000

fault('T42', 'a deploy: SIGTERM for the worker in the midst of a long step', async (rig) => {
  const newer = otherVersion('99.0.0')
  try {
    const old = await rig.worker()
    const cutover = await rig.open(aPlan().run('backup', effect('backup')))
    const attempt = await rig.running(cutover)
    const { runner, child } = rig.pidsOf(attempt)

    const told = performance.now()
    expect(await old.stop()).toBe(0)
    expect(performance.now() - told).toBeLessThan(EXITS_WITHIN_MS)
    for (const pid of [runner, child.pid]) expect(process.kill(pid, 0)).toBe(true)

    await rig.worker({ main: newer.main })
    const ready = performance.now()
    await expect.poll(() => rig.typesOf(cutover), { timeout: ADOPTED_WITHIN_MS }).toContain('attempt adopted')
    expect(performance.now() - ready).toBeLessThan(ADOPTED_WITHIN_MS)
    expect(await rig.presence.pools()).toMatchObject([{ name: 'db', version: '99.0.0' }])

    rig.letEnd('backup')
    const state = await rig.until(cutover, ({ steps }) => steps['backup']?.status === 'done')
    expect(Object.values(state.attempts)).toMatchObject([{ id: attempt, outcome: 'succeeded' }])
    expect(runsOf(await rig.effects(), `${cutover}.backup`)).toEqual(['start end'])
  } finally {
    newer.remove()
  }
})
