import { describe, expect, test } from 'vitest'
import { simulate, type Outcome } from './simulate.ts'
import type { Guards } from './world.ts'

/** Enough for a guard that is away to be missed, and for one look at each part of what is simulated. */
const SEEDS = 40

async function firstViolation(guards: Partial<Guards>): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const outcome = await simulate(seed, { guards, withSlack: false })
    if (outcome.violation !== undefined) return outcome
  }
  return undefined
}

// How long it takes says only what else runs here.
describe('a simulated cutover', { timeout: 120_000 }, () => {
  test(`breaks no promise under the faults of ${SEEDS} seeds, and comes to its end`, async () => {
    const outcomes: Outcome[] = []
    for (let seed = 1; seed <= SEEDS; seed += 1) outcomes.push(await simulate(seed))
    expect(
      outcomes.flatMap(({ seed, violation }) => (violation === undefined ? [] : [{ seed, violation }])),
    ).toEqual([])
    const faults = outcomes.reduce((sum, { figures }) => sum + figures.faults, 0)
    expect(faults / SEEDS, 'faults per seed').toBeGreaterThan(3)
    expect(new Set(outcomes.map(({ figures }) => figures.withSlack))).toEqual(new Set([true, false]))
  })

  test('does the same again from the same seed, step by step', async () => {
    const once = await simulate(12, { traced: true })
    const again = await simulate(12, { traced: true })
    expect(once.trace.length).toBeGreaterThan(50)
    expect(again.trace).toEqual(once.trace)
    expect((await simulate(13, { traced: true })).trace).not.toEqual(once.trace)
  })
})

describe('without a guard', { timeout: 120_000 }, () => {
  const guards: readonly (readonly [string, Partial<Guards>, RegExp])[] = [
    ['the version of what a decision was made on', { version: false }, /./],
    ['one runner for each attempt', { lock: false }, /^1: .* was started 2 times/],
    ['the commit that an acknowledgement stands for', { commit: false }, /^2: .* was acknowledged/],
  ]

  test.each(guards)('%s, a violation is found within a few seeds', async (_, guards, violation) => {
    const found = await firstViolation(guards)
    expect(found?.violation).toMatch(violation)
    const again = await simulate(found!.seed, { guards, traced: true, withSlack: false })
    expect(again.violation).toBe(found!.violation)
    expect(again.trace.at(-1)).toContain('oracle')
  })
})
