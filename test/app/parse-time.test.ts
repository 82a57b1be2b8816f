import { describe, expect, it } from 'vitest'
import { parseTime } from '../../src/app/parse-time.ts'

const ZONE = 'Asia/Tbilisi'
const NOW = Date.parse('2026-11-20T20:00:00Z') // midnight in Tbilisi

describe('a time as people write it', () => {
  it.each([
    ['+30m', '2026-11-20T20:30:00Z'],
    ['+2h', '2026-11-20T22:00:00Z'],
    ['02:30', '2026-11-20T22:30:00Z'],
    ['23:00', '2026-11-21T19:00:00Z'],
    ['2026-11-21 02:30', '2026-11-20T22:30:00Z'],
    ['2026-11-21T02:30Z', '2026-11-21T02:30:00Z'],
    ['2026-11-21T02:30:00+01:00', '2026-11-21T01:30:00Z'],
  ])('reads %s', (text, expected) => {
    expect(parseTime(text, ZONE, NOW)).toBe(Date.parse(expected))
  })

  it.each(['', 'soon', '25:00', '2026-02-30 10:00', '+30', '--host=evil', '02:30\u0000', '2026-11-21'])(
    'does not read %j',
    (text) => {
      expect(parseTime(text, ZONE, NOW)).toBeNull()
    },
  )

  it('takes the first of an hour that comes twice when clocks go back', () => {
    expect(parseTime('2026-10-25 02:30', 'Europe/Berlin', NOW)).toBe(Date.parse('2026-10-25T00:30:00Z'))
  })

  it('finds the day also where noon in London is tomorrow', () => {
    expect(parseTime('2026-11-21 23:30', 'Pacific/Auckland', NOW)).toBe(Date.parse('2026-11-21T10:30:00Z'))
  })
})
