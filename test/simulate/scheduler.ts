/** A process of the simulated installation: `serve`, a worker. It ends when it is killed, and stands still when frozen. */
export interface Process {
  readonly name: string
  isAlive: boolean
  /** Virtual milliseconds. */
  frozenUntil: number
  /** What its end means for others: the database rolls back what it had begun. */
  readonly onDeath: (() => void)[]
}

export const makeProcess = (name: string): Process => ({ name, isAlive: true, frozenUntil: 0, onDeath: [] })

interface Happening {
  at: number
  /** Of two at the same moment the one that was planned first comes first. */
  readonly order: number
  /** Whose doing it is. It does not happen after its end, and waits while it stands still. Null: nobody's. */
  readonly process: Process | null
  readonly happens: () => void
  cancelled: boolean
}

export interface Planned {
  cancel(): void
}

/**
 * The one clock and the one order of everything. It takes the next happening, lets all that follows from it in promises
 * run until nothing is left, and only then takes another: no two processes ever run at the same time, and nothing but
 * the seed decides which one goes on.
 */
export class Scheduler {
  now: number
  /** Whose promises are running. */
  current: Process | null = null
  readonly #heap: Happening[] = []
  #planned = 0

  constructor(now: number) {
    this.now = now
  }

  plan(afterMs: number, process: Process | null, happens: () => void): Planned {
    const at = this.now + Math.max(0, afterMs)
    const happening: Happening = { at, order: this.#planned, process, happens, cancelled: false }
    this.#planned += 1
    this.#push(happening)
    return {
      cancel() {
        happening.cancelled = true
      },
    }
  }

  kill(process: Process): void {
    if (!process.isAlive) return
    process.isAlive = false
    for (const end of process.onDeath) end()
  }

  freeze(process: Process, forMs: number): void {
    process.frozenUntil = Math.max(process.frozenUntil, this.now + forMs)
  }

  /** Until `isOver` says so, or nothing is left to happen. What any of it throws ends it. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (isOver() || !this.#next()) {
            this.current = null
            resolve()
            return
          }
        } catch (error) {
          this.current = null
          reject(error)
          return
        }
        // A tick comes when no promise is left to go on; one that is asked for here would come before them.
        queueMicrotask(() => process.nextTick(step))
      }
      process.nextTick(step)
    })
  }

  #next(): boolean {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.cancelled || next.process?.isAlive === false) continue
      this.now = Math.max(this.now, next.at)
      const { process } = next
      if (process !== null && process.frozenUntil > this.now) {
        next.at = process.frozenUntil
        this.#push(next)
        continue
      }
      this.current = process
      next.happens()
      return true
    }
    return false
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(happening)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(happening, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = happening
  }

  #pop(): Happening | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      let smaller = heap[child]
      const right = heap[child + 1]
      if (right !== undefined && smaller !== undefined && isBefore(right, smaller)) {
        child += 1
        smaller = right
      }
      if (smaller === undefined || !isBefore(smaller, last)) break
      heap[index] = smaller
      index = child
    }
    heap[index] = last
    return first
  }
}

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)
