/**
 * One piece of work at a time for each key. Of those that wait only the newest is done, for it contains the others;
 * everybody waits until it is.
 */
export function newestOnly<T>(
  isNewer: (one: T, other: T) => boolean,
  work: (newest: T) => Promise<void>,
): (key: string, given: T) => Promise<void> {
  const lanes = new Map<string, { next: T | null; running: Promise<void> | null }>()

  return async (key, given) => {
    const lane = lanes.get(key) ?? { next: null, running: null }
    lanes.set(key, lane)
    if (lane.next === null || isNewer(given, lane.next)) lane.next = given
    while (lane.running !== null) await lane.running.catch(() => undefined)
    const { next } = lane
    if (next === null) return
    lane.next = null
    lane.running = work(next)
    try {
      await lane.running
    } finally {
      lane.running = null
    }
  }
}
