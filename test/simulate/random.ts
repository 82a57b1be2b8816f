/** Chance from one seed: the same seed gives the same answers in the same order, on every machine. */
export interface Random {
  /** True about `probability` of the time. */
  chance(probability: number): boolean
  /** A whole number from 0 up to, not including, `count`. */
  upTo(count: number): number
  between(low: number, high: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
}

/** Mulberry32 over the seed, which is stirred first: seeds that lie side by side must not look alike. */
export function makeRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const upTo = (count: number): number => Math.floor(next() * count)
  return {
    chance: (probability) => next() < probability,
    upTo,
    between: (low, high) => low + upTo(high - low + 1),
    pick: (choices) => choices[upTo(choices.length)] ?? choices[0],
  }
}
