import type { CutoverState } from '../domain/state.ts'

/** A folded state, and the hash of the last event in it. */
export interface Kept {
  readonly state: CutoverState
  readonly head: string
}

export interface StateCache {
  get(cutover: string): Kept | undefined
  /** An older state than the one that is kept changes nothing. */
  keep(kept: Kept): void
  forget(cutover: string): void
}

/** Folded states in memory; the one that nobody has asked for the longest makes room. */
export function makeStateCache(max: number): StateCache {
  const states = new Map<string, Kept>()
  return {
    get: (cutover) => states.get(cutover),
    keep(kept) {
      const { id } = kept.state
      const known = states.get(id)
      states.delete(id)
      states.set(id, known && known.state.position > kept.state.position ? known : kept)
      const oldest = states.keys().next().value
      if (states.size > max && oldest !== undefined) states.delete(oldest)
    },
    forget: (cutover) => void states.delete(cutover),
  }
}
