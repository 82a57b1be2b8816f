import { describe, expect, it } from 'vitest'
import { mayRead } from '../../src/domain/people.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, BEN, DIA, EVE } from '../support/plans.ts'

const opened = (isPrivate: boolean) =>
  new Cutover(
    aPlan()
      .do('look')
      .with({ channel: { name: 'migration', isPrivate } })
      .build(),
  ).state

describe('reading a cutover from outside its channel', () => {
  it('is for those who have a part in it while its channel is private', () => {
    const state = opened(true)

    expect([ANA, BEN, DIA].map((person) => mayRead(state, person))).toEqual([true, true, true])
    expect(mayRead(state, EVE)).toBe(false)
  })

  it('is for everybody when its channel is public', () => {
    expect(mayRead(opened(false), EVE)).toBe(true)
  })
})
