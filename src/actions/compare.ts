import { z } from 'zod'
import type { Facts, RunAction } from './action.ts'
import { ActionFailure } from './action.ts'
import { compareDatabases } from './compare/compare-databases.ts'
import type { ComparisonReport } from './compare/report.ts'
import { formatComparison, rowName } from './compare/report.ts'
import { anyTarget } from './targets.ts'
import { count } from './wording.ts'

const Input = z.strictObject({
  source: anyTarget().describe('The database that is right.'),
  target: anyTarget().describe('The database that should hold the same.'),
  tables: z.array(z.string()).min(1).optional().describe('Only these tables; all of the source unless said.'),
  exclude: z.array(z.string()).optional().describe('Tables to leave out.'),
  expect_same: z
    .boolean()
    .default(true)
    .describe('Fail when they differ; `true` unless said. With `false` the differences are only counted.'),
})
type Input = z.infer<typeof Input>

export const compare: RunAction<Input> = {
  name: 'compare',
  summary:
    'Compares two databases by content, exactly, and names the tables and the keys of the rows that differ.',
  kind: 'run',
  mutating: false,
  input: Input,
  facts: {
    tables: 'int',
    rows: 'int',
    differences: 'int',
    differing: 'list',
    seconds: 'number',
    same: 'boolean',
  },
  run: async (
    { source, target, tables, exclude, expect_same: expectSame },
    { attempt, progress, log, signal },
  ) => {
    const report = await compareDatabases({
      source,
      target,
      attempt,
      signal,
      onProgress: progress,
      ...(tables ? { tables } : {}),
      ...(exclude ? { exclude } : {}),
    })
    for (const line of formatComparison(report).trimEnd().split('\n')) log(line)
    const facts = factsOf(report)
    if (report.differences > 0 && expectSame) throw differ(report, facts)
    const compared = `${count(report.rows, 'row')} in ${count(report.tables.length, 'table')}`
    const verdict = report.differences === 0 ? 'same' : count(report.differences, 'difference')
    return { summary: `${compared}: ${verdict}`, facts }
  },
}

/** Keys kept as facts; the attempt's output lists more. */
const KEPT_KEYS = 100

function factsOf(report: ComparisonReport): Facts {
  return {
    tables: report.tables.length,
    rows: report.rows,
    differences: report.differences,
    differing: [
      ...report.tablesOnlyInSource,
      ...report.columnsOnlyInSource,
      ...report.differing.map(rowName),
    ].slice(0, KEPT_KEYS),
    seconds: Math.round(report.durationMs / 100) / 10,
    same: report.differences === 0,
  }
}

const NAMED = 5

function differ(report: ComparisonReport, facts: Facts): ActionFailure {
  const rows = report.differing
    .slice(0, NAMED)
    .map((difference) => `${rowName(difference)} (${difference.kind})`)
  const absent = [...report.tablesOnlyInSource, ...report.columnsOnlyInSource].map(
    (name) => `${name} (absent)`,
  )
  const named = [...absent, ...rows].slice(0, NAMED)
  const more = report.differences > named.length ? ', …' : ''
  return new ActionFailure(
    `${report.source} and ${report.target} differ in ${count(report.differences, 'place')}: ${named.join(', ')}${more}.`,
    {
      hint: 'The output of this attempt lists the keys and the columns. Nobody should go on before each is explained.',
      changed: 'nothing was changed: a comparison only reads',
      facts,
    },
  )
}
