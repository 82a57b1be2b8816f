import type { CutoverState } from '../domain/state.ts'

export interface StateCache {
  get(cutover: string): CutoverState | undefined
  /** An older state than the one that is kept changes nothing. */
  keep(state: CutoverState): void
}

/** Folded states in memory; the one that nobody has asked for the longest makes room. */
export function makeStateCache(max: number): StateCache {
  const states = new Map<string, CutoverState>()
  return {
    get: (cutover) => states.get(cutover),
    keep(state) {
      const known = states.get(state.id)
      states.delete(state.id)
      states.set(state.id, known && known.position > state.position ? known : state)
      const oldest = states.keys().next().value
      if (states.size > max && oldest !== undefined) states.delete(oldest)
    },
  }
}
