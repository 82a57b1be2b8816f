import { z } from 'zod'
import { rangeText, rowRange } from '../row-range.ts'
import type { RowRange } from '../row-range.ts'
import { count } from '../wording.ts'
import type { ComparisonReport, Difference, TableReport } from './report.ts'

const Rows = z.union([z.number(), z.string()]).transform((written, context): RowRange => {
  const range = rowRange(String(written).trim())
  const message =
    range === undefined
      ? `“${written}” is neither 12, <= 40, 1-40 nor 12 ± 5 %`
      : range.most < 1 || range.least > range.most
        ? `“${written}” expects no row: it never applies`
        : undefined
  if (range !== undefined && message === undefined) return range
  context.addIssue({ code: 'custom', message: message ?? '' })
  return z.NEVER
})

const Reason = z.string().trim().min(1)

const ExpectedDifference = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      table: z.string().min(1),
      kind: z.enum(['changed', 'missing', 'extra']),
      rows: Rows,
      reason: Reason,
    }),
    z.strictObject({
      table: z.string().min(1),
      /** Only this column; the whole table unless said. */
      column: z.string().min(1).optional(),
      kind: z.literal('absent'),
      reason: Reason,
    }),
  ],
  { error: 'this is none of changed, missing, extra and absent' },
)
type ExpectedDifference = z.infer<typeof ExpectedDifference>

/** Differences that are known and explained; all others are none that was expected. */
export const ExpectedDifferences = z.array(ExpectedDifference)
export type ExpectedDifferences = z.infer<typeof ExpectedDifferences>

interface Chosen {
  readonly tables?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly expected: ExpectedDifferences
}

/** One sentence per entry that can never apply, whatever the databases hold. */
export function neverApplies({ tables, exclude = [], expected }: Chosen): readonly string[] {
  const has = (names: readonly string[], name: string) => names.some((other) => same(other, name))
  return expected.flatMap((entry, at) => {
    const named = nameOf(entry)
    if (has(exclude, entry.table))
      return [`${named} is expected to differ and excluded: the entry never applies`]
    if (tables !== undefined && !has(tables, entry.table))
      return [`${named} is expected to differ and not among \`tables\`: the entry never applies`]
    const earlier = expected
      .slice(0, at)
      .some((other) => other.kind === entry.kind && same(nameOf(other), named))
    return earlier
      ? [`what is ${entry.kind} of ${named} is expected twice: the second entry never applies`]
      : []
  })
}

export interface Verdict {
  /** One sentence per entry that explains a difference, its reason at the end. */
  readonly expected: readonly string[]
  /** One sentence per table and kind of difference that no entry explains, and per entry that does not fit. */
  readonly deviations: readonly string[]
  /** Whether an entry speaks of this difference of a row. */
  readonly isExpected: (difference: Difference) => boolean
}

/** Holds what differs against what may. */
export function judge(report: ComparisonReport, entries: ExpectedDifferences): Verdict {
  const absent = [...report.tablesOnlyInSource, ...report.columnsOnlyInSource]
  const found = [
    ...report.tables.flatMap(rowsOf),
    ...absent.map((name) => ({ name, kind: 'absent', rows: 1 }) as const),
  ]
  const entryOf = ({ name, kind }: Pick<Found, 'name' | 'kind'>) =>
    entries.find((entry) => entry.kind === kind && same(nameOf(entry), name))
  const expected: string[] = []
  const deviations: string[] = []
  for (const one of found) {
    const entry = entryOf(one)
    if (entry !== undefined && fits(entry, one.rows)) expected.push(`${said(one)} (${entry.reason})`)
    else deviations.push(`${said(one)}${entry === undefined ? '' : `, expected ${wanted(entry)}`}`)
  }
  const there = [...report.tables.map(({ table }) => table), ...report.tablesOnlyInSource]
  for (const entry of entries) {
    if (found.some((one) => entryOf(one) === entry)) continue
    if (!there.some((table) => same(table, entry.table)))
      deviations.push(`${entry.table}: no such table was compared`)
    else if (!fits(entry, 0)) deviations.push(notFound(entry))
  }
  return {
    expected,
    deviations,
    isExpected: ({ table, kind }) => entryOf({ name: table, kind }) !== undefined,
  }
}

interface Found {
  /** Of the table; of a column that is absent `table.column`. */
  readonly name: string
  readonly kind: ExpectedDifference['kind']
  readonly rows: number
}

function rowsOf({ table, changed, missing, extra }: TableReport): Found[] {
  const kinds = { changed, missing, extra }
  return (['changed', 'missing', 'extra'] as const).flatMap((kind) =>
    kinds[kind] === 0 ? [] : [{ name: table, kind, rows: kinds[kind] }],
  )
}

function fits(entry: ExpectedDifference, rows: number): boolean {
  if (entry.kind === 'absent') return rows === 1
  return rows >= entry.rows.least && rows <= entry.rows.most
}

function said({ name, kind, rows }: Found): string {
  return kind === 'absent' ? `${name}: absent` : `${name}: ${count(rows, 'row')} ${kind}`
}

function notFound(entry: ExpectedDifference): string {
  return entry.kind === 'absent'
    ? `${nameOf(entry)}: not absent, as was expected`
    : `${entry.table}: nothing is ${entry.kind}, expected ${wanted(entry)}`
}

function wanted(entry: ExpectedDifference): string {
  return entry.kind === 'absent' ? 'to be absent' : rangeText(entry.rows)
}

function nameOf(entry: ExpectedDifference): string {
  return entry.kind === 'absent' && entry.column !== undefined
    ? `${entry.table}.${entry.column}`
    : entry.table
}

/** As `tables` and `exclude` are read. */
function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
