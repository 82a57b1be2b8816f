/** Chance that is the same at every run with the same seed. */
export interface Chance {
  /** At least `low`, at most `high`, whole. */
  whole(low: number, high: number): number
  /** Between the two, with so many decimals. */
  decimal(low: number, high: number, decimals: number): number
  /** True so often, between 0 and 1. */
  maybe(share: number): boolean
  pick<T>(from: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function makeChance(seed: number): Chance {
  let state = seed >>> 0

  // mulberry32: small, fast, and even enough for rows nobody computes with.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))

  return {
    whole,
    decimal: (low, high, decimals) => Number((low + next() * (high - low)).toFixed(decimals)),
    maybe: (share) => next() < share,
    pick(from) {
      const picked = from[whole(0, from.length - 1)]
      if (picked === undefined) throw new RangeError('there is nothing to pick from')
      return picked
    },
    bytes: (length) => Uint8Array.from({ length }, () => whole(0, 255)),
  }
}
