import { describe, expect, test } from 'vitest'
import { workOf } from '../../src/app/attempt-work.ts'
import { metricsOf } from '../../src/domain/metrics.ts'
import { Cutover } from '../support/cutover.ts'
import { HOUR, T0 } from '../support/plans.ts'
import { codesOf, findingOf, planOf, pointedAt, runbookText } from './support.ts'

const METRICS = `metrics:
  errors: { http: { url: "http://localhost/metrics" }, json: $.error_rate, unit: "%" }
  latency: { sql: { target: main, query: "select p95 from stats" }, unit: ms }
  tickets: { ask: true, unit: per day }
  orders: { command: [count-orders], better: higher }
baseline: { metrics: [errors, tickets, orders], at: T-5d }
`
const STEPS = `- run: Change
  id: change
  command: [change]
  irreversible: a test
- check: Errors are as before
  id: errors-now
  metric: errors
  expect: { value: "< 200% of baseline" }
- decide: Go on?
  id: go-on
  approvers: { lead: 1 }
  criteria:
    - { metric: latency, expect: { value: "< 250" }, fresh: 2m }
- watch: First hour
  for: 1h
  checks: [{ id: orders-ok, metric: orders, expect: { value: ">= 80 % of baseline" } }]
`
const text = runbookText(STEPS, `${METRICS}success: [{ metric: errors, expect: { value: "< 1" } }]\n`)

describe('metrics in a runbook', () => {
  const plan = planOf(text)

  test('become steps: measured before at their time, for a gate before it, and at the end when the watches are over', () => {
    expect(plan.phases.map(({ id, steps }) => [id, steps])).toEqual([
      ['baseline', ['baseline-errors', 'baseline-tickets', 'baseline-orders']],
      ['migrate', ['change', 'errors-now', 'go-on-latency', 'go-on', 'first-hour']],
      ['measured-afterwards', ['after-errors', 'after-tickets', 'after-orders', 'success-errors']],
    ])
    expect(plan.phases[0]?.at).toEqual({ kind: 'calendar', days: -5 })
    expect(plan.steps['after-errors']).toMatchObject({ needs: ['first-hour'], optional: true })
    expect(plan.steps['baseline-tickets']).toMatchObject({
      kind: 'do',
      fields: [{ name: 'value', type: 'number', label: 'Tickets (per day)' }],
    })
    expect(plan.steps['go-on']).toMatchObject({
      criteria: [{ kind: 'step', step: 'go-on-latency', freshMs: 120_000 }],
    })
    expect(plan.success).toMatchObject([{ kind: 'step', step: 'success-errors' }])
    expect(plan.metrics).toMatchObject({
      errors: { unit: '%', better: 'lower', before: 'baseline-errors', after: 'after-errors' },
      orders: { better: 'higher' },
    })
    expect(plan.metrics['latency']).toEqual({ unit: 'ms', better: 'lower' })
  })

  test.each(['T-0', 'T+5m', 'T+1d', '{ after: change }'])('are no baseline at %s', (at) => {
    expect(codesOf(text.replace('at: T-5d', `at: ${at}`))).toEqual(['late-baseline'])
  })

  test('that mean failure, or speak against going on, are looked at for the contrary: red is that it is so', () => {
    const failing = planOf(
      runbookText(
        STEPS.replace('  criteria:', '  no_go_when:'),
        `${METRICS}failure: [{ metric: errors, expect: { value: "> 300% of baseline" } }]\n`,
      ),
    )

    expect(failing.steps['failure-errors']).toMatchObject({
      work: { expect: { value: { op: '<=', percent: 300 } } },
    })
    expect(failing.failure).toMatchObject([{ kind: 'step', step: 'failure-errors' }])
    expect(failing.steps['go-on']).toMatchObject({
      criteria: [],
      against: [{ kind: 'step', step: 'go-on-no-go-latency' }],
    })
    expect(failing.steps['go-on-no-go-latency']).toMatchObject({
      work: { expect: { value: { op: '>=', value: 250 } } },
    })
  })

  test('are looked at by their own words, and a command only looks', () => {
    expect(plan.steps['errors-now']).toMatchObject({
      work: {
        uses: 'http',
        with: { url: 'http://localhost/metrics' },
        metric: { name: 'errors', path: '$.error_rate', unit: '%' },
        expect: { value: { op: '<', percent: 200 } },
      },
    })
    expect(plan.steps['first-hour']).toMatchObject({
      checks: [{ work: { uses: 'command', with: { argv: ['count-orders'], read_only: true } } }],
    })
  })

  test.each([
    ['a metric that nobody defined', '- check: X\n  metric: erors', 'unknown-metric', '', 'erors'],
    [
      'one in a criterion',
      '- decide: X\n  approvers: { lead: 1 }\n  criteria: [{ metric: erors, expect: { value: 1 } }]',
      'unknown-metric',
      '',
      '',
    ],
    ['a look at what a person enters', '- check: X\n  metric: tickets', 'asked-metric', '', ''],
    [
      'a baseline that is not recorded',
      '- check: X\n  metric: latency\n  expect: { value: "< 200% of baseline" }',
      'no-baseline',
      '',
      '',
    ],
    [
      'a baseline of what is no metric',
      '- check: X\n  http: { url: "http://localhost" }\n  expect: { value: "< 200% of baseline" }',
      'no-baseline',
      '',
      '',
    ],
    [
      'a comparison with a baseline that cannot be read',
      '- check: X\n  metric: errors\n  expect: { value: "twice % of baseline" }',
      '',
      '',
      '',
    ],
    [
      'a metric beside other work',
      '- check: X\n  metric: errors\n  sql: { target: main, query: select 1 }',
      'what-is-done',
      '',
      '',
    ],
  ])('are refused: %s', (_, steps, code) => {
    const codes = codesOf(runbookText(steps, METRICS))
    if (code === '') expect(codes).toEqual([])
    else expect(new Set(codes)).toEqual(new Set([code]))
  })

  test.each([
    ['{ unit: ms }', 'does not say how it is measured'],
    ['{ ask: true, sql: { target: main, query: select 1 } }', 'says sql and ask'],
    ['{ sql: { target: main, query: select 1 }, json: $.a }', '`json` means nothing'],
  ])('are measured in one way: %s', (definition, message) => {
    const broken = runbookText('- do: X', `metrics: { odd: ${definition} }\n`)
    expect(findingOf('bad-metric', broken).message).toContain(message)
  })

  test('point at the line that is wrong, in the definition too', () => {
    const broken = runbookText('- check: X\n  metric: erors', METRICS)
    expect(pointedAt(broken, findingOf('unknown-metric', broken))).toBe('erors')
    const target = runbookText(
      '- do: X',
      METRICS.replace('target: main', 'target: nowhere').replace('[errors', '[latency, errors'),
    )
    expect(pointedAt(target, findingOf('unknown-target', target))).toMatch(/^nowhere/)
  })
})

describe('a baseline', () => {
  const at = { plannedStart: T0, now: T0 - 5 * 24 * HOUR + HOUR }
  const people = { lead: { person: 'U1' }, observer: { person: 'U3' } }
  const opened = () => new Cutover(planOf(`${text}pool: db\n`), { ...at, opener: 'U1', holders: people })

  test('that is recorded is what a look is held against', () => {
    const cutover = opened()
    cutover.advance()
    cutover.work('baseline-errors', { verdict: 'green', facts: { value: 0.4 } })
    const { work } = workOf({ ...cutover.state, attempts: { x: looking('errors-now') } }, 'x')
    expect(work.metric?.baseline).toBe(0.4)
    expect(work.expect?.value).toEqual({ op: '<', value: 0.8, text: '< 200% of baseline (0.4)' })
  })

  test('of nothing allows nothing, and nothing is in bounds', () => {
    const cutover = opened()
    cutover.advance()
    cutover.work('baseline-errors', { verdict: 'green', facts: { value: 0 } })
    const { work } = workOf({ ...cutover.state, attempts: { x: looking('errors-now') } }, 'x')
    expect(work.expect?.value).toMatchObject({ op: '<=', value: 0 })
  })

  test('that is missing is never good', () => {
    const { work } = workOf({ ...opened().state, attempts: { x: looking('errors-now') } }, 'x')
    expect(work.expect?.value).toEqual({
      unknown: 'expected < 200% of baseline, and no baseline of errors was recorded',
    })
    const watched = workOf({ ...opened().state, attempts: { x: looking('first-hour') } }, 'x').work
    expect(JSON.stringify(watched.with)).toContain('no baseline of orders was recorded')
  })

  test('stands in the report beside what came after', () => {
    const cutover = opened()
    cutover.advance()
    cutover.work('baseline-errors', { verdict: 'green', facts: { value: 0.4 } })
    cutover.work('baseline-orders', { verdict: 'green', facts: { value: 50 } })
    cutover.by('U1', { type: 'tick', step: 'baseline-tickets', result: 'done', fields: { value: '12' } })
    expect(metricsOf(cutover.state)).toMatchObject([
      { name: 'errors', unit: '%', before: 0.4, after: null, changePercent: null, isBetter: null },
      { name: 'latency', before: null },
      { name: 'tickets', before: 12 },
      { name: 'orders', before: 50 },
    ])
    const steps = { ...cutover.state.steps }
    for (const [id, value] of [
      ['after-errors', 0.6],
      ['after-orders', 60],
    ] as const) {
      const one = steps[id]
      if (one) steps[id] = { ...one, status: 'done', facts: { value } }
    }
    expect(metricsOf({ ...cutover.state, steps })).toMatchObject([
      { name: 'errors', after: 0.6, changePercent: 50, isBetter: false },
      { name: 'latency' },
      { name: 'tickets' },
      { name: 'orders', after: 60, changePercent: 20, isBetter: true },
    ])
  })
})

const looking = (step: string) => ({
  id: 'x',
  step,
  n: 1,
  pool: 'default',
  status: 'claimed' as const,
  requestedBy: { kind: 'cutover' as const },
  dispatchedAt: T0,
})
