import { join } from 'node:path'
import { expect, it } from 'vitest'
import { validateFile } from '../../src/cli/validations.ts'
import { formatFindings } from '../../src/runbook/finding.ts'
import { filesBelow, ROOT } from './files.ts'

const runbooks = filesBelow('runbooks').filter((path) => /^runbooks\/[^/]+\.yaml$/.test(path))

it('has runbooks', () => {
  expect(runbooks).not.toEqual([])
})

it.each(runbooks)('%s is in order, without a doubt', (path) => {
  expect(formatFindings(validateFile(join(ROOT, path)).findings)).toBe('')
})
