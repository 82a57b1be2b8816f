import { drillDown } from './drill-down.ts'
import type { Findings } from './findings.ts'
import type { TablePair } from './plan.ts'
import type { Difference } from './report.ts'
import type { ChunkHash, Key, KeyRange } from './side.ts'
import { keyLabel } from './side.ts'

/** Chunks hashed by one query. */
const BATCH = 25
/** Batches under way at once: enough that two connections are never idle while the driving side reads ahead. */
const AHEAD = 4
const FIRST_CHUNK_ROWS = 50
const CHUNK_ROWS_LIMIT = 2_000
const CHUNK_BYTES = 1_000_000

export interface ComparisonRun {
  readonly findings: Findings
  readonly onRows: (rows: number) => void
  readonly signal: AbortSignal | undefined
}

export interface RowCounts {
  readonly sourceRows: number
  readonly targetRows: number
}

/**
 * Walks a table along its key. The driving side says where the chunks end; both hash the same ranges, and the last
 * range has no upper end, so that rows above the highest key of one side show as well.
 */
export async function compareByKey(
  pair: TablePair,
  drive: 'source' | 'target',
  run: ComparisonRun,
): Promise<RowCounts> {
  const counts = { sourceRows: 0, targetRows: 0 }
  const suspects: KeyRange[] = []
  const underWay: Promise<void>[] = []
  let chunkRows = FIRST_CHUNK_ROWS
  let after: Key | undefined
  for (let last = false; !last;) {
    run.signal?.throwIfAborted()
    const keys = await pair[drive].nextKeys(after, chunkRows, BATCH)
    last = keys.length < BATCH
    const ranges = rangesOf(after, keys, last)
    after = keys.at(-1) ?? after
    // The other side begins first: it is the one that works elsewhere while this thread hashes.
    const theirs = pair[drive === 'source' ? 'target' : 'source'].hashRanges(ranges)
    // A failure is reported by the await below; until then it must not count as unheard.
    theirs.catch(() => undefined)
    const own = await pair[drive].hashRanges(ranges)
    const judged = theirs.then((hashes) => {
      const [source, target] = drive === 'source' ? [own, hashes] : [hashes, own]
      suspects.push(...ranges.filter((_, at) => !same(source[at], target[at])))
      counts.sourceRows += total(source)
      counts.targetRows += total(target)
      run.onRows(total(source))
    })
    judged.catch(() => undefined)
    underWay.push(judged)
    if (underWay.length >= AHEAD) await underWay.shift()
    chunkRows = nextChunkRows(chunkRows, own)
  }
  for (const judged of underWay) await judged
  for (const range of suspects) {
    run.signal?.throwIfAborted()
    const before = run.findings.count
    await drillDown(pair, range, run)
    // What the hashes saw must not get lost, whatever the rows look like one by one.
    if (run.findings.count === before) run.findings.add(unexplained(pair, range))
  }
  return counts
}

function unexplained({ name }: TablePair, { after, upTo }: KeyRange): Difference {
  const bounds = [after ? `above ${keyLabel(after)}` : '', upTo ? `up to ${keyLabel(upTo)}` : '']
  return { table: name, key: bounds.join(' ').trim() || 'any', kind: 'changed', columns: [] }
}

function rangesOf(after: Key | undefined, keys: readonly Key[], last: boolean): KeyRange[] {
  const bounds = [after, ...keys]
  const ranges = keys.map((upTo, at) => rangeOf(bounds[at], upTo))
  return last ? [...ranges, rangeOf(bounds.at(-1), undefined)] : ranges
}

function rangeOf(after: Key | undefined, upTo: Key | undefined): KeyRange {
  return { ...(after ? { after } : {}), ...(upTo ? { upTo } : {}) }
}

function same(a: ChunkHash | undefined, b: ChunkHash | undefined): boolean {
  return a !== undefined && b !== undefined && a.rows === b.rows && a.hash === b.hash
}

function total(hashes: readonly ChunkHash[]): number {
  return hashes.reduce((sum, { rows }) => sum + rows, 0)
}

/** Wide rows make small chunks: memory stays flat whatever the table holds. */
function nextChunkRows(rows: number, hashes: readonly ChunkHash[]): number {
  const bytes = hashes.reduce((sum, hash) => sum + hash.bytes, 0)
  const perRow = Math.max(bytes / Math.max(total(hashes), 1), 1)
  return Math.max(1, Math.min(rows * 4, CHUNK_ROWS_LIMIT, Math.floor(CHUNK_BYTES / perRow)))
}
