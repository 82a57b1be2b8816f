import { z } from 'zod'
import type { Facts, RunAction } from './action.ts'
import { ActionFailure } from './action.ts'
import { compareDatabases } from './compare/compare-databases.ts'
import type { Verdict } from './compare/expected.ts'
import { ExpectedDifferences, judge, neverApplies } from './compare/expected.ts'
import type { ComparisonReport } from './compare/report.ts'
import { formatComparison, rowName } from './compare/report.ts'
import { anyTarget } from './targets.ts'
import { count } from './wording.ts'

const Input = z
  .strictObject({
    source: anyTarget().describe('The database that is right.'),
    target: anyTarget().describe('The database that should hold the same.'),
    tables: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Only these tables; all of the source unless said.'),
    exclude: z.array(z.string()).optional().describe('Tables to leave out.'),
    expect_same: z
      .boolean()
      .default(true)
      .describe('Fail when they differ; `true` unless said. With `false` the differences are only counted.'),
    expected: ExpectedDifferences.default([]).describe(
      'Differences that are known: `{ table, kind: changed, missing or extra, rows: "<= 40", reason }`, with `12`, `>= 10`, `1-40` or `12 ± 5 %` as rows, or `{ table, column, kind: absent, reason }` for a column, without it the table, that the target does not have. Any other difference fails, and so does one that is not as expected.',
    ),
  })
  .superRefine((input, context) => {
    if (input.expected.length > 0 && !input.expect_same)
      context.addIssue({
        code: 'custom',
        message:
          '`expected` says what may differ where all else must be the same: it has no use with `expect_same: false`',
      })
    for (const message of neverApplies(input)) context.addIssue({ code: 'custom', message })
  })
type Input = z.infer<typeof Input>

export const compare: RunAction<Input> = {
  name: 'compare',
  summary:
    'Compares two databases by content, exactly, and names the tables and the keys of the rows that differ. Differences that are known can be expected, each with its reason; anything else is red.',
  kind: 'run',
  mutating: false,
  input: Input,
  facts: {
    tables: 'int',
    rows: 'int',
    differences: 'int',
    differing: 'list',
    expected: 'list',
    deviations: 'list',
    seconds: 'number',
    same: 'boolean',
  },
  run: async (input, { attempt, progress, log, signal }) => {
    const { source, target, tables, exclude, expect_same: expectSame, expected } = input
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
    const verdict = judge(report, expected)
    if (expected.length > 0) {
      for (const sentence of verdict.expected) log(`Expected: ${sentence}`)
      for (const sentence of verdict.deviations) log(`Not expected: ${sentence}`)
    }
    const facts = factsOf(report, verdict)
    if (verdict.deviations.length > 0 && expectSame) {
      throw expected.length === 0 ? differ(report, facts) : differOtherwise(report, verdict, facts)
    }
    const compared = `${count(report.rows, 'row')} in ${count(report.tables.length, 'table')}`
    return { summary: `${compared}: ${inShort(report, verdict)}`, facts }
  },
}

/** `same`; `12 differences, all expected: sessions: 12 rows missing (expired ones are left behind)`. */
function inShort({ differences }: ComparisonReport, { expected, deviations }: Verdict): string {
  if (differences === 0) return 'same'
  const found = count(differences, 'difference')
  return deviations.length > 0 ? found : `${found}, all expected: ${some(expected)}`
}

/** Keys kept as facts; the attempt's output lists more. */
const KEPT_KEYS = 100

function factsOf(report: ComparisonReport, { expected, deviations }: Verdict): Facts {
  return {
    tables: report.tables.length,
    rows: report.rows,
    differences: report.differences,
    differing: [
      ...report.tablesOnlyInSource,
      ...report.columnsOnlyInSource,
      ...report.differing.map(rowName),
    ].slice(0, KEPT_KEYS),
    expected,
    deviations: deviations.slice(0, KEPT_KEYS),
    seconds: Math.round(report.durationMs / 100) / 10,
    same: report.differences === 0,
  }
}

const NAMED = 5

function some(sentences: readonly string[]): string {
  const more = sentences.length > NAMED ? `; and ${sentences.length - NAMED} more` : ''
  return `${sentences.slice(0, NAMED).join('; ')}${more}`
}

function differOtherwise(report: ComparisonReport, { deviations, isExpected }: Verdict, facts: Facts) {
  const rows = report.differing.filter((difference) => !isExpected(difference)).slice(0, NAMED)
  const keys = rows.length === 0 ? '' : ` Rows that nobody expected: ${rows.map(rowName).join(', ')}.`
  return new ActionFailure(
    `${report.source} and ${report.target} differ otherwise than expected: ${some(deviations)}.${keys}`,
    {
      hint: 'The output of this attempt lists the keys and the columns. Explain each; what is as it should be is added to `expected` with its reason.',
      changed: 'nothing was changed: a comparison only reads',
      facts,
    },
  )
}

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
