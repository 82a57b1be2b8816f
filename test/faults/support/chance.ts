/** Chance that a number brings back: the same seed makes the same choices in the same order. */
export interface Chance {
  /** From 0 to just below 1. */
  next(): number
  between(from: number, to: number): number
  /** One of them, as often as its weight says. */
  oneOf<T>(weighted: readonly (readonly [weight: number, what: T])[]): T
}

/** Mulberry32: 32 bits of state are enough to choose whom to kill. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    oneOf(weighted) {
      let rest = next() * weighted.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, what] of weighted) {
        rest -= weight
        if (rest < 0) return what
      }
      const last = weighted.at(-1)
      if (last === undefined) throw new Error('there is nothing to choose from')
      return last[1]
    },
  }
}
