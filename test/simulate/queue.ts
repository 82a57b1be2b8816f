import type { WorkQueue } from '../../src/app/ports.ts'
import type { Faults } from './faults.ts'
import type { Process, Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

export interface Job {
  readonly attempt: string
  readonly cutover: string
  readonly pool: string
}

interface Consumer {
  readonly pool: string
  readonly process: Process
  readonly begin: (job: Job) => Promise<void>
}

/** What a queue may do with a job: deliver it late, twice, in another order, to nobody, or lose it. */
export class FakeQueue {
  readonly #scheduler: Scheduler
  readonly #faults: Faults
  readonly #trace: Trace
  readonly #upTo: (count: number) => number
  #consumers: Consumer[] = []

  constructor(deps: {
    readonly scheduler: Scheduler
    readonly faults: Faults
    readonly trace: Trace
    readonly upTo: (count: number) => number
  }) {
    this.#scheduler = deps.scheduler
    this.#faults = deps.faults
    this.#trace = deps.trace
    this.#upTo = deps.upTo
  }

  /** The adding side, as `serve` has it. */
  port(call: <T>(what: string, effect: () => T) => Promise<T>): WorkQueue {
    return {
      add: (job) => call(`add ${job.attempt}`, () => this.add(job)),
      close: () => Promise.resolve(),
    }
  }

  consume(pool: string, process: Process, begin: (job: Job) => Promise<void>): void {
    this.#consumers = [...this.#consumers.filter((one) => one.process.isAlive), { pool, process, begin }]
  }

  /** Those that take jobs now. */
  processes(): readonly Process[] {
    return this.#consumers.map(({ process }) => process).filter(({ isAlive }) => isAlive)
  }

  add(job: Job): void {
    if (this.#faults.strikes('queue', 0.4)) {
      this.#trace.say('queue', () => `${job.attempt} is lost`)
      return
    }
    this.#deliver(job, this.#faults.latency())
    if (this.#faults.strikes('queue')) this.#deliver(job, this.#upTo(40_000))
    if (this.#faults.strikes('queue')) this.#deliver(job, this.#upTo(30))
  }

  #deliver(job: Job, afterMs: number): void {
    this.#scheduler.plan(afterMs, null, () => {
      const ready = this.#consumers.filter(({ pool, process }) => pool === job.pool && process.isAlive)
      const consumer = ready[this.#upTo(ready.length)]
      if (consumer === undefined) return
      this.#trace.say('queue', () => `${job.attempt} goes to ${consumer.process.name}`)
      this.#scheduler.plan(1, consumer.process, () => void consumer.begin(job))
    })
  }
}
