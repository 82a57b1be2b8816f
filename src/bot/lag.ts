/** How far what Slack shows is behind the log: since when each cutover waits to be shown as it is now. */
export interface Lag {
  changed(cutover: string): void
  /** A pass begins; what is given back is called when all is shown as it should. Undefined: nothing waits. */
  begun(cutover: string): (() => void) | undefined
  /** Milliseconds since the oldest change that is not shown yet; 0: all is. */
  oldestMs(): number
}

export function makeLag(clock: () => number): Lag {
  const since = new Map<string, { readonly at: number; readonly last: number }>()

  return {
    changed(cutover) {
      const at = clock()
      since.set(cutover, { at: since.get(cutover)?.at ?? at, last: at })
    },
    begun(cutover) {
      if (!since.has(cutover)) return undefined
      const begunAt = clock()
      return () => {
        const known = since.get(cutover)
        if (known === undefined) return
        // What changed meanwhile is for the next pass.
        if (known.last <= begunAt) since.delete(cutover)
        else since.set(cutover, { at: known.last, last: known.last })
      }
    },
    oldestMs: () => Math.max(0, ...[...since.values()].map(({ at }) => clock() - at)),
  }
}
