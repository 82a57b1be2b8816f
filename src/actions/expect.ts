import { z } from 'zod'
import type { Comparison, Expectation, Expectations } from '../domain/plan.ts'
import type { CheckResult } from './action.ts'
import { bytes, duration, oneLine } from './wording.ts'

export interface Verdict {
  readonly verdict: 'green' | 'red'
  /** What was seen and, when red, what was expected: `2 rows (rows: expected 0)`. */
  readonly answer: string
}

/**
 * Holds what a check measured against what the runbook expects. Every part named must hold. A part that was not
 * measured, and NULL against a comparison, are unknown and therefore red. Pure.
 */
export function judge(expectations: Expectations | undefined, result: CheckResult): Verdict {
  if (!expectations) return { verdict: result.green ? 'green' : 'red', answer: result.answer }
  // The check itself says why it could not look: a list of what is missing would only hide that.
  if (Object.keys(result.measured).length === 0) return { verdict: 'red', answer: result.answer }
  const faults = partsOf(expectations).flatMap(({ name, expected, path }) => {
    const measured = path === undefined ? result.measured[name] : lookUp(result.measured.json, path)
    const fault = faultOf(expected, measured, name)
    return fault === undefined ? [] : [`${path ?? name}: ${fault}`]
  })
  return faults.length === 0
    ? { verdict: 'green', answer: result.answer }
    : { verdict: 'red', answer: `${result.answer} (${faults.join('; ')})` }
}

/** The first number that is bounded: how it compares says which way is worse. Undefined where nothing is. */
export function boundedNumber(
  expectations: Expectations | undefined,
  { measured }: CheckResult,
): { readonly op: Comparison; readonly number: number } | undefined {
  for (const { name, expected, path } of partsOf(expectations ?? {})) {
    if (!('op' in expected)) continue
    const number = numberOf(path === undefined ? measured[name] : lookUp(measured.json, path))
    if (number !== undefined) return { op: expected.op, number }
  }
  return undefined
}

type Part = keyof Expectations

const PARTS = ['rows', 'value', 'status', 'json', 'body', 'exit', 'output', 'lines', 'size', 'age'] as const

interface Demand {
  readonly name: Part
  readonly expected: Expectation
  /** Into the JSON document. */
  readonly path?: string
}

function partsOf(expectations: Expectations): Demand[] {
  return PARTS.flatMap((name): Demand[] => {
    if (name === 'json') {
      const { json } = expectations
      return json ? [{ name, expected: json.is, path: json.path }] : []
    }
    const expected = expectations[name]
    return expected ? [{ name, expected }] : []
  })
}

/** What is wrong, or undefined when it holds. */
function faultOf(expected: Expectation, measured: unknown, part: Part): string | undefined {
  if ('unknown' in expected) return expected.unknown
  const wanted = 'text' in expected ? expected.text : shown(expected.equals, part)
  if (measured === undefined) return `nothing measured, expected ${wanted}`
  if ('percent' in expected) return `no baseline to hold it against, expected ${wanted}`
  if ('text' in expected) {
    const number = numberOf(measured)
    if (number === undefined) return `${shown(measured, part)} is no number, expected ${wanted}`
    return COMPARE[expected.op](number, expected.value)
      ? undefined
      : `${shown(number, part)}, expected ${wanted}`
  }
  return same(measured, expected.equals) ? undefined : `${shown(measured, part)}, expected ${wanted}`
}

const COMPARE: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '=': (left, right) => left === right,
  '>=': (left, right) => left >= right,
  '>': (left, right) => left > right,
  '!=': (left, right) => left !== right,
}

/** Databases hand out wide integers and numerics as text. */
export function numberOf(measured: unknown): number | undefined {
  if (typeof measured === 'number') return Number.isNaN(measured) ? undefined : measured
  if (typeof measured === 'bigint') return Number(measured)
  if (typeof measured !== 'string' || !NUMERIC.test(measured.trim())) return undefined
  return Number(measured)
}

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function same(measured: unknown, expected: string | number | boolean | null): boolean {
  if (typeof measured === 'string' && typeof expected === 'string') return measured.trim() === expected.trim()
  if (typeof expected === 'number') return numberOf(measured) === expected
  if (typeof expected === 'string' && (typeof measured === 'number' || typeof measured === 'bigint')) {
    return String(measured) === expected.trim()
  }
  return measured === expected
}

function shown(value: unknown, part: Part): string {
  if (typeof value === 'number' && part === 'size') return bytes(value)
  if (typeof value === 'number' && part === 'age') return duration(value)
  if (typeof value === 'string') return `"${oneLine(value, 80)}"`
  if (typeof value === 'bigint') return String(value)
  return oneLine(JSON.stringify(value) ?? 'nothing', 80)
}

/** `$.checks[0].status` in a JSON document; undefined when a part of the way is missing. */
export function lookUp(document: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined
    return Object.hasOwn(value, step) ? Object.entries(value).find(([key]) => key === step)?.[1] : undefined
  }, document)
}

function stepsOf(path: string): string[] {
  const steps = path.replace(/^\$\.?/, '').matchAll(/\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]|([^.[\]]+)/g)
  return [...steps].map(([, index, double, single, name]) => index ?? double ?? single ?? name ?? '')
}

const ExpectationShape = z.union([
  z.object({ equals: z.union([z.string(), z.number(), z.boolean(), z.null()]) }),
  z.object({ op: z.enum(['<', '<=', '=', '>=', '>', '!=']), value: z.number(), text: z.string() }),
  z.object({ unknown: z.string() }),
])

const one = ExpectationShape.exactOptional()

/** The same shape as read back from an attempt's request. */
export const ExpectationsShape: z.ZodType<Expectations> = z.strictObject({
  rows: one,
  value: one,
  status: one,
  json: z.object({ path: z.string(), is: ExpectationShape }).exactOptional(),
  body: one,
  exit: one,
  output: one,
  lines: one,
  size: one,
  age: one,
})
