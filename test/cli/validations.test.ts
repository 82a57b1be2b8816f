import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { readAhead } from '../../src/cli/runbook-folder.ts'
import { makeValidations, validateFile } from '../../src/cli/validations.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-validations-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'shop.yaml')

const runbook = (title: string): string => `language: 1
runbook: shop
title: ${title}
owner: shop
updated: 2026-11-20
review: after each live cutover
window: { length: 1h, zone: UTC }
pool: shop-db
roles: { lead: { title: Lead, from: ["user:U1"] } }
openers: [lead]
environments: { staging: {} }
phases:
  - phase: All
    at: T-0
    steps:
      - run: Tidy up
        id: tidy
        script: tidy.sh
        read_only: true
`

beforeEach(() => {
  writeFileSync(file, runbook('The shop'))
  writeFileSync(join(folder, 'tidy.sh'), 'true\n')
})

it('gives the same answer for the same bytes, and the answer of a fresh look', () => {
  const validated = makeValidations()
  expect(validated(file)).toBe(validated(file))
  expect(validated(file).findings).toEqual(validateFile(file).findings)
  expect(validated(file).findings).toEqual([])
})

it('is asked ahead for one runbook after the other, with room for everything else in between', async () => {
  writeFileSync(join(folder, 'second.yaml'), runbook('Another'))
  const order: string[] = []
  const validated = makeValidations()
  const beats = setInterval(() => order.push('something else'), 10)
  const ask = (path: string) => {
    order.push(basename(path))
    return validated(path)
  }
  await readAhead(folder, ask, { signal: new AbortController().signal, startMs: 0 })
  clearInterval(beats)
  rmSync(join(folder, 'second.yaml'))

  expect(order.filter((one) => one.endsWith('.yaml'))).toEqual([basename(file), 'second.yaml'].toSorted())
  expect(order.slice(order.findIndex((one) => one.endsWith('.yaml')))).toContain('something else')
})

it('is not asked ahead any more when serve stops', async () => {
  const asked: string[] = []
  const stop = new AbortController()
  const reading = readAhead(folder, (path) => asked.push(path) as never, { signal: stop.signal })
  stop.abort()
  await expect(reading).rejects.toThrow()
  expect(asked).toEqual([])
})

it('looks again when the runbook has changed', () => {
  const validated = makeValidations()
  validated(file)
  writeFileSync(file, runbook('The other shop'))
  expect(validated(file).runbook?.head.title).toBe('The other shop')
})

it('looks again when something that it names has changed or is gone', () => {
  const validated = makeValidations()
  expect(validated(file).runbook).toBeDefined()
  rmSync(join(folder, 'tidy.sh'))
  expect(validated(file).runbook).toBeUndefined()
  writeFileSync(join(folder, 'tidy.sh'), 'true\n')
  expect(validated(file).runbook).toBeDefined()
})
