import type { ComparisonRun, RowCounts, Suspect } from './by-key.ts'
import { differingColumns } from './findings.ts'
import type { TablePair } from './plan.ts'
import type { Difference } from './report.ts'
import type { Key, KeyRange, Row, TableReader } from './side.ts'
import { compareKeys, keyLabel } from './side.ts'

/** Walks both sides of a range row by row, names what differs, and counts the rows. */
export async function drillDown(
  pair: TablePair,
  suspect: Suspect,
  { findings, signal }: ComparisonRun,
): Promise<RowCounts> {
  const source = new Pages(pair.source, suspect)
  const target = new Pages(pair.target, suspect)
  for (;;) {
    signal?.throwIfAborted()
    const [left, right] = await Promise.all([source.next(), target.next()])
    if (!left && !right) return { sourceRows: source.taken, targetRows: target.taken }
    const [order, difference] = judge(pair, left, right)
    if (difference) findings.add(difference)
    if (order <= 0) source.take()
    if (order >= 0) target.take()
  }
}

/** Below zero: the source's row comes first; above: the target's; zero: they have the same key. */
function judge(
  pair: TablePair,
  left: Row | undefined,
  right: Row | undefined,
): [number, Difference | undefined] {
  const found = { table: pair.name, columns: [] }
  if (!right) return [-1, { ...found, key: keyLabel(left?.key ?? []), kind: 'missing' }]
  if (!left) return [1, { ...found, key: keyLabel(right.key), kind: 'extra' }]
  const order = compareKeys(left.key, right.key)
  if (order < 0) return [order, { ...found, key: keyLabel(left.key), kind: 'missing' }]
  if (order > 0) return [order, { ...found, key: keyLabel(right.key), kind: 'extra' }]
  const columns = differingColumns(pair.columns, left.cells, right.cells)
  return [0, columns.length > 0 ? { ...found, key: keyLabel(left.key), kind: 'changed', columns } : undefined]
}

/** The rows of a range, a page at a time. */
class Pages {
  private readonly reader: TableReader
  private readonly range: KeyRange
  private readonly pageRows: number
  private page: readonly Row[] = []
  private at = 0
  private after: Key | undefined
  private exhausted = false
  taken = 0

  constructor(reader: TableReader, { range, pageRows }: Suspect) {
    this.reader = reader
    this.range = range
    this.pageRows = pageRows
    this.after = range.after
  }

  async next(): Promise<Row | undefined> {
    if (this.at === this.page.length && !this.exhausted) {
      const range = { ...this.range, ...(this.after ? { after: this.after } : {}) }
      this.page = await this.reader.rows(range, this.pageRows)
      this.at = 0
      this.after = this.page.at(-1)?.key ?? this.after
      this.exhausted = this.page.length < this.pageRows
    }
    return this.page[this.at]
  }

  take() {
    this.at += 1
    this.taken += 1
  }
}
