import type { Comparison, Expectation, Expectations } from '../../domain/plan.ts'

export type ExpectedValue = string | number | boolean | null
export type ExpectationPart = keyof Expectations

const COMPARISON = /^(<=|>=|!=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z%]*)$/
const LOOKS_LIKE_COMPARISON = /^(?:<|>|=|!=)/
export const OF_BASELINE = /%\s*of baseline$/
const BASELINE = /^(<=|>=|!=|<|>|=)\s*(\d+(?:\.\d+)?)\s*%\s*of baseline$/

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}
const TIMES: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const ANY_UNIT: Readonly<Record<string, number>> = { ...BYTES, ...TIMES, '%': 1, rows: 1 }

/** Which units make sense for which part of an answer; the others count and take none. */
const UNITS_OF: Readonly<Partial<Record<ExpectationPart, Readonly<Record<string, number>>>>> = {
  rows: { rows: 1 },
  size: BYTES,
  age: TIMES,
  value: ANY_UNIT,
  json: ANY_UNIT,
}

export type ParsedExpectation =
  | { readonly ok: true; readonly expectation: Expectation }
  | { readonly ok: false; readonly message: string; readonly hint: string }

/** `"< 200 MB"` becomes a comparison in base units (bytes, milliseconds, rows); anything else is exact. */
export function expectationOf(written: ExpectedValue, part: ExpectationPart): ParsedExpectation {
  if (typeof written !== 'string' || !LOOKS_LIKE_COMPARISON.test(written))
    return { ok: true, expectation: { equals: written } }
  if (OF_BASELINE.test(written)) return ofBaseline(written)
  const match = COMPARISON.exec(written)
  if (match === null) {
    return {
      ok: false,
      message: `"${written}" begins like a comparison and is none`,
      hint: 'Write an operator (< <= = >= > !=), a number and a unit: "< 200 MB", "> 0", ">= 30 %".',
    }
  }
  const [, op = '', amount = '', unit = ''] = match
  const units = UNITS_OF[part] ?? {}
  const factor = unit === '' ? 1 : units[unit]
  if (factor === undefined) {
    const known = Object.keys(units)
    return {
      ok: false,
      message: `"${unit}" is no unit of ${part}`,
      hint: known.length > 0 ? `Units of ${part}: ${known.join(' ')}.` : `${part} is a plain number.`,
    }
  }
  return {
    ok: true,
    expectation: { op: comparisonOf(op), value: Number(amount) * factor, text: written },
  }
}

function ofBaseline(written: string): ParsedExpectation {
  const [, op, percent] = BASELINE.exec(written) ?? []
  if (op === undefined) {
    return {
      ok: false,
      message: `"${written}" is no comparison with a baseline`,
      hint: 'Write it like "< 200% of baseline".',
    }
  }
  return {
    ok: true,
    expectation: { op: comparisonOf(op), percent: Number(percent), text: written },
  }
}

const COMPARISONS: readonly Comparison[] = ['<', '<=', '=', '>=', '>', '!=']
const comparisonOf = (text: string): Comparison => COMPARISONS.find((op) => op === text) ?? '='
