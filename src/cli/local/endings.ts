/** Something that was started and has to end. */
export interface Ending {
  /** In order: what it works on is finished or cancelled first. */
  end(): Promise<void>
  /** Now, without waiting for anything; throws nothing. */
  kill?(): void
}

export interface Endings {
  /** The last one added ends first. What is added while everything ends is ended as well. */
  add(ending: Ending): void
  isEnding(): boolean
  /** Ends everything once, however often it is called. */
  endAll(): Promise<void>
  killAll(): void
}

export function makeEndings(): Endings {
  const endings: Ending[] = []
  const failures: unknown[] = []
  let underWay: Ending | undefined
  let ended: Promise<void> | undefined

  // One that fails must not leave the others running.
  async function endEach(): Promise<void> {
    for (let next = endings.pop(); next !== undefined; next = endings.pop()) {
      underWay = next
      await next.end().catch((error: unknown) => failures.push(error))
    }
    underWay = undefined
  }

  return {
    add: (ending) => void endings.push(ending),
    isEnding: () => ended !== undefined,
    async endAll() {
      await (ended ??= endEach())
      // What was still being started then.
      await endEach()
      if (failures.length > 0) throw failures[0]
    },
    killAll() {
      underWay?.kill?.()
      for (const ending of endings.toReversed()) ending.kill?.()
    },
  }
}

/** Ends what runs, and also what is only being started now. */
export async function endEverything(endings: Endings, starting: Promise<unknown>): Promise<void> {
  const ending = endings.endAll()
  await starting.catch(() => undefined)
  await ending
  await endings.endAll()
}
