import { assert, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs, rangeMs, spoken } from '../../src/runbook/values/duration.ts'
import { expectationOf } from '../../src/runbook/values/expectation.ts'
import { offsetOf } from '../../src/runbook/values/offset.ts'
import { readReference } from '../../src/runbook/values/reference.ts'
import { readVar } from '../../src/runbook/values/var.ts'
import { slug } from '../../src/runbook/slug.ts'

test('durations add up their parts', () => {
  expect(durationMs('1h30m')).toBe(5_400_000)
  expect(durationMs('2d')).toBe(172_800_000)
  expect(rangeMs('8m-10m')).toEqual({ lowMs: 480_000, highMs: 600_000 })
  expect(rangeMs('10m')).toEqual({ lowMs: 600_000, highMs: 600_000 })
})

test('what is spoken of a duration reads back as the same one', () => {
  assert(
    property(integer({ min: 1, max: 10_000_000 }), (seconds) => {
      expect(durationMs(spoken(seconds * 1000))).toBe(seconds * 1000)
    }),
  )
})

describe('time forms', () => {
  test.each([
    ['T-30m', { kind: 'elapsed', ms: -1_800_000 }],
    ['T+1h30m', { kind: 'elapsed', ms: 5_400_000 }],
    ['T-0', { kind: 'elapsed', ms: 0 }],
    ['T-7d', { kind: 'calendar', days: -7 }],
    ['T-1d 18:00', { kind: 'calendar', days: -1, at: '18:00' }],
    ['after: copy +10m', { kind: 'after', step: 'copy', ms: 600_000 }],
    [{ after: 'completed +24h' }, { kind: 'after', step: 'completed', ms: 86_400_000 }],
    [{ after: 'copy' }, { kind: 'after', step: 'copy', ms: 0 }],
  ])('%j is read', (written, offset) => {
    expect(offsetOf(written)).toEqual(offset)
  })

  test.each(['T-1d12h', 'T30m', '18:00', 'copy', 'T-1d 18'])('%s is none', (written) => {
    expect(offsetOf(written)).toBeUndefined()
  })
})

describe('expectations', () => {
  test('come in base units', () => {
    expect(expectationOf('> 100 MB', 'size')).toEqual({
      ok: true,
      expectation: { op: '>', value: 100_000_000, text: '> 100 MB' },
    })
    expect(expectationOf('<1h', 'age')).toMatchObject({ expectation: { value: 3_600_000 } })
    expect(expectationOf('>= 30 %', 'value')).toMatchObject({ expectation: { op: '>=', value: 30 } })
    expect(expectationOf('< 2 KiB', 'value')).toMatchObject({ expectation: { value: 2048 } })
  })

  test('are exact when they are no comparison', () => {
    for (const exact of ['ok', 200, true, null])
      expect(expectationOf(exact, 'value')).toEqual({ ok: true, expectation: { equals: exact } })
  })
})

test('a reference is a whole value', () => {
  expect(readReference('$sqlite')).toEqual({ kind: 'name', name: 'sqlite' })
  expect(readReference('$backup.file')).toEqual({ kind: 'part', name: 'backup', part: 'file' })
  expect(readReference('$$HOME')).toEqual({ kind: 'text', text: '$HOME' })
  expect(readReference('a $sqlite')).toEqual({ kind: 'text', text: 'a $sqlite' })
  expect(readReference('$(rm -rf)').kind).toBe('malformed')
})

describe('values of vars', () => {
  test.each([
    ['int', '42', 42],
    ['int', 7, 7],
    ['text', 'OPS-1', 'OPS-1'],
    ['url', 'https://x.example/a', 'https://x.example/a'],
    ['host', 'db.internal', 'db.internal'],
  ] as const)('%s takes %s', (type, given, value) => {
    expect(readVar('v', { type }, given)).toEqual({ ok: true, value })
  })

  test.each([
    ['int', '4.5'],
    ['int', '9007199254740993'],
    ['text', ''],
    ['text', '--force'],
    ['text', 'a\0b'],
    ['text', 'x'.repeat(100_000)],
    ['url', 'javascript:alert(1)'],
    ['host', '-oProxyCommand=x'],
    ['path', ' '],
  ] as const)('%s refuses %s', (type, given) => {
    const read = readVar('v', { type }, given)
    expect(read.ok).toBe(false)
    expect(JSON.stringify(read).length).toBeLessThan(400)
  })

  test('match their pattern as a whole', () => {
    const declared = { type: 'text', pattern: '[A-Z]+-[0-9]+' } as const
    expect(readVar('ticket', declared, 'OPS-1').ok).toBe(true)
    expect(readVar('ticket', declared, 'OPS-1 --force').ok).toBe(false)
    expect(readVar('ticket', declared, '<!channel> OPS-1').ok).toBe(false)
  })
})

test('ids are made of titles', () => {
  expect(slug('Copy the data (3,000 rows)')).toBe('copy-the-data-3-000-rows')
  expect(slug('5 minutes later: Ünïcode')).toBe('minutes-later-unicode')
  expect(slug('თბილისი')).toBe('')
})
