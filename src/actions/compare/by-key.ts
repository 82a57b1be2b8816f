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

/**
 * The other side may have any number of rows between two keys. It stops looking soon after it has more than the
 * driving side can have, which is a difference already.
 */
const SLACK_ROWS = 1_000

/** A range that differs, and how many of its rows may be held at once. */
export interface Suspect {
  readonly range: KeyRange
  readonly pageRows: number
}

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
  const suspects: Suspect[] = []
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
    const limit = 2 * chunkRows + SLACK_ROWS
    const theirs = pair[drive === 'source' ? 'target' : 'source'].hashRanges(ranges, limit)
    // A failure is reported by the await below; until then it must not count as unheard.
    theirs.catch(() => undefined)
    const own = await pair[drive].hashRanges(ranges)
    const pageRows = chunkRows
    const judged = theirs.then((hashes) => {
      for (const [at, range] of ranges.entries()) {
        const [mine, other] = [own[at], hashes[at]]
        if (mine && other && mine.hash === other.hash && mine.rows === other.rows && other.rows < limit) {
          counts.sourceRows += mine.rows
          counts.targetRows += mine.rows
        } else suspects.push({ range, pageRows })
      }
      run.onRows(total(drive === 'source' ? own : hashes))
    })
    judged.catch(() => undefined)
    underWay.push(judged)
    if (underWay.length >= AHEAD) await underWay.shift()
    chunkRows = nextChunkRows(chunkRows, own)
  }
  for (const judged of underWay) await judged
  for (const suspect of suspects) {
    const before = run.findings.count
    const seen = await drillDown(pair, suspect, run)
    counts.sourceRows += seen.sourceRows
    counts.targetRows += seen.targetRows
    // What the hashes saw must not get lost, whatever the rows look like one by one.
    if (run.findings.count === before) run.findings.add(unexplained(pair, suspect.range))
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

function total(hashes: readonly ChunkHash[]): number {
  return hashes.reduce((sum, { rows }) => sum + rows, 0)
}

/** Wide rows make small chunks: memory stays flat whatever the table holds. */
function nextChunkRows(rows: number, hashes: readonly ChunkHash[]): number {
  const bytes = hashes.reduce((sum, hash) => sum + hash.bytes, 0)
  const perRow = Math.max(bytes / Math.max(total(hashes), 1), 1)
  return Math.max(1, Math.min(rows * 4, CHUNK_ROWS_LIMIT, Math.floor(CHUNK_BYTES / perRow)))
}
