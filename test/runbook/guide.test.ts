import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatFindings } from '../../src/runbook/finding.ts'
import { validate } from './support.ts'

const GUIDE = readFileSync(new URL('../../docs/language.md', import.meta.url), 'utf8')

test('the example of the guide is in order', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(GUIDE) ?? []
  expect(example).toContain('language: 1')
  expect(formatFindings(validate(example).findings)).toBe('')
})
