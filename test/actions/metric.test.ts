import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { host, temporaryFolder } from '../support/attempt.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: Server
let url = ''
let answer = { status: 200, body: '' }

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status).end(answer.body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/metrics`
})
afterAll(() => server.close())
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const errors = { name: 'errors', path: '$.rates.errors', unit: '%' }
const bound = { value: { op: '<', value: 0.8, text: '< 200% of baseline (0.4)' } }

const look = (metric: object, expect?: object) =>
  host(folder.path, 'http', { input: { url }, metric, ...(expect ? { expect } : {}) })

describe('the look at a metric', () => {
  it('reads its number where it stands, and says it beside the baseline', async () => {
    answer = { status: 200, body: JSON.stringify({ rates: { errors: '0.5' } }) }
    const { facts, code } = await look({ ...errors, baseline: 0.4 }, bound)
    expect(code).toBe(0)
    expect(facts).toMatchObject({
      verdict: 'green',
      answer: '0.5 % (baseline 0.4 %, 125 %)',
      facts: { value: 0.5, baseline: 0.4, percent: 125 },
    })
  })

  it('is red above the bound, and without a baseline to hold it against', async () => {
    answer = { status: 200, body: JSON.stringify({ rates: { errors: 0.9 } }) }
    const above = await look({ ...errors, baseline: 0.4 }, bound)
    expect(above).toMatchObject({ code: 3 })
    expect(above.facts.answer).toBe(
      '0.9 % (baseline 0.4 %, 225 %) (value: 0.9, expected < 200% of baseline (0.4))',
    )
    const unknown = {
      value: { unknown: 'expected < 200% of baseline, and no baseline of errors was recorded' },
    }
    const missing = await look(errors, unknown)
    expect(missing).toMatchObject({ code: 3 })
    expect(missing.facts.answer).toContain('no baseline of errors was recorded')
  })

  it.each([
    ['no number there', 200, '{"rates":{}}', errors, /no number at \$\.rates\.errors$/],
    ['no JSON', 200, 'up', errors, /no number at/],
    ['an error', 500, '{"rates":{"errors":0}}', errors, /^500 in /],
    ['a text', 200, 'many', { name: 'errors' }, /it is no number$/],
  ])('is red where there is %s', async (_, status, body, metric, said) => {
    answer = { status, body }
    const { facts, code } = await look(metric)
    expect(code).toBe(3)
    expect(facts.answer).toMatch(said)
    expect(facts.facts).not.toHaveProperty('value')
  })

  it('reads what a program prints', async () => {
    const input = { argv: ['printf', '{"p95": 120}'], read_only: true }
    const { facts } = await host(folder.path, 'command', {
      input,
      metric: { name: 'p95', path: '$.p95', unit: 'ms' },
    })
    expect(facts).toMatchObject({ verdict: 'green', answer: '120 ms', facts: { value: 120 } })
  })

  it('is taken in a watch as well, and its last value is a fact', async () => {
    answer = { status: 200, body: JSON.stringify({ rates: { errors: 0.5 } }) }
    const checks = [{ id: 'e', title: 'Errors', uses: 'http', with: { url }, metric: errors, expect: bound }]
    const { facts } = await host(folder.path, 'watch', { input: { checks, forMs: 50, everyMs: 20 } })
    expect(facts).toMatchObject({ verdict: 'green', facts: { last: ['Errors: 0.5 %'] } })
  })

  it('shows in a watch how often was looked, the last value and the worst', async () => {
    const values = [0.5, 0.9, 0.6]
    let looked = 0
    answer = { status: 200, body: '' }
    server.prependListener('request', () => {
      answer.body = JSON.stringify({ rates: { errors: values[Math.min(looked++, 2)] } })
    })
    const checks = [{ id: 'e', title: 'Errors', uses: 'http', with: { url }, metric: errors, expect: bound }]
    const { facts, progress } = await host(folder.path, 'watch', {
      input: { checks, forMs: 600, everyMs: 150 },
    })
    expect(facts.answer).toMatch(
      /^1 check in bounds, 1 of \d samples out of bounds; worst Errors: 0\.9 % \(value: 0\.9, expected /,
    )
    expect(facts.facts).toMatchObject({ outOfBounds: 1, last: ['Errors: 0.6 %'] })
    expect(progress.at(-1)).toMatchObject({
      label: expect.stringMatching(/^\d looks, Errors: 0\.6 % \(worst: 0\.9 % /),
    })
  })
})
