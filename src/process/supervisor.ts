import { AttemptWatch, unsettle } from './attempt-watch.ts'
import { forgetAct, pendingActs, writeCancel } from './local-acts.ts'
import type { Secret } from './mask.ts'
import type { SupervisorReport } from './report.ts'
import { claimSpool } from './spool-claim.ts'
import { exists, attemptFolder, listAttempts, removeOldRawLogs, type Spool } from './spool.ts'

export interface Supervision {
  readonly spool: Spool
  /** This worker, by a name that is another one after a restart. */
  readonly worker: string
  readonly report: SupervisorReport
  /** What to hide in the attempt's output. While this rejects, no output is shown. */
  readonly secretsOf: (attempt: string) => Promise<readonly Secret[]>
  /** What failed and will be tried again; for the worker's log. */
  readonly onTrouble: (error: unknown, attempt: string | null) => void
  readonly intervalMs?: number
  /** Wall-clock milliseconds. */
  readonly now?: () => number
  readonly rawLogDays?: number
}

export interface Supervisor {
  /** Asks the runner to stop its command; false when the attempt has ended or is not here. */
  readonly cancel: (attempt: string, request: { reason: string; by: string }) => Promise<boolean>
  /** True while it is this one, and no other worker of the spool, that looks at the attempts. */
  readonly watches: () => boolean
  /** Tells the end of an attempt once more, although it was told. */
  readonly reopen: (attempt: string) => Promise<void>
  /** One round, waited for: every attempt of the spool is looked at. */
  readonly look: () => Promise<void>
  /** Ends the rounds; what runs goes on. Waits for reports under way. */
  readonly stop: () => Promise<void>
}

const HOUR_MS = 3_600_000

/**
 * The one loop of a worker that watches all attempts in its spool, whoever started them: adopting the attempts of a
 * worker that died is nothing special.
 */
export function superviseSpool(options: Supervision): Supervisor {
  const { spool, worker, report, secretsOf, onTrouble, intervalMs = 500, now = Date.now } = options
  const claim = claimSpool(spool, (holder) => onTrouble(hung(spool, holder), null))
  const watches = new Map<string, AttemptWatch>()
  const looking = new Map<string, Promise<void>>()
  const settled = new Set<string>()
  let begun = Promise.resolve()
  let cleanedAt = -Infinity
  let stopped = false
  let holds = false
  let timer: NodeJS.Timeout | undefined

  /** One after the other: the claim is taken by one at a time. */
  function begin(): Promise<void> {
    begun = begun.then(beginAll, beginAll)
    return begun
  }

  /** Starts a look at each attempt that nobody looks at: a slow one holds up no other. */
  async function beginAll(): Promise<void> {
    holds = await claim.holds()
    if (!holds || stopped) return
    once('acts', null, () => tellActs(spool, report))
    for (const attempt of await listAttempts(spool)) {
      if (!settled.has(attempt)) once(attempt, attempt, () => lookAt(attempt))
    }
    if (now() - cleanedAt > HOUR_MS) {
      cleanedAt = now()
      once('clean-up', null, () => removeOldRawLogs(spool, { days: options.rawLogDays ?? 7, now: now() }))
    }
  }

  function once(key: string, attempt: string | null, work: () => Promise<unknown>): void {
    if (looking.has(key)) return
    const done = work()
      .catch((error: unknown) => onTrouble(error, attempt))
      .then(() => void looking.delete(key))
    looking.set(key, done)
  }

  async function lookAt(attempt: string): Promise<void> {
    const folder = attemptFolder(spool, attempt)
    const watch =
      watches.get(attempt) ?? (await AttemptWatch.open({ folder, worker, report, secretsOf, now }))
    watches.set(attempt, watch)
    // Discarded folders vanish between two looks.
    const over = (await exists(folder)) ? await watch.look() : true
    if (!over) return
    watches.delete(attempt)
    if (await exists(folder)) settled.add(attempt)
  }

  async function look(): Promise<void> {
    await begin()
    await Promise.all(looking.values())
  }

  async function round(): Promise<void> {
    await begin().catch((error: unknown) => onTrouble(error, null))
    if (!stopped) timer = setTimeout(() => void round(), intervalMs)
  }

  async function stop(): Promise<void> {
    stopped = true
    clearTimeout(timer)
    await begun.catch(() => undefined)
    await Promise.all(looking.values())
    await claim.release()
  }

  void round()
  return {
    cancel: (attempt, request) => writeCancel(attemptFolder(spool, attempt), request),
    watches: () => holds && !stopped,
    reopen: (attempt) => unsettle(attemptFolder(spool, attempt)).then(() => void settled.delete(attempt)),
    look,
    stop,
  }
}

async function tellActs(spool: Spool, report: SupervisorReport): Promise<void> {
  for (const act of await pendingActs(spool)) {
    await report.localAct(act)
    await forgetAct(spool, act)
  }
}

/** The claim is not taken from it: a stopped process may go on in the middle of a report. */
function hung(
  { root }: Spool,
  { pid, silentMs }: { readonly pid: number; readonly silentMs: number },
): Error {
  const silent = `has the spool ${root} and has not looked at it for ${Math.round(silentMs / 1000)} s`
  return new Error(`The worker with process id ${pid} ${silent}. End it (kill -9 ${pid}): this one goes on.`)
}
