import type { AttemptFacts, Result, Started } from './evidence.ts'
import type { Progress, Question, Sample } from './lines.ts'
import type { LocalAct } from './local-acts.ts'
import type { Digest } from './masked-output.ts'

/** What has changed since the last report. Everything for people is masked. */
export interface ProgressUpdate {
  readonly progress: Progress | null
  /** The last lines of the output. */
  readonly tail: readonly string[]
  /** Only the new ones. */
  readonly samples: readonly Sample[]
}

export interface Ended {
  readonly result: Result
  readonly facts: AttemptFacts | null
  /** Null when the output could not be masked; then `tail` says so and no masked log is to be shown. */
  readonly digest: Digest | null
  readonly tail: readonly string[]
}

/** No result, and why. */
export interface Lost {
  /**
   * `never started`: certain, nothing was changed and nothing can start any more.
   * `dead`: it ran and nothing of it is alive; how far it came is not known.
   * `elsewhere`: its runner is silent and its processes cannot be looked at from here. An `ended` may still follow.
   */
  readonly cause: 'never started' | 'dead' | 'elsewhere'
  readonly why: string
  readonly digest: Digest | null
  readonly tail: readonly string[]
}

/**
 * Where a supervisor tells what it sees. Each call is repeated until it resolves once, and after a crash perhaps once
 * more; for one attempt they come one at a time, in the order of this list.
 */
export interface SupervisorReport {
  readonly started: (attempt: string, started: Started) => Promise<void>
  /** It runs on, and another worker than the one that reported its start watches it now. */
  readonly adopted: (attempt: string, change: { readonly from: string; readonly to: string }) => Promise<void>
  readonly progress: (attempt: string, update: ProgressUpdate) => Promise<void>
  /** What its program asked. */
  readonly asked: (attempt: string, question: Question) => Promise<void>
  readonly ended: (attempt: string, ended: Ended) => Promise<void>
  readonly lost: (attempt: string, lost: Lost) => Promise<void>
  readonly localAct: (act: LocalAct) => Promise<void>
}
