import { describe, expect, test } from 'vitest'
import { nextUsualStart } from '../../src/app/usual-start.ts'

const at = (text: string): number => Date.parse(text)

describe('the usual time', () => {
  test('is the next one of that day on the wall clock of the zone', () => {
    expect(nextUsualStart('Sunday 02:00', 'Europe/Berlin', at('2026-11-20T12:00Z'))).toBe('2026-11-22 02:00')
    expect(nextUsualStart('Friday 02:00', 'Europe/Berlin', at('2026-11-20T12:00Z'))).toBe('2026-11-27 02:00')
    expect(nextUsualStart('02:00', 'Asia/Tbilisi', at('2026-11-20T21:59Z'))).toBe('2026-11-21 02:00')
    expect(nextUsualStart('02:00', 'Asia/Tbilisi', at('2026-11-20T22:01Z'))).toBe('2026-11-22 02:00')
  })

  test('is the moment after the gap where clocks go forward, and the same wall time where they go back', () => {
    expect(nextUsualStart('Sunday 02:30', 'Europe/Berlin', at('2026-03-27T12:00Z'))).toBe('2026-03-29 03:30')
    expect(nextUsualStart('Sunday 02:30', 'Europe/Berlin', at('2026-10-23T12:00Z'))).toBe('2026-10-25 02:30')
  })

  test('is nothing when it cannot be read', () => {
    expect(nextUsualStart('now and then', 'UTC', 0)).toBeUndefined()
  })
})
