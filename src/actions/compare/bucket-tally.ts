import type { BucketSum } from './side.ts'

const PIECE = 2 ** 48

/** The bucket of a SHA-256; `count` is a power of two, at most 65,536. */
export function bucketOf(digest: Buffer, count: number): number {
  return digest.readUInt16BE(0) & (count - 1)
}

/** Sums hashes per bucket: the order of rows does not matter, and equal rows count as often as they are there. */
export class BucketTally {
  private readonly rows: Float64Array
  private readonly first: Float64Array
  private readonly second: Float64Array

  constructor(count: number) {
    this.rows = new Float64Array(count)
    this.first = new Float64Array(count)
    this.second = new Float64Array(count)
  }

  add(bucket: number, digest: Buffer) {
    this.rows[bucket] = (this.rows[bucket] ?? 0) + 1
    this.first[bucket] = ((this.first[bucket] ?? 0) + digest.readUIntBE(0, 6)) % PIECE
    this.second[bucket] = ((this.second[bucket] ?? 0) + digest.readUIntBE(6, 6)) % PIECE
  }

  sums(): readonly BucketSum[] {
    return Array.from(this.rows, (rows, bucket) => ({
      rows,
      sums: [this.first[bucket] ?? 0, this.second[bucket] ?? 0],
    }))
  }
}
