import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogue } from '../../src/actions/catalogue.ts'
import { formatFindings } from '../../src/runbook/finding.ts'
import { validateRunbook } from '../../src/runbook/validate.ts'
import { withHead } from './support.ts'

const PAGE = readFileSync(new URL('../../docs/looking.md', import.meta.url), 'utf8')
const EXAMPLES = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example)
const TRIGGERS = `rollback:
  triggers:
    consider: [{ id: slower, text: slower }, { id: in-trouble, text: trouble }]
`
const head = withHead('', '').split('phases:')[0] ?? ''

/** Each example in a runbook of its own: some bring phases, some only steps. */
function runbookOf(example: string): string {
  if (example.includes('phases:')) return `${head}${example}${TRIGGERS}`
  if (example.startsWith('- phase:')) return `${head}phases:\n${example}${TRIGGERS}`
  const steps = example.replaceAll(/^(?=.)/gm, '      ')
  return `${head}phases:\n  - phase: Migrate\n    at: T-0\n    steps:\n${steps}${TRIGGERS}`
}

test.each(EXAMPLES.map((example) => [example.split('\n')[0], example]))(
  'the example that begins “%s” means what it says',
  (_, example) => {
    const { findings } = validateRunbook({
      text: runbookOf(example),
      file: 'docs/looking.yaml',
      catalogue: catalogue(),
      readFile: (path) => (path === 'counts.csv' ? 'orders,1' : undefined),
    })
    expect(formatFindings(findings.filter(({ severity }) => severity === 'error'))).toBe('')
  },
)
