/** Something that was started and has to end. */
export interface Ending {
  /** In order: what it works on is finished or cancelled first. */
  end(): Promise<void>
  /** Now, without waiting for anything; throws nothing. */
  kill?(): void
}

export interface Endings {
  /** The last one added ends first. */
  add(ending: Ending): void
  /** Ends everything once, however often it is called. */
  endAll(): Promise<void>
  killAll(): void
}

export function makeEndings(): Endings {
  const endings: Ending[] = []
  let ended: Promise<void> | undefined

  // One that fails must not leave the others running.
  async function endEach(): Promise<void> {
    const failures: unknown[] = []
    for (let next = endings.pop(); next !== undefined; next = endings.pop()) {
      unfinished = next
      await next.end().catch((error: unknown) => failures.push(error))
    }
    unfinished = undefined
    if (failures.length > 0) throw failures[0]
  }

  let unfinished: Ending | undefined
  return {
    add: (ending) => void endings.push(ending),
    endAll: () => (ended ??= endEach()),
    killAll() {
      unfinished?.kill?.()
      for (const ending of endings.toReversed()) ending.kill?.()
    },
  }
}
