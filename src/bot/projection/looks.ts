/** When each cutover is looked at again although nobody asked: the earliest wish counts. */
export interface Looks {
  again(cutover: string, ms: number): void
  stop(): void
}

export function makeLooks(look: (cutover: string) => void, clock: () => number): Looks {
  const waiting = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>()
  let isStopped = false

  return {
    again(cutover, ms) {
      const at = clock() + ms
      const before = waiting.get(cutover)
      if (isStopped || (before !== undefined && before.at <= at)) return
      clearTimeout(before?.timer)
      const timer = setTimeout(() => {
        waiting.delete(cutover)
        look(cutover)
      }, ms)
      timer.unref()
      waiting.set(cutover, { at, timer })
    },
    stop() {
      isStopped = true
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}
