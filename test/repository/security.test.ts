import { describe, expect, it } from 'vitest'
import { isThere, read } from './files.ts'

const page = read('docs/security.md')
const lines = page.split('\n')

/** Lines that say what somebody can do have no test; every other line of a threat has. */
const threats = lines.filter(
  (line) => line.startsWith('| ') && line.split('|').length === 4 && !/^\| (\||-|can )/.test(line),
)

describe('docs/security.md', () => {
  it('has a test behind each line that says what somebody cannot do', () => {
    expect(threats.length).toBeGreaterThan(30)
    expect(threats.filter((line) => !/`test\/[\w./-]+\.test\.ts`/.test(line))).toEqual([])
  })

  it('names only tests that there are', () => {
    const named = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map((match) => match[1] ?? '')

    expect(named.filter((path) => !isThere(path))).toEqual([])
  })

  it.each([
    'A stolen bot',
    'A stolen worker',
    'A stolen Slack account',
    'Somebody of the team',
    'Who wrote the runbook',
    "What stands in a table, a file name, a program's output",
    'A dependency',
    "The log's database",
  ])('speaks of: %s', (title) => {
    expect(lines.some((line) => /^##+ /.test(line) && line.endsWith(title))).toBe(true)
  })
})
