import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EnvironmentBinding } from '../../src/cli/worker/bindings.ts'
import { ConfigError } from '../../src/cli/config.ts'
import { makeCanceller } from '../../src/cli/worker/cancels.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, T0 } from '../support/plans.ts'

/** One run that was asked to stop, on a host whose bindings come from `bindingOf`. */
function cancelled(bindingOf: () => EnvironmentBinding | undefined) {
  const shop = { name: 'shop', kind: 'postgres', locator: { secret: 'SHOP_URL' } } as const
  const cutover = new Cutover(aPlan().run('copy').with({ targets: { shop } }).build())
  cutover.waitUntil(T0)
  cutover.by(ANA, { type: 'run', step: 'copy' })
  const attempt = cutover.begin('copy')
  cutover.by(ANA, { type: 'cancel', step: 'copy', reason: 'it hangs' })
  const warnings: object[] = []
  const canceller = makeCanceller({
    pool: 'db',
    cwd: '.',
    presence: { cancelRequests: () => Promise.resolve([{ attempt, cutover: 'c1' }]) },
    log: { load: () => Promise.resolve({ state: cutover.state, now: T0, repeated: false }) },
    supervisor: { cancel: () => Promise.resolve(true) },
    logger: { info: () => undefined, warn: (line) => warnings.push(line as object), error: () => undefined },
    bindingOf,
  })
  return { canceller, warnings }
}

describe('ending the sessions of a cancelled attempt', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('outlives bindings that cannot be read, and says so', async () => {
    const { canceller, warnings } = cancelled(() => {
      throw new ConfigError('The bindings file is not there.')
    })

    await canceller.look()
    await vi.advanceTimersByTimeAsync(3000)

    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatchObject({
      target: 'shop',
      error: { message: 'The bindings file is not there.' },
    })
  })

  it('looks at nothing any more once it is stopped', async () => {
    const bindingOf = vi.fn(() => undefined)
    const { canceller } = cancelled(bindingOf)

    await canceller.look()
    await canceller.stop()
    await vi.advanceTimersByTimeAsync(3000)

    expect(bindingOf).not.toHaveBeenCalled()
  })
})
