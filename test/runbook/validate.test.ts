import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatFindings } from '../../src/runbook/finding.ts'
import {
  codesOf,
  findingOf,
  findingsOf,
  openable,
  placesOf,
  runbookText,
  validate,
  withHead,
} from './support.ts'

const SAMPLE = readFileSync(new URL('sample.yaml', import.meta.url), 'utf8')
const TEMPLATES = { 'templates/start.hbs': 'It begins.', 'templates/rollback.hbs': 'It is undone.' }

describe('the sample of the language', () => {
  test('can be opened, without a finding', () => {
    const { findings, runbook } = validate(SAMPLE, TEMPLATES)
    expect(findings).toEqual([])
    expect(runbook?.head.runbook).toBe('ward-ops-postgres')
  })
})

describe('every complaint', () => {
  const text = runbookText(
    `- decide: Go?
  aprovers: { lead: 1 }
  approvers: { lead: 1 }
- chek: PostgreSQL answers
- do: A
  check: B
- do: Wait
  estimate: 10
  at: T-7d12h
- watch: First hour
  for: 1x`,
  ).replace('owner: platform', 'ownr: platform')

  test('comes at once, in reading order, with its line and column', () => {
    expect(placesOf(text)).toEqual([
      'missing-key 1:1',
      'unknown-key 4:1',
      'unknown-key 26:9',
      'bad-value 28:9',
      'bad-value 29:9',
      'bad-value 32:19',
      'bad-value 33:13',
      'missing-key 34:9',
      'bad-value 35:14',
    ])
  })

  test('names the nearest known key', () => {
    expect(
      findingsOf(text)
        .filter(({ code }) => code === 'unknown-key')
        .map(({ hint }) => hint),
    ).toEqual(['Did you mean "owner"?', 'Did you mean "approvers"?'])
    expect(findingOf('bad-value', text).hint).toContain('Did you mean "check"?')
  })

  test('is written as file:line:col with what to write instead', () => {
    const written = formatFindings(findingsOf(withHead('owner: platform', 'owner: platform\nownr: me')))
    expect(written).toBe(
      'runbooks/shop.yaml:5:1: error: unknown key "ownr" in the runbook (unknown-key)\n    Did you mean "owner"?',
    )
  })

  test('one misspelt step does not hide what is wrong in another, nor make its references wrong', () => {
    const steps = `- run: Copy
  id: copy
  uses: sqlite.copy
  wiht: { from: source, to: main }
- do: Look
  needs: [copy]
  by: observr`
    expect(codesOf(runbookText(steps))).toEqual(['unknown-key', 'unknown-role'])
  })
})

describe('a text that is no runbook', () => {
  test.each([
    ['bytes that are not UTF-8', new Uint8Array([0x6c, 0xff, 0xfe]), 'the file is not UTF-8 text'],
    ['a NUL', 'language: 1\0', 'the file holds a NUL character at offset 11'],
    ['more than a megabyte', '#'.repeat(1_000_001), 'the file is larger than 1 MB'],
  ])('is refused for %s', (_, text, message) => {
    expect(validate(text).findings).toMatchObject([{ code: 'unreadable', line: 1, col: 1, message }])
  })

  test('is refused when it is empty, a list or a scalar, naming what is missing', () => {
    for (const text of ['', '- a\n- b', 'hello'])
      expect(validate(text).findings[0]).toMatchObject({ severity: 'error' })
  })

  test('points at broken YAML', () => {
    const finding = findingOf('yaml', runbookText('- do: Stop: the API'))
    expect(finding).toMatchObject({ line: 25 })
    expect(finding.hint).toContain('quotes')
  })

  test('refuses a key that stands there twice', () => {
    expect(placesOf(withHead('owner: platform', 'owner: platform\nowner: ops'))).toEqual([
      'duplicate-key 5:1',
    ])
  })

  test('refuses anchors and aliases, with which a step does not say what it does', () => {
    const text = withHead('length: 60m', 'length: &a 60m').replace('{ length: &a', '{ length: &a')
    expect(codesOf(text)).toEqual(['yaml-alias'])
  })
})

describe('a runbook in order', () => {
  test('has no finding and one hash, which follows the text and every named file', () => {
    const steps = '- tell: It begins\n  to: [ops]\n  template: start.hbs'
    const text = runbookText(steps)
    const one = openable(text, { 'start.hbs': 'a' })
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(openable(text, { 'start.hbs': 'a' }).hash).toBe(one.hash)
    expect(openable(text, { 'start.hbs': 'b' }).hash).not.toBe(one.hash)
    expect(openable(`${text}# more\n`, { 'start.hbs': 'a' }).hash).not.toBe(one.hash)
  })

  test('hands each template to the checker with how it goes out, and shows its findings in that file', () => {
    const given: unknown[] = []
    const { findings } = validate(
      runbookText('- tell: It begins\n  to: [ops]\n  template: notices/start.hbs'),
      { 'notices/start.hbs': 'Hello {{nobody}}' },
      {
        checkTemplate: (template) => {
          given.push(template)
          return [{ line: 1, col: 9, message: 'nobody is not known', hint: 'Did you mean lead?' }]
        },
      },
    )
    expect(given).toEqual([
      {
        path: 'notices/start.hbs',
        text: 'Hello {{nobody}}',
        media: ['slack'],
        roles: ['lead', 'observer'],
        contacts: {},
      },
    ])
    expect(findings).toMatchObject([
      { file: 'runbooks/notices/start.hbs', line: 1, col: 9, severity: 'error', code: 'template' },
    ])
  })
})
