interface Measure {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Bytes. */
  readonly free: number
}

/** A trend over less than this says nothing: one large file that somebody copies would fill any disk. */
const SHORTEST_MS = 10_000

/** Milliseconds until nothing is free, at the pace of the oldest measure to the newest; null when it does not fill. */
export function timeToFull(measures: readonly Measure[]): number | null {
  const oldest = measures.at(0)
  const newest = measures.at(-1)
  if (!oldest || !newest || newest.at - oldest.at < SHORTEST_MS) return null
  const eaten = oldest.free - newest.free
  return eaten <= 0 ? null : Math.round((newest.free * (newest.at - oldest.at)) / eaten)
}
