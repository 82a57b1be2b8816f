import { describe, expect, test } from 'vitest'
import {
  bytesText,
  clockText,
  durationText,
  isZone,
  numberText,
  timeText,
} from '../../src/templates/format.ts'

describe('format', () => {
  test.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [999.6, '1 s'],
    [1_000, '1 s'],
    [59_600, '1 min'],
    [112_000, '1 min 52 s'],
    [599_400, '9 min 59 s'],
    [600_000, '10 min'],
    [38 * 60_000 + 12_000, '38 min'],
    [60 * 60_000, '60 min'],
    [119 * 60_000, '119 min'],
    [120 * 60_000, '2 h'],
    [185 * 60_000, '3 h 5 min'],
    [52 * 3_600_000, '2 d 4 h'],
    [-90_000, '-1 min 30 s'],
  ])('%i ms is written %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_440, '1.4 kB'],
    [9_960, '10 kB'],
    [999_600, '1 MB'],
    [412_345_678, '412 MB'],
    [5_300_000_000_000_000, '5300 TB'],
  ])('%i bytes are written %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })

  test('a time names its zone, and a date needs none', () => {
    const at = Date.UTC(2026, 2, 29, 0, 30)

    expect(timeText(at, 'Europe/Berlin')).toBe('29 Mar 2026 01:30 (Europe/Berlin)')
    expect(timeText(at + 3_600_000, 'Europe/Berlin', 'time')).toBe('03:30 (Europe/Berlin)')
    expect(timeText(at, 'UTC')).toBe('29 Mar 2026 00:30 UTC')
    expect(timeText(at, 'UTC', 'date')).toBe('29 Mar 2026')
    expect(clockText(at, 'Asia/Tbilisi', 'time')).toBe('04:30')
  })

  test('counts are grouped, and a zone that nobody knows is no zone', () => {
    expect(numberText(3_012_884)).toBe('3,012,884')
    expect(isZone('Asia/Tbilisi')).toBe(true)
    expect(isZone('Asia/Tblisi')).toBe(false)
  })
})
