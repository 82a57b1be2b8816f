import { describe, expect, it } from 'vitest'
import { VERBS, type VerbOptions } from '../../src/cli/commands/verb-table.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, T0 } from '../support/plans.ts'

function asked(
  name: string,
  words: readonly string[],
  options: VerbOptions,
  state: CutoverState,
): PersonCommand {
  const verb = VERBS.find(({ usage }) => usage.split(' ')[0] === name)
  if (!verb) throw new Error(`no verb ${name}`)
  return verb.command(words, options, { state, now: T0, who: () => ANA })
}

describe('the gate that go and no-go mean', () => {
  const cutover = new Cutover(
    aPlan()
      .phase('decide', at(-60))
      .decide('go', { deadline: at(-30) })
      .build(),
  )
  cutover.advance()

  it('is the open one', () => {
    cutover.waitUntil(T0 - 59 * 60_000)

    expect(cutover.state.gates['go']?.open).toBe(true)
    expect(asked('go', [], {}, cutover.state)).toMatchObject({ gate: 'go', vote: 'go' })
  })

  it('is, for no-go only, the one whose deadline has passed', () => {
    cutover.waitUntil(T0 - 29 * 60_000)

    expect(cutover.state.gates['go']).toMatchObject({ open: false, closedBecause: 'deadline' })
    expect(asked('no-go', [], { reason: 'late' }, cutover.state)).toMatchObject({ gate: 'go', vote: 'no-go' })
    expect(() => asked('go', [], {}, cutover.state)).toThrow('No gate is open')
  })
})

describe('hold', () => {
  it('needs no reason, and takes one', () => {
    const { state } = new Cutover(aPlan().do('stop').build())

    expect(asked('hold', [], {}, state)).toEqual({ type: 'hold' })
    expect(asked('hold', [], { reason: 'smoke' }, state)).toEqual({ type: 'hold', reason: 'smoke' })
  })
})
