import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { Appended } from '../../src/app/ports.ts'
import type { Faults, Fate } from './faults.ts'
import type { Connection } from './ports.ts'
import type { Prepared } from './database.ts'
import type { Process, Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

/** What the oracle found: it ends the run, whoever is called at that moment. */
export class Violation extends Error {}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

export interface Surroundings {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly trace: Trace
  /** A process is killed by a fault: somebody has to start it again. */
  readonly kill: (process: Process, why: string) => void
}

/**
 * Calls of one process to the world: each takes time there and back, may be lost on either way, and may be the last
 * thing that the process did.
 */
export class Border {
  readonly #around: Surroundings
  readonly #process: Process

  constructor(around: Surroundings, process: Process) {
    this.#around = around
    this.#process = process
  }

  /** `effect` happens at one moment; `lost` is what the caller hears when nobody knows whether it did. */
  call<T>(
    what: string,
    effect: () => T,
    { lost, isAway }: { readonly lost: () => Error; readonly isAway?: () => boolean },
  ): Promise<T> {
    const { scheduler, faults } = this.#around
    if (!this.#process.isAlive) return never()
    const fate = this.#begin(what)
    if (fate === 'killed before') return never()
    return new Promise<T>((resolve, reject) => {
      const answer = (settle: () => void): void => {
        scheduler.plan(faults.latency(), this.#process, settle)
      }
      scheduler.plan(faults.latency(), null, () => {
        if (fate === 'lost before' || isAway?.() === true) return answer(() => reject(lost()))
        let result: T
        try {
          result = effect()
        } catch (error) {
          if (error instanceof Violation) throw error
          return answer(() => reject(error))
        }
        this.#after(fate, what)
        answer(() => (fate === 'lost after' ? reject(lost()) : resolve(result)))
      })
    })
  }

  #begin(what: string): Fate {
    const { faults, kill, scheduler, trace } = this.#around
    const fate = faults.fate()
    if (fate === 'fine') return fate
    trace.say(this.#process.name, () => `${fate}: ${what}`)
    if (fate === 'killed before') kill(this.#process, `before: ${what}`)
    if (fate === 'frozen before') scheduler.freeze(this.#process, faults.pause())
    return fate
  }

  #after(fate: Fate, what: string): void {
    const { faults, kill, scheduler } = this.#around
    if (fate === 'killed after') kill(this.#process, `after: ${what}`)
    if (fate === 'frozen after') scheduler.freeze(this.#process, faults.pause())
  }

  /** A connection to the database; `locks` are those of all processes. */
  connection(locks: Locks, isAway: () => boolean): Connection {
    const lost = (): Error => new LogUnavailable(new Error('connection terminated'))
    return {
      ask: (what, statement) => this.call(what, statement, { lost, isAway }),
      isQuick: () => !this.#around.faults.strikesBetween(),
      transact: (what, row, prepare) => this.#transact(what, row, prepare, { locks, lost, isAway }),
    }
  }

  #transact(
    what: string,
    row: string,
    prepare: () => Prepared,
    { locks, lost, isAway }: { locks: Locks; lost: () => Error; isAway: () => boolean },
  ): Promise<Appended> {
    const { scheduler, faults } = this.#around
    const process = this.#process
    if (!process.isAlive) return never()
    const fate = this.#begin(what)
    if (fate === 'killed before') return never()
    return new Promise<Appended>((resolve, reject) => {
      const answer = (settle: () => void): void => {
        scheduler.plan(faults.latency(), process, settle)
      }
      const refuse = (): void => answer(() => reject(lost()))
      scheduler.plan(faults.latency(), null, () => {
        if (isAway()) return refuse()
        locks.take(row, process, (lock) => {
          let prepared: Prepared
          try {
            prepared = prepare()
          } catch (error) {
            lock.release()
            return answer(() => reject(error))
          }
          if ('refused' in prepared) {
            lock.release()
            return answer(() => resolve(prepared.refused))
          }
          const { appended, commit } = prepared
          // The client says `commit` when it has heard of its last statement, and while it lives and moves.
          scheduler.plan(faults.latency(), process, () => {
            if (!lock.isHeld() || isAway() || fate === 'lost before') {
              lock.release()
              return refuse()
            }
            commit()
            lock.release()
            this.#after(fate, what)
            answer(() => (fate === 'lost after' ? reject(lost()) : resolve(appended)))
          })
        })
      })
    })
  }
}

interface Lock {
  isHeld(): boolean
  release(): void
}

interface Waiting {
  readonly owner: Process
  readonly begin: () => void
}

/** The server ends a transaction whose client says nothing for so long. */
const IDLE_MS = 20_000

/** Row locks: one holder, the others wait in order. A holder that dies or says nothing for long loses its lock. */
export class Locks {
  readonly #scheduler: Scheduler
  readonly #rows = new Map<string, { holder: object | null; readonly waiting: Waiting[] }>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  take(row: string, owner: Process, begin: (lock: Lock) => void): void {
    const queue = this.#rows.get(row) ?? { holder: null, waiting: [] }
    this.#rows.set(row, queue)
    queue.waiting.push({ owner, begin: () => begin(this.#held(row, owner)) })
    this.#next(row)
  }

  #held(row: string, owner: Process): Lock {
    const mine = {}
    const queue = this.#rows.get(row)
    if (queue === undefined) throw new Error(`nobody waits for ${row}`)
    queue.holder = mine
    const isHeld = (): boolean => queue.holder === mine
    const release = (): void => {
      idle.cancel()
      if (!isHeld()) return
      queue.holder = null
      this.#next(row)
    }
    const idle = this.#scheduler.plan(IDLE_MS, null, release)
    owner.onDeath.push(release)
    return { isHeld, release }
  }

  #next(row: string): void {
    const queue = this.#rows.get(row)
    for (const next of queue?.waiting.splice(0) ?? []) {
      if (queue?.holder !== null) queue?.waiting.push(next)
      else if (next.owner.isAlive) next.begin()
    }
  }
}
