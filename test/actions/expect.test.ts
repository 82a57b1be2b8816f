import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../../src/actions/action.ts'
import { judge } from '../../src/actions/expect.ts'

const seen = (measured: CheckResult['measured'], green = true): CheckResult => ({
  green,
  measured,
  answer: 'seen',
  facts: {},
})

describe('judging a check', () => {
  it('takes the verdict of the check where the runbook expects nothing', () => {
    expect(judge(undefined, seen({}, true))).toEqual({ verdict: 'green', answer: 'seen' })
    expect(judge(undefined, seen({}, false)).verdict).toBe('red')
  })

  it('lets the expectation decide where there is one', () => {
    expect(judge({ status: { equals: 503 } }, seen({ status: 503 }, false)).verdict).toBe('green')
  })

  it.each([
    ['rows', { equals: 1 }, 1],
    ['rows', { op: '<', value: 5, text: '< 5' }, 4],
    ['value', { equals: '15.18' }, '15.18\n'],
    ['value', { equals: 12 }, '12'],
    ['value', { equals: '12' }, 12],
    ['value', { equals: true }, true],
    ['value', { equals: null }, null],
    ['value', { op: '>=', value: 9007199254740992, text: '>= 9007199254740992' }, 9007199254740993n],
    ['value', { op: '>', value: 0.5, text: '> 0.5' }, '0.75'],
    ['value', { op: '!=', value: 0, text: '!= 0' }, 3],
    ['status', { op: '<=', value: 204, text: '<= 204' }, 200],
    ['body', { equals: 'ok' }, 'ok\n'],
    ['exit', { equals: 0 }, 0],
    ['output', { equals: 'ready' }, 'ready'],
    ['lines', { op: '=', value: 3, text: '= 3' }, 3],
    ['size', { op: '>', value: 100_000_000, text: '> 100MB' }, 412_000_000],
    ['age', { op: '<', value: 3_600_000, text: '< 1h' }, 60_000],
  ] as const)('%s %j holds for %s', (part, expectation, measured) => {
    expect(judge({ [part]: expectation }, seen({ [part]: measured }))).toEqual({
      verdict: 'green',
      answer: 'seen',
    })
  })

  it.each([
    [{ rows: { equals: 0 } }, { rows: 2 }, 'seen (rows: 2, expected 0)'],
    [
      { size: { op: '>', value: 1e8, text: '> 100MB' } },
      { size: 1200 },
      'seen (size: 1.2 kB, expected > 100MB)',
    ],
    [
      { age: { op: '<', value: 3.6e6, text: '< 1h' } },
      { age: 7.5e6 },
      'seen (age: 2 h 5 min, expected < 1h)',
    ],
    [{ value: { equals: 'yes' } }, { value: 'no' }, 'seen (value: "no", expected "yes")'],
    [
      { value: { op: '<', value: 9, text: '< 9' } },
      { value: null },
      'seen (value: null is no number, expected < 9)',
    ],
    [
      { value: { op: '<', value: 9, text: '< 9' } },
      { value: '' },
      'seen (value: "" is no number, expected < 9)',
    ],
    [{ value: { equals: true } }, { value: 1 }, 'seen (value: 1, expected true)'],
    [{ rows: { equals: 1 } }, { status: 200 }, 'seen (rows: nothing measured, expected 1)'],
  ] as const)('%j is red for %j and says why', (expectations, measured, answer) => {
    expect(judge(expectations, seen(measured))).toEqual({ verdict: 'red', answer })
  })

  it('names every part that does not hold', () => {
    const verdict = judge(
      { status: { equals: 200 }, body: { equals: 'ok' } },
      seen({ status: 500, body: 'oops' }),
    )

    expect(verdict.answer).toBe('seen (status: 500, expected 200; body: "oops", expected "ok")')
  })

  it('is red with the answer of the check alone where it could measure nothing', () => {
    expect(judge({ status: { equals: 200 } }, seen({}, false))).toEqual({ verdict: 'red', answer: 'seen' })
  })

  it.each([
    ['$.status', 'ok'],
    ['$.checks[1].name', 'queue'],
    ['$["odd key"]', 7],
    ['checks[0]["name"]', 'db'],
  ])('finds %s in a JSON document', (path, equals) => {
    const json = { status: 'ok', checks: [{ name: 'db' }, { name: 'queue' }], 'odd key': 7 }

    expect(judge({ json: { path, is: { equals } } }, seen({ json })).verdict).toBe('green')
  })

  it('does not find what only the language has, not the document', () => {
    const verdict = judge({ json: { path: '$.constructor', is: { equals: 'x' } } }, seen({ json: {} }))

    expect(verdict).toEqual({
      verdict: 'red',
      answer: 'seen ($.constructor: nothing measured, expected "x")',
    })
  })
})
