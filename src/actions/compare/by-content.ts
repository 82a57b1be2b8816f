import type { ComparisonRun, RowCounts } from './by-key.ts'
import { differingColumns } from './findings.ts'
import type { TablePair } from './plan.ts'
import type { BucketRow, BucketSum } from './side.ts'

const ROWS_PER_BUCKET = 500
const BUCKETS_LIMIT = 65_536
/** Rows of differing buckets that are held in memory at once. */
const ROWS_PER_PASS = 20_000

/**
 * Compares a table whatever its key: both sides spread their rows over buckets by hash and sum up each bucket. Rows
 * of buckets that differ are then read and paired.
 */
export async function compareByContent(pair: TablePair, run: ComparisonRun): Promise<RowCounts> {
  const count = bucketCount(await pair.source.count())
  let reported = 0
  const onRows = (rows: number) => {
    run.signal?.throwIfAborted()
    run.onRows(rows - reported)
    reported = rows
  }
  const target = pair.target.buckets(count, () => undefined)
  target.catch(() => undefined)
  const ours = await pair.source.buckets(count, onRows)
  const theirs = await target
  const sourceRows = total(ours)
  run.onRows(sourceRows - reported)
  for (const buckets of passes(ours, theirs)) {
    run.signal?.throwIfAborted()
    const [left, right] = await Promise.all([
      pair.source.bucketRows(count, buckets),
      pair.target.bucketRows(count, buckets),
    ])
    pairRows(pair, left, right, run)
  }
  return { sourceRows, targetRows: total(theirs) }
}

function bucketCount(rows: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(rows / ROWS_PER_BUCKET, 1)))
  return Math.min(wanted, BUCKETS_LIMIT)
}

function total(buckets: readonly BucketSum[]): number {
  return buckets.reduce((sum, { rows }) => sum + rows, 0)
}

function passes(ours: readonly BucketSum[], theirs: readonly BucketSum[]): number[][] {
  const groups: number[][] = []
  let room = 0
  for (const [bucket, own] of ours.entries()) {
    const their = theirs[bucket]
    if (their && own.rows === their.rows && own.sums.every((sum, at) => sum === their.sums[at])) continue
    const rows = own.rows + (their?.rows ?? 0)
    if (groups.length === 0 || rows > room) {
      groups.push([])
      room = ROWS_PER_PASS
    }
    room -= rows
    groups.at(-1)?.push(bucket)
  }
  return groups
}

function pairRows(
  pair: TablePair,
  left: readonly BucketRow[],
  right: readonly BucketRow[],
  { findings }: ComparisonRun,
) {
  const ours = byKey(left)
  const theirs = byKey(right)
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [onlyOurs, onlyTheirs] = withoutEqual(ours.get(key) ?? [], theirs.get(key) ?? [])
    for (let at = 0; at < Math.max(onlyOurs.length, onlyTheirs.length); at++) {
      const [own, their] = [onlyOurs[at], onlyTheirs[at]]
      const difference = { table: pair.name, key: (own ?? their)?.label ?? '' }
      if (own && their) {
        findings.add({
          ...difference,
          kind: 'changed',
          columns: differingColumns(pair.columns, own.cells, their.cells),
        })
      } else findings.add({ ...difference, kind: own ? 'missing' : 'extra', columns: [] })
    }
  }
}

function byKey(rows: readonly BucketRow[]): Map<string, BucketRow[]> {
  const groups = new Map<string, BucketRow[]>()
  for (const row of rows) {
    const group = groups.get(row.key)
    if (group) group.push(row)
    else groups.set(row.key, [row])
  }
  return groups
}

/** Of rows with one key, those that have no equal on the other side; equal rows cancel one for one. */
function withoutEqual(ours: readonly BucketRow[], theirs: readonly BucketRow[]): [BucketRow[], BucketRow[]] {
  const rest = [...theirs]
  const onlyOurs = ours.filter((row) => {
    const at = rest.findIndex((other) => row.cells.every((part, index) => part === other.cells[index]))
    if (at !== -1) rest.splice(at, 1)
    return at === -1
  })
  return [onlyOurs, rest]
}
