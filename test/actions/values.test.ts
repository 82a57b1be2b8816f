import fc from 'fast-check'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalDecimal, fitsDecimal } from '../../src/actions/values/decimal.ts'
import { canonicalJson } from '../../src/actions/values/json.ts'
import { canonicalDate, canonicalTime, canonicalTimestamp } from '../../src/actions/values/timestamp.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { startTestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let client: Client

beforeAll(async () => {
  server = await startTestPostgres()
  client = await server.connect()
  await client.query(`set timezone = 'UTC'`)
})

afterAll(async () => {
  await server.stop()
})

/** What PostgreSQL makes of each text; null where it refuses. */
async function byPostgres(texts: readonly string[], type: string): Promise<(string | null)[]> {
  const answers: (string | null)[] = []
  for (const text of texts) {
    const answer = await client
      .query<{ value: string }>(`select ($1::text::${type})::text as value`, [text])
      .then(({ rows }) => rows[0]?.value ?? null)
      .catch(() => null)
    answers.push(answer)
  }
  return answers
}

describe('moments', () => {
  test.each([
    ['2026-11-20 09:30:00', '2026-11-20 09:30:00'],
    ['2026-11-20T09:30:00', '2026-11-20 09:30:00'],
    ['2026-11-20 09:30', '2026-11-20 09:30:00'],
    ['2026-11-20', '2026-11-20 00:00:00'],
    ['2026-11-20 09:30:00.250000', '2026-11-20 09:30:00.25'],
    ['2026-11-20T09:30:00.000Z', '2026-11-20 09:30:00'],
    ['2026-11-20 09:30:00+04:00', '2026-11-20 05:30:00'],
    ['2026-11-20 09:30:00-0330', '2026-11-20 13:00:00'],
    ['2026-11-20 09:30:00.1234567', '2026-11-20 09:30:00.123457'],
    ['2024-02-29 23:59:59.9999999', '2024-03-01 00:00:00'],
    ['1969-12-31 23:59:59.5', '1969-12-31 23:59:59.5'],
    ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
  ])('%s is %s, as PostgreSQL has it', async (text, expected) => {
    expect(canonicalTimestamp(text)).toBe(expected)
    expect(await byPostgres([text], 'timestamptz::timestamp')).toEqual([expected])
  })

  test.each([
    '',
    'now',
    '2026-02-30 00:00:00',
    '2026-13-01',
    '2026-11-20 25:00:00',
    '2026-11-20 09:61:00',
    '20.11.2026',
    '2026-11-20 09:30:00 MEZ',
  ])('%j is none', (text) => {
    expect(canonicalTimestamp(text)).toBeUndefined()
  })

  test('whole numbers are seconds, milliseconds or microseconds by their size; a fraction is seconds', () => {
    const expected = '2023-11-14 22:13:20'

    expect([1700000000n, 1700000000000n, 1700000000000000n].map(canonicalTimestamp)).toEqual([
      expected,
      expected,
      expected,
    ])
    expect(canonicalTimestamp(1700000000.25)).toBe(`${expected}.25`)
    expect(canonicalTimestamp(-1n)).toBe('1969-12-31 23:59:59')
    expect(canonicalTimestamp(1700000000000000000n)).toBeUndefined()
    expect(canonicalTimestamp(Number.NaN)).toBeUndefined()
  })

  test('any moment of any offset is what PostgreSQL reads', async () => {
    const texts = fc.sample(
      fc
        .tuple(
          fc.date({ min: new Date('1000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }),
          fc.nat(999_999),
          fc.integer({ min: -719, max: 719 }),
        )
        .map(([date, micros, offset]) => {
          const size = Math.abs(offset)
          const zone = `${offset < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
          return `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}${zone}`
        }),
      200,
    )

    expect(texts.map((text) => canonicalTimestamp(text))).toEqual(
      await byPostgres(texts, 'timestamptz::timestamp'),
    )
  })

  test('a day is a moment at midnight; a time of day stands alone', () => {
    expect(canonicalDate('2026-11-20')).toBe('2026-11-20')
    expect(canonicalDate('2026-11-20 00:00:00')).toBe('2026-11-20')
    expect(canonicalDate('2026-11-20 00:00:01')).toBeUndefined()
    expect(canonicalTime('09:30')).toBe('09:30:00')
    expect(canonicalTime('09:30:00.500')).toBe('09:30:00.5')
    expect(canonicalTime('24:00:00')).toBe('24:00:00')
    expect(canonicalTime('24:00:01')).toBeUndefined()
  })
})

describe('decimals', () => {
  test.each([
    ['12.50', undefined, '12.5'],
    ['12.50', 2, '12.50'],
    ['12', 2, '12.00'],
    ['-0.00', 2, '0.00'],
    ['+007', undefined, '7'],
    ['.5', undefined, '0.5'],
    ['1e3', 1, '1000.0'],
    ['12e-3', undefined, '0.012'],
    ['12345678901234567890.12', 2, '12345678901234567890.12'],
    ['1.005', 2, '1.005'],
  ])('%s with scale %s is %s', (value, scale, expected) => {
    expect(canonicalDecimal(value, scale)).toBe(expected)
  })

  test.each(['', '.', '1,5', 'NaN', '0x10', '1 2'])('%j is none', (value) => {
    expect(canonicalDecimal(value)).toBeUndefined()
  })

  test('any number is what PostgreSQL makes of its shortest text', async () => {
    const numbers = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 200).map(String)

    const expected: (string | undefined)[] = []
    for (const number of numbers) {
      const { rows } = await client.query<{ value: string }>(
        'select trim_scale($1::text::numeric)::text as value',
        [number],
      )
      expected.push(rows[0]?.value)
    }
    expect(numbers.map((text) => canonicalDecimal(text))).toEqual(expected)
  })

  test('a precision holds what it can write without rounding', () => {
    expect(['99.99', '99.990', '0.1', '-99.99', '1e1'].map((text) => fitsDecimal(text, 4, 2))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ])
    expect(['100', '0.001', 'x', '1e2'].map((text) => fitsDecimal(text, 4, 2))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('JSON', () => {
  test('any JSON is what jsonb makes of it', async () => {
    const texts = fc.sample(fc.json({ noUnicodeString: false }), 300)

    expect(texts.map((text) => canonicalJson(text) ?? null)).toEqual(await byPostgres(texts, 'jsonb'))
  })

  test.each([
    '{"b": 1, "a": 2, "aa": 3, "b": 4}',
    '{"ü": 1, "zz": 2, "z": 3, "éa": 4, "": 5}',
    '[1.0, 1.50, 1e2, 1.5e1, 1E-3, -0, -0.0, 100000000000000000000, 0.10]',
    '{"a": [], "b": {}, "c": null, "d": [true, false]}',
    '"a\\u0041\\n\\t\\"\\\\\\/\\u2028\\ud83d\\udea2"',
    ' [ 1 ,2 ] ',
    '{"1": 1, "10": 2, "2": 3, "__proto__": 4}',
    '"plain"',
    '17',
    'null',
  ])('%s', async (text) => {
    const [expected] = await byPostgres([text], 'jsonb')

    expect(expected).not.toBeNull()
    expect(canonicalJson(text)).toBe(expected)
  })

  test.each([
    '',
    '{',
    "{'a': 1}",
    '[1,]',
    '{"a": 1,}',
    '01',
    '"\\u0000"',
    '"\\ud800"',
    'nul',
    '1 2',
    '"a',
    'NaN',
    '\u00a01',
    '"a\nb"',
  ])('what jsonb refuses is none: %j', async (text) => {
    expect(await byPostgres([text], 'jsonb')).toEqual([null])
    expect(canonicalJson(text)).toBeUndefined()
  })

  test('nesting without end is none, and no crash', () => {
    expect(canonicalJson('['.repeat(200_000) + ']'.repeat(200_000))).toBeUndefined()
    expect(canonicalJson(`${'['.repeat(5_000)}1.5${']'.repeat(5_000)}`)).toBeUndefined()
  })
})
