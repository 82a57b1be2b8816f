import { oneLine } from '../wording.ts'

/** The values of a key, in key order: whole numbers as bigint, texts as their UTF-8 bytes. */
export type Key = readonly (bigint | Buffer)[]

/** Rows whose key is above `after` and at most `upTo`; an absent bound is open. */
export interface KeyRange {
  readonly after?: Key
  readonly upTo?: Key
}

export interface ChunkHash {
  readonly rows: number
  /** Length of the canonical bytes. */
  readonly bytes: number
  /** SHA-256 of the canonical bytes, hexadecimal. */
  readonly hash: string
}

/** A row taken apart: the canonical text of each column, one character per byte. */
export interface Row {
  readonly key: Key
  readonly cells: readonly (string | null)[]
}

export interface BucketSum {
  readonly rows: number
  /** Sums of two 48-bit pieces of each row's SHA-256, modulo 2^48. */
  readonly sums: readonly [number, number]
}

/**
 * Of a row in a bucket: `label` names it, `key` (a hash) is what pairs it with its counterpart. Cells of more than
 * {@link WHOLE_CELL_BYTES} are hashes as well, for many rows are held at once.
 */
export interface BucketRow {
  readonly key: string
  readonly label: string
  readonly cells: readonly (string | null)[]
}

export const WHOLE_CELL_BYTES = 100

/** One table as one side reads it. Both sides of a pair list the same columns in the same order. */
export interface TableReader {
  readonly count: () => Promise<number>
  /** Keys `step` rows apart, above `after`, at most `limit` of them; fewer: the end of the table was reached. */
  readonly nextKeys: (after: Key | undefined, step: number, limit: number) => Promise<readonly Key[]>
  /** `limit`: of a range, only so many rows are looked at. */
  readonly hashRanges: (ranges: readonly KeyRange[], limit?: number) => Promise<readonly ChunkHash[]>
  /** The first `limit` rows of the range in key order. */
  readonly rows: (range: KeyRange, limit: number) => Promise<readonly Row[]>
  /** The whole table in `count` (a power of two) buckets by the hash of the key, or of the row where it has none. */
  readonly buckets: (count: number, onRows: (rows: number) => void) => Promise<readonly BucketSum[]>
  readonly bucketRows: (count: number, wanted: readonly number[]) => Promise<readonly BucketRow[]>
}

export function compareKeys(a: Key, b: Key): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]
    if (right === undefined) return 1
    const order = comparePart(left, right)
    if (order !== 0) return order
  }
  return 0
}

function comparePart(a: bigint | Buffer, b: bigint | Buffer): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b)
  if (typeof a !== 'bigint' && typeof b !== 'bigint') return Buffer.compare(a, b)
  throw new TypeError('two keys of one table have different types')
}

/** Characters of a key that a person is shown. */
export const LABEL_LIMIT = 120

/** How a person reads a key: `17`, `(4, tbilisi)`. */
export function keyLabel(key: Key): string {
  const parts = key.map((part) =>
    typeof part === 'bigint' ? part.toString() : oneLine(part.toString(), LABEL_LIMIT),
  )
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(', ')})`
}
