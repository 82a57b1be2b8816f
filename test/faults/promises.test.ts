import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Recorded } from '../../src/domain/events.ts'
import { startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { aPlan } from '../support/plans.ts'
import type { Effect } from './support/effects.ts'
import { brokenPromises } from './support/promises.ts'

let test: TestLog
let cutover: string
let recorded: readonly Recorded[]
beforeAll(async () => {
  test = await startTestLog()
  cutover = await opening(test.log, aPlan().run('copy').build())
  recorded = await test.log.events(cutover)
})
afterAll(() => test.stop())

const effect = (n: number, pid: number, what: Effect['what']): Effect => ({
  step: `${cutover}.copy`,
  attempt: `${cutover}.copy.${n}`,
  pid,
  what,
  at: 0,
})

/** What is found broken when the target, the log or the reconciler tell of something that must not be. */
const found = (
  effects: readonly Effect[],
  told: { readonly acknowledged?: readonly Recorded[]; readonly reconcile?: () => Promise<void> } = {},
) =>
  brokenPromises({
    log: test.log,
    pool: test.pool,
    cutovers: [cutover],
    acknowledged: recorded,
    effects: async () => effects,
    reconcile: async () => undefined,
    ...told,
  })

it('finds nothing where nothing is broken', async () => {
  expect(await found([])).toEqual([])
})

it('finds an attempt that started twice, and one that worked without leave', async () => {
  expect(await found([effect(1, 10, 'start'), effect(1, 10, 'end'), effect(1, 11, 'start')])).toEqual([
    `A: ${cutover}.copy.1 started more than once`,
    `A: ${cutover}.copy.1 worked on the target without leave`,
    `A: ${cutover}.copy.1 worked on the target without leave`,
  ])
})

it('finds two of one step alive together, by the lock of the target and by the order of their traces', async () => {
  const traces = [
    effect(1, 10, 'beat'),
    effect(2, 11, 'overlap'),
    effect(2, 11, 'beat'),
    effect(1, 10, 'beat'),
  ]
  expect(await found(traces)).toEqual([
    `B: ${cutover}.copy.2 found another one of its step at work`,
    `B: ${cutover}.copy.1/10 went on after another one of its step had begun`,
  ])
})

it('finds a decision that was acknowledged and is gone', async () => {
  const [opened] = recorded
  const gone = { ...opened, position: 9 } as Recorded
  expect(await found([], { acknowledged: [gone] })).toEqual([
    `C: "cutover opened" at 9 of ${cutover} was acknowledged and is gone`,
  ])
})

it('finds a reconciler that never comes to rest', async () => {
  const effects: Effect[] = []
  const broken = await brokenPromises({
    log: test.log,
    pool: test.pool,
    cutovers: [cutover],
    acknowledged: [],
    effects: async () => effects,
    reconcile: async () => void effects.push(effect(1, 10, 'beat')),
  })
  expect(broken).toEqual(['E: reconciling again left 1 more traces in the target'])
})

it('finds a chain that was touched', async () => {
  await test.tamper(`update cutover.event set data = replace(data, 'copy', 'copx') where cutover = $1`, [
    cutover,
  ])
  expect(await found([], { acknowledged: [] })).toEqual([
    `D: ${cutover}: event 1 ("cutover opened") was edited after it was written`,
  ])
})
