import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { writeDurably } from './durable.ts'
import { fence, judge, readAttempt, readJson, type Result, type Started, type Verdict } from './evidence.ts'
import { lastLine, linesFrom, Progress, Question, Sample } from './lines.ts'
import { openMasking, type Masking } from './masking.ts'
import type { Secret } from './mask.ts'
import type { Digest } from './masked-output.ts'
import type { Lost, SupervisorReport } from './report.ts'
import { endSession } from './runner.ts'
import { exists, files, removeSecrets } from './spool.ts'

export interface WatchOptions {
  readonly folder: string
  /** Who watches: a worker's own name, another one after a restart. */
  readonly worker: string
  readonly report: SupervisorReport
  readonly secretsOf: (attempt: string) => Promise<readonly Secret[]>
  readonly now: () => number
}

/** A runner is up within milliseconds of being asked for; a folder without one for so long was left behind. */
const START_PATIENCE_MS = 60_000
const SILENT_MS = 30_000
/** For so long a result waits for its output to be masked; then it is reported without. */
const MASKING_PATIENCE_MS = 30_000
const GRACE_MS = 10_000

/** reported.json: what was accepted already. After a crash the next worker goes on from it. */
const Reported = z.object({
  worker: z.string().nullable(),
  started: z.boolean(),
  samplesOffset: z.int(),
  questionsOffset: z.int(),
  lost: z.boolean(),
  settled: z.boolean(),
})
type Reported = z.infer<typeof Reported>

const NOTHING: Reported = {
  worker: null,
  started: false,
  samplesOffset: 0,
  questionsOffset: 0,
  lost: false,
  settled: false,
}

/** Whether everything about an attempt was told. */
export async function isSettled(folder: string): Promise<boolean> {
  return (await readJson(join(folder, files.reported), Reported))?.settled === true
}

/** Its end is to be told once more. */
export async function unsettle(folder: string): Promise<void> {
  const path = join(folder, files.reported)
  const reported = await readJson(path, Reported)
  if (reported !== null) await writeDurably(path, { ...reported, started: false, settled: false })
}

/** One attempt, looked at again and again until everything about it was told. */
export class AttemptWatch {
  readonly #folder: string
  readonly #attempt: string
  readonly #options: WatchOptions
  #reported: Reported = NOTHING
  #masking: Masking | null = null
  #lastUpdate = ''
  #unmaskedSince: number | null = null

  private constructor(options: WatchOptions) {
    this.#folder = options.folder
    this.#attempt = basename(options.folder)
    this.#options = options
  }

  static async open(options: WatchOptions): Promise<AttemptWatch> {
    const watch = new AttemptWatch(options)
    watch.#reported = (await readJson(watch.#path('reported'), Reported)) ?? NOTHING
    return watch
  }

  /** True when there is nothing left to see or to tell. */
  async look(): Promise<boolean> {
    if (this.#reported.settled) return true
    const verdict = await judge(this.#folder, this.#options.now())
    switch (verdict.is) {
      case 'not started':
        await this.#fenceIfLeftBehind()
        return false
      case 'never started':
        await this.#tellLost({ cause: 'never started', why: 'It was never started.' })
        return this.#settle()
      case 'running':
        if (verdict.runner === 'dead') await this.#cancelWithoutRunner(verdict.started)
        await this.#follow(verdict.started)
        return false
      case 'elsewhere':
        await this.#followElsewhere(verdict)
        return false
      case 'ended':
        await this.#tellEnded(verdict)
        return this.#settle()
      case 'dead without result':
        await this.#tellLost({ cause: 'dead', why: verdict.why })
        return this.#settle()
    }
  }

  async #fenceIfLeftBehind(): Promise<void> {
    const prepared = await stat(this.#path('request')).catch(() => null)
    const ageMs = prepared === null ? 0 : Math.abs(this.#options.now() - prepared.mtimeMs)
    if (ageMs > START_PATIENCE_MS) await fence(this.#folder)
  }

  /** Nobody else reads cancel.json when the runner was killed and its command goes on. */
  async #cancelWithoutRunner(started: Started | null): Promise<void> {
    if (started === null || !(await exists(this.#path('cancel')))) return
    await endSession(started.child, { graceMs: GRACE_MS, from: 'SIGINT' })
  }

  async #follow(started: Started | null): Promise<void> {
    const { worker, report } = this.#options
    await this.#tellStarted(started)
    const from = this.#reported.worker
    if (from !== null && from !== worker) {
      await report.adopted(this.#attempt, { from, to: worker })
      await this.#accept({ worker })
    }
    await this.#tellProgress(await this.#openMasking())
  }

  async #followElsewhere({ why, heartbeatAgeMs }: Extract<Verdict, { is: 'elsewhere' }>): Promise<void> {
    await this.#tellProgress(await this.#openMasking())
    if (this.#reported.lost || Math.abs(heartbeatAgeMs ?? Infinity) < SILENT_MS) return
    await this.#tellLost({ cause: 'elsewhere', why: `${why} Its runner is silent.` })
    await this.#accept({ lost: true })
  }

  async #tellStarted(started: Started | null): Promise<void> {
    if (started === null || this.#reported.started) return
    // First who watches it: whoever comes after a crash right here has adopted it.
    if (this.#reported.worker === null) await this.#accept({ worker: this.#options.worker })
    await this.#options.report.started(this.#attempt, started)
    await this.#accept({ started: true })
  }

  async #tellProgress(masking: Masking): Promise<void> {
    await this.#tellQuestions(masking)
    await masking.output.advance()
    const tail = masking.output.tail()
    const progress = await lastLine(this.#path('progress'), Progress)
    const update = JSON.stringify([progress, tail])
    for (let more = true; more;) {
      const { values, next } = await linesFrom(this.#path('samples'), this.#reported.samplesOffset, Sample)
      if (update !== this.#lastUpdate || values.length > 0) {
        const hidden = masking.hideInUpdate({ progress, tail, samples: values })
        await this.#options.report.progress(this.#attempt, hidden)
        this.#lastUpdate = update
      }
      more = next !== this.#reported.samplesOffset
      if (more) await this.#accept({ samplesOffset: next })
    }
  }

  async #tellQuestions(masking: Masking): Promise<void> {
    const from = this.#reported.questionsOffset
    const { values, next } = await linesFrom(this.#path('questions'), from, Question)
    for (const question of values)
      await this.#options.report.asked(this.#attempt, masking.hideInQuestion(question))
    if (next !== from) await this.#accept({ questionsOffset: next })
  }

  async #tellEnded({ result, facts }: Extract<Verdict, { is: 'ended' }>): Promise<void> {
    const { masking, digest, tail } = await this.#finish()
    const hidden = {
      facts: facts && masking && masking.hideInFacts(facts),
      result: hideInResult(result, masking),
    }
    await this.#options.report.ended(this.#attempt, { ...hidden, digest, tail })
  }

  async #tellLost(lost: Pick<Lost, 'cause' | 'why'>): Promise<void> {
    // Where the runner may still write, the copy is not complete.
    const { digest, tail } = lost.cause === 'elsewhere' ? UNFINISHED : await this.#finish()
    await this.#options.report.lost(this.#attempt, { ...lost, digest, tail })
  }

  /** Tells what was not told yet and completes the masked log. Throws while the next look may do better. */
  async #finish(): Promise<Finished> {
    const { started } = await readAttempt(this.#folder)
    await this.#tellStarted(started)
    const now = this.#options.now()
    this.#unmaskedSince ??= now
    let finished: Finished & { masking: Masking }
    try {
      const masking = await this.#openMasking()
      finished = { masking, digest: await masking.output.finish(), tail: masking.output.tail() }
    } catch (error) {
      if (Math.abs(now - this.#unmaskedSince) < MASKING_PATIENCE_MS) throw error
      return WITHHELD
    }
    await this.#tellProgress(finished.masking)
    return finished
  }

  async #openMasking(): Promise<Masking> {
    this.#masking ??= await openMasking(this.#folder, await this.#options.secretsOf(this.#attempt))
    return this.#masking
  }

  async #settle(): Promise<true> {
    // In this order: after a crash in between the end is told again, but no secret stays behind.
    await removeSecrets(this.#folder)
    await this.#accept({ settled: true })
    return true
  }

  async #accept(change: Partial<Reported>): Promise<void> {
    this.#reported = { ...this.#reported, ...change }
    await writeDurably(this.#path('reported'), this.#reported)
  }

  #path(name: keyof typeof files): string {
    return join(this.#folder, files[name])
  }
}

function hideInResult(result: Result, masking: Masking | null): Result {
  if (masking !== null) return masking.hideInResult(result)
  return result.notStarted === undefined ? result : { ...result, notStarted: 'the command was not started' }
}

interface Finished {
  readonly masking: Masking | null
  readonly digest: Digest | null
  readonly tail: readonly string[]
}

const UNFINISHED: Finished = { masking: null, digest: null, tail: [] }
const WITHHELD: Finished = { ...UNFINISHED, tail: ['(the output is withheld: it could not be masked)'] }
