import { AttemptRefused } from '../../src/app/attempt-work.ts'
import type { AttemptHost } from '../../src/app/begin-attempt.ts'
import { readyPool } from '../support/pools.ts'
import type { Border } from './border.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Planned, Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

export interface Result {
  readonly code: number | null
  readonly verdict: 'green' | 'red'
  readonly cancelled: boolean
  readonly durationMs: number
}

/** The folder of an attempt, and what lives because of it. */
export interface Folder {
  readonly attempt: string
  readonly step: string
  readonly isLook: boolean
  readonly preparedAt: number
  lock: 'free' | 'taken' | 'fenced'
  runner: 'none' | 'alive' | 'dead'
  child: 'none' | 'alive' | 'gone'
  childStartedAt: number
  result: Result | null
  cancelAsked: boolean
  /** What the log was told, by whom; it outlives the worker. */
  reported: { worker: string | null; started: boolean; settled: boolean }
  end: Planned | null
}

/** What can be said of an attempt by looking at its folder and at the processes of the host. */
export type Verdict = 'not started' | 'never started' | 'running' | 'ended' | 'dead'

export interface Watching {
  /** A program was started for an attempt. */
  started(attempt: string, step: string): void
  gone(attempt: string, step: string): void
  /** A living program was told to stop. */
  signalled(attempt: string): void
}

type Mishap = 'runner early' | 'runner' | 'child' | 'both' | 'runner late' | 'slow runner' | 'second runner'
const MISHAPS: readonly [Mishap, ...Mishap[]] = [
  'runner early',
  'runner',
  'child',
  'both',
  'runner late',
  'slow runner',
  'second runner',
]

interface Deps {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly faults: Faults
  readonly trace: Trace
  readonly watching: Watching
}

/** One machine with its spool and its processes: what outlives a worker. */
export class Host {
  readonly folders = new Map<string, Folder>()
  /** Whose worker watches the spool: the claim of a dead one is free. */
  spoolHolder: { readonly isAlive: boolean } | null = null
  /** Guards that a test takes away. */
  guards = { lock: true }
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The process port of one worker. */
  port(border: Border): AttemptHost {
    const lost = (): Error => new Error('EIO: the disk does not answer')
    return {
      answer: async () => readyPool(),
      prepare: ({ attempt, step }) =>
        border.call(`prepare ${attempt}`, () => this.prepare(attempt, step.id, step.kind === 'check'), {
          lost,
        }),
      start: (attempt) => border.call(`start ${attempt}`, () => this.start(attempt), { lost }),
      discard: (attempt) => border.call(`discard ${attempt}`, () => this.discard(attempt), { lost }),
    }
  }

  prepare(attempt: string, step: string, isLook: boolean): void {
    const { scheduler, faults } = this.#deps
    if (faults.strikes('host', 0.2)) throw new AttemptRefused('The disk is full.', 'Make room.')
    if (this.folders.has(attempt))
      throw new AttemptRefused('Its folder is there already.', 'Nothing was started.')
    this.folders.set(attempt, {
      attempt,
      step,
      isLook,
      preparedAt: scheduler.now,
      lock: 'free',
      runner: 'none',
      child: 'none',
      childStartedAt: 0,
      result: null,
      cancelAsked: false,
      reported: { worker: null, started: false, settled: false },
      end: null,
    })
  }

  start(attempt: string): void {
    const { scheduler, random, faults, trace } = this.#deps
    const mishap = faults.strikes('host') ? random.pick(MISHAPS) : null
    if (mishap !== null) trace.say('host', () => `${attempt} will see: ${mishap}`)
    const delay = mishap === 'slow runner' ? random.between(20_000, 90_000) : random.between(5, 60)
    scheduler.plan(delay, null, () => this.#runnerBegins(attempt, mishap))
    if (mishap === 'second runner')
      scheduler.plan(random.between(5, 5000), null, () => this.#runnerBegins(attempt, null))
  }

  discard(attempt: string): void {
    const folder = this.folders.get(attempt)
    if (folder !== undefined && folder.lock !== 'taken') this.folders.delete(attempt)
  }

  /** Makes sure that it never starts; too late when a runner has the lock. */
  fence(folder: Folder): void {
    if (folder.lock === 'free') folder.lock = 'fenced'
  }

  judge(folder: Folder): Verdict {
    if (folder.result !== null) return 'ended'
    if (folder.lock === 'fenced') return 'never started'
    if (folder.lock === 'free') return 'not started'
    return folder.runner === 'alive' || folder.child === 'alive' ? 'running' : 'dead'
  }

  /** `cancel.json`: the runner reads it, and without one nobody does. */
  cancel(folder: Folder): void {
    if (folder.cancelAsked || folder.result !== null) return
    folder.cancelAsked = true
    this.#deps.scheduler.plan(200, null, () => this.stopChild(folder))
  }

  stopChild(folder: Folder): void {
    if (folder.child !== 'alive') return
    this.#deps.watching.signalled(folder.attempt)
    this.#childEnds(folder, { code: null, cancelled: true })
  }

  /** Everything that ran is gone, and nobody wrote how it ended. */
  reboot(): void {
    for (const folder of this.folders.values()) {
      if (folder.runner === 'alive') folder.runner = 'dead'
      if (folder.child === 'alive') this.#childGone(folder)
    }
  }

  #runnerBegins(attempt: string, mishap: Mishap | null): void {
    const { scheduler, random, trace, watching } = this.#deps
    const folder = this.folders.get(attempt)
    const mayBegin = folder !== undefined && (folder.lock === 'free' || !this.guards.lock)
    if (!mayBegin) {
      trace.say('runner', () => `${attempt}: the lock is ${folder?.lock ?? 'gone'}; nothing is started`)
      return
    }
    folder.lock = 'taken'
    folder.runner = mishap === 'runner early' ? 'dead' : 'alive'
    if (mishap === 'runner early') return
    scheduler.plan(random.between(1, 20), null, () => {
      if (folder.runner !== 'alive') return
      folder.child = 'alive'
      folder.childStartedAt = scheduler.now
      trace.say('program', () => `${attempt} starts`)
      watching.started(attempt, folder.step)
      this.#plansItsEnd(folder, mishap)
    })
  }

  #plansItsEnd(folder: Folder, mishap: Mishap | null): void {
    const { scheduler, random, faults } = this.#deps
    const takesMs = folder.isLook ? random.between(50, 2500) : random.between(300, 25_000)
    const isBad = faults.strikes('host', 0.5)
    const code = isBad && !folder.isLook ? 1 : 0
    const verdict = isBad && folder.isLook ? 'red' : 'green'
    const inBetween = random.upTo(takesMs)
    if (mishap === 'runner' || mishap === 'both') {
      scheduler.plan(inBetween, null, () => {
        if (folder.runner === 'alive') folder.runner = 'dead'
        if (mishap === 'both' && folder.child === 'alive') this.#childGone(folder)
      })
    }
    if (mishap === 'child') {
      scheduler.plan(inBetween, null, () => this.#childEnds(folder, { code: null, cancelled: false }))
    }
    folder.end = scheduler.plan(takesMs, null, () => {
      if (mishap === 'runner late') folder.runner = 'dead'
      this.#childEnds(folder, { code, cancelled: false, verdict })
    })
  }

  #childEnds(
    folder: Folder,
    {
      code,
      cancelled,
      verdict = 'green',
    }: { code: number | null; cancelled: boolean; verdict?: 'green' | 'red' },
  ): void {
    if (folder.child !== 'alive') return
    const { scheduler, trace } = this.#deps
    const durationMs = scheduler.now - folder.childStartedAt
    this.#childGone(folder)
    trace.say('program', () => `${folder.attempt} ends with ${code ?? 'a signal'}`)
    scheduler.plan(3, null, () => {
      if (folder.runner !== 'alive') return
      folder.runner = 'dead'
      folder.result = { code, verdict, cancelled, durationMs }
    })
  }

  #childGone(folder: Folder): void {
    folder.end?.cancel()
    folder.child = 'gone'
    this.#deps.watching.gone(folder.attempt, folder.step)
  }
}
