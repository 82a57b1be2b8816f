import { count, duration } from '../wording.ts'

export interface Difference {
  readonly table: string
  /** How a person reads the key; for a table without a key, its values. */
  readonly key: string
  /** `missing`: only in the source; `extra`: only in the target. */
  readonly kind: 'changed' | 'missing' | 'extra'
  /** Of a changed row: the columns that differ. */
  readonly columns: readonly string[]
}

export interface TableReport {
  readonly table: string
  readonly sourceRows: number
  readonly targetRows: number
  readonly changed: number
  readonly missing: number
  readonly extra: number
  /** `key`: chunks along the key; `content`: buckets by hash, for tables without a key that both sides sort alike. */
  readonly by: 'key' | 'content'
}

export interface ComparisonReport {
  readonly source: string
  readonly target: string
  readonly tables: readonly TableReport[]
  /** Rows of the source that were compared. */
  readonly rows: number
  /** Rows that differ, in all tables, and what is absent as a whole counted as one each. */
  readonly differences: number
  /** The first of them, table by table. */
  readonly differing: readonly Difference[]
  readonly tablesOnlyInSource: readonly string[]
  readonly tablesOnlyInTarget: readonly string[]
  /** `orders.note`: a column that one side lacks. */
  readonly columnsOnlyInSource: readonly string[]
  readonly columnsOnlyInTarget: readonly string[]
  readonly durationMs: number
}

/** Rows listed by name; all are counted. */
export const LISTED_DIFFERENCES = 1_000

/** `orders:17`, as facts and messages name a row. */
export function rowName({ table, key }: Difference): string {
  return `${table}:${key}`
}

const SHOWN_PER_TABLE = 20

/** The report as plain text for a terminal or a file, with a line break at its end. */
export function formatComparison(report: ComparisonReport): string {
  const lines = [
    `Compared ${report.source} with ${report.target}: ${count(report.rows, 'row')} in ${count(report.tables.length, 'table')}, ${duration(report.durationMs)}.`,
    report.differences === 0 ? 'Both hold the same.' : `${count(report.differences, 'difference')}.`,
    '',
    ...report.tables.flatMap((table) => tableLines(table, report.differing)),
    ...report.tablesOnlyInSource.map((name) => `  ${name}: only in ${report.source}`),
    ...report.tablesOnlyInTarget.map((name) => `  ${name}: only in ${report.target}; not compared`),
    ...report.columnsOnlyInSource.map((name) => `  ${name}: the column is only in ${report.source}`),
    ...report.columnsOnlyInTarget.map(
      (name) => `  ${name}: the column is only in ${report.target}; not compared`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function tableLines(table: TableReport, differing: readonly Difference[]): readonly string[] {
  const different = table.changed + table.missing + table.extra
  if (different === 0) return [`  ${table.table}: same, ${count(table.sourceRows, 'row')}`]
  const own = differing.filter((difference) => difference.table === table.table)
  const shown = own.slice(0, SHOWN_PER_TABLE)
  const rest = different - shown.length
  return [
    `  ${table.table}: ${describeCounts(table)} (${count(table.sourceRows, 'row')} against ${table.targetRows.toLocaleString('en-US')})`,
    ...shown.map(
      ({ kind, key, columns }) => `    ${kind} ${key}${columns.length > 0 ? `: ${columns.join(', ')}` : ''}`,
    ),
    ...(rest > 0 ? [`    and ${rest.toLocaleString('en-US')} more`] : []),
  ]
}

function describeCounts({ changed, missing, extra }: TableReport): string {
  return Object.entries({ changed, missing, extra })
    .filter(([, amount]) => amount > 0)
    .map(([kind, amount]) => `${amount.toLocaleString('en-US')} ${kind}`)
    .join(', ')
}
