import { describe, expect, test } from 'vitest'
import { Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, DIA, EVE, MINUTE } from '../support/plans.ts'

const CODE = 'BCDF-GHJK'
const vouch = (person = DIA, code = CODE) =>
  ({ type: 'vouch', code, person, reason: 'I see her on the bridge' }) as const

const cutover = (): Cutover => new Cutover(aPlan().phase('work', at(0)).do('stop').build())

describe('a login while Slack is away', () => {
  test('takes two holders who say the same of somebody else', () => {
    const c = cutover()

    expect(c.by(ANA, vouch())).toEqual(['vouch asked'])
    expect(c.state.vouches[CODE]?.second).toBeUndefined()
    expect(c.by(BEN, vouch())).toEqual(['login vouched'])

    const { data } = c.events.find(({ type }) => type === 'login vouched')!
    expect(data).toEqual({ code: CODE, person: DIA, reason: 'I see her on the bridge', second: ANA })
    expect(c.by(CAI, vouch())).toEqual([])
  })

  test('is not carried by one holder alone, nor by who is to be logged in', () => {
    const c = cutover()
    c.by(ANA, vouch(CAI))

    expect(c.refused(ANA, vouch(CAI))).toBe('second person needed')
    expect(c.refused(CAI, vouch(CAI))).toBe('vouch for oneself')
    expect(c.state.vouches[CODE]?.second).toBeUndefined()
  })

  test('is for people whom the plan knows, and vouched for by people who hold a role', () => {
    const c = cutover()
    expect(c.refused(ANA, vouch(EVE))).toBe('not known')
    expect(c.refused(DIA, vouch(BEN))).toBe('not holder')
    expect(c.refused(ANA, { ...vouch(), reason: ' ' })).toBe('reason missing')
  })

  test('stops when two holders say otherwise whose it is', () => {
    const c = cutover()
    c.by(ANA, vouch(DIA))
    expect(c.refused(BEN, vouch(CAI))).toBe('vouched otherwise')
    expect(c.state.vouches[CODE]).toMatchObject({ person: DIA })
  })

  test('is asked for anew when the first word is as old as the code', () => {
    const c = cutover()
    c.by(ANA, vouch())
    c.now += 10 * MINUTE

    expect(c.by(BEN, vouch())).toEqual(['vouch asked'])
    expect(c.by(ANA, vouch())).toEqual(['login vouched'])
  })
})
