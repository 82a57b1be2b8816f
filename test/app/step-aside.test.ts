import { expect, it } from 'vitest'
import { makeStepAside } from '../../src/app/step-aside.ts'
import { quiet } from '../support/installation.ts'

const MINUTE = 60_000

function aside() {
  const clock = { now: 0 }
  const { metNewer, isNow } = makeStepAside({
    log: { now: async () => clock.now },
    version: '1.0.0',
    logger: quiet,
  })
  const at = (now: number) => {
    clock.now = now
    return isNow()
  }
  return { metNewer, at }
}

it('a leader that can read everything never steps aside', async () => {
  expect(await aside().at(10 * MINUTE)).toBe(false)
})

it('one that needs a newer version leaves the lease to run out, and leads again when nobody took it', async () => {
  const { metNewer, at } = aside()
  metNewer('c1')

  expect(metNewer('c1')).toBe(false)
  expect(await at(0)).toBe(true)
  expect(await at(12_000)).toBe(true)
  expect(await at(20_000)).toBe(false)
})

it('steps aside again for the same cutover, but leads most of the time', async () => {
  const { metNewer, at } = aside()
  metNewer('c1')
  await at(0)
  metNewer('c1')
  expect(await at(MINUTE)).toBe(false)
  metNewer('c1')
  expect(await at(6 * MINUTE)).toBe(true)
})
