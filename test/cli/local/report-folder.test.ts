import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { reportProblem } from '../../../src/cli/local/report-folder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-report-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('takes a folder that is new or empty, and says why it takes no other', () => {
  expect(reportProblem(join(folder, 'new', 'deep'))).toBeUndefined()
  expect(reportProblem(folder)).toBeUndefined()

  writeFileSync(join(folder, 'timeline.md'), 'of another one')

  expect(reportProblem(folder)).toMatch(/is not empty.*nothing was started/)
  expect(reportProblem(join(folder, 'timeline.md'))).toMatch(/is no folder/)
})
