import type { Difference } from './report.ts'
import { LISTED_DIFFERENCES } from './report.ts'

/** Counts every difference and lists the first of them. */
export class Findings {
  readonly listed: Difference[] = []
  /** Of all tables. */
  count = 0
  private readonly counts = new Map<string, { changed: number; missing: number; extra: number }>()

  add(difference: Difference) {
    const counts = this.countsOf(difference.table)
    counts[difference.kind] += 1
    this.count += 1
    if (this.listed.length < LISTED_DIFFERENCES) this.listed.push(difference)
  }

  countsOf(table: string): { changed: number; missing: number; extra: number } {
    const counts = this.counts.get(table) ?? { changed: 0, missing: 0, extra: 0 }
    this.counts.set(table, counts)
    return counts
  }
}

/** The columns whose parts differ. Both rows list the same columns in the same order. */
export function differingColumns(
  columns: readonly string[],
  source: readonly (string | null)[],
  target: readonly (string | null)[],
): readonly string[] {
  return columns.filter((_, at) => source[at] !== target[at])
}
