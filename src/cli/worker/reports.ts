import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { handleCommand } from '../../app/handle-command.ts'
import { LogUnavailable } from '../../app/log-errors.ts'
import type { CutoverLog, Logger, ProgressBoard } from '../../app/ports.ts'
import { recordAttempt } from '../../app/record-attempt.ts'
import type { WorkerCommand } from '../../domain/commands.ts'
import type { Actor } from '../../domain/events.ts'
import { poolsOf } from '../../domain/pools.ts'
import type { AttemptFacts } from '../../process/evidence.ts'
import type { LocalAct } from '../../process/local-acts.ts'
import type { Ended, Lost, ProgressUpdate, SupervisorReport } from '../../process/report.ts'
import { attemptFolder, files, type Spool } from '../../process/spool.ts'
import { secretsFolder } from './attempt-host.ts'
import { makeBreaches } from './breaches.ts'
import { ownKey } from './own-key.ts'
import { makeUnknownResults } from './unknown-results.ts'

type EndedCommand = Extract<WorkerCommand, { type: 'report ended' }>

/** `<cutover>.<step>.<n>`: the cutover's id has no dot. */
export function cutoverOf(attempt: string): string {
  return attempt.slice(0, attempt.indexOf('.'))
}

/** Tells the log what the supervisor of this host sees. Each call throws while the log is away, and is repeated. */
export function makeReports(deps: {
  readonly log: CutoverLog
  readonly progress: ProgressBoard
  readonly spool: Spool
  readonly actor: Extract<Actor, { kind: 'worker' }>
  readonly host: string
  readonly logger: Logger
}): SupervisorReport {
  const { spool, host } = deps
  const notTaken = makeUnknownResults(deps)
  const record = (attempt: string, report: Parameters<typeof recordAttempt>[2]) =>
    recordAttempt({ ...deps, notTaken }, cutoverOf(attempt), report)
  const beside = makeBeside(deps.logger)
  const lastSamples = new Map<string, string>()
  const breaches = makeBreaches((attempt, { id, answer }) =>
    record(attempt, { type: 'report breach', attempt, check: id, answer }),
  )

  return {
    async started(attempt) {
      await record(attempt, { type: 'report running', attempt, host })
    },
    async adopted(attempt, { to }) {
      await record(attempt, { type: 'report adopted', attempt, worker: to })
    },
    async progress(attempt, { progress, tail, samples }) {
      for (const { id, green, answer } of samples) {
        lastSamples.set(attempt, answer)
        await breaches.see(attempt, { id, green, answer })
      }
      const sample = lastSamples.get(attempt)
      await beside(attempt, () =>
        deps.progress.put({
          ...rowOf(attempt, progress),
          tail: tail.join('\n'),
          ...(sample === undefined ? {} : { sample }),
        }),
      )
    },
    async asked(attempt, { n, prompt, then, answer }) {
      const told = answer === undefined ? {} : { answer }
      await record(attempt, { type: 'report question', attempt, n, prompt, then, ...told })
    },
    async ended(attempt, ended) {
      await record(attempt, endedCommand(attempt, host, ended))
      await settle(attempt, ended.tail)
      if (ended.digest) await uploadOutput(attempt)
    },
    async lost(attempt, lost) {
      await record(attempt, lostCommand(attempt, lost))
      await settle(attempt, lost.tail)
    },
    localAct: (act) => recordLocalAct(deps, act),
  }

  async function settle(attempt: string, tail: readonly string[]): Promise<void> {
    lastSamples.delete(attempt)
    breaches.forget(attempt)
    await rm(secretsFolder(spool, attempt), { recursive: true, force: true })
    if (tail.length > 0)
      await beside(attempt, () =>
        deps.progress.put({ attempt, cutover: cutoverOf(attempt), tail: tail.join('\n') }),
      )
  }

  async function uploadOutput(attempt: string): Promise<void> {
    const path = join(attemptFolder(spool, attempt), files.maskedOutput)
    const gzipped = await buffer(createReadStream(path).pipe(createGzip()))
    await beside(attempt, () => deps.progress.putOutput(attempt, gzipped))
  }
}

function rowOf(attempt: string, progress: ProgressUpdate['progress']) {
  const cutover = cutoverOf(attempt)
  if (!progress) return { attempt, cutover }
  const { done, unit, total, label, left } = progress
  return {
    attempt,
    cutover,
    done,
    unit,
    ...(total === undefined ? {} : { total }),
    ...(label === undefined ? {} : { label }),
    ...(left === undefined ? {} : { left }),
  }
}

/**
 * What people see beside the record: that the log does not take it, for it knows nothing of the attempt, must not keep
 * the end from being told. Said once for each attempt.
 */
function makeBeside(logger: Logger): (attempt: string, put: () => Promise<void>) => Promise<void> {
  const said = new Set<string>()
  return async (attempt, put) => {
    try {
      await put()
    } catch (error) {
      if (error instanceof LogUnavailable) throw error
      if (!said.has(attempt)) logger.warn({ attempt, error }, 'the log takes nothing about this attempt')
      said.add(attempt)
    }
  }
}

async function recordLocalAct(
  { log, actor, host, logger }: Parameters<typeof makeReports>[0],
  act: LocalAct,
): Promise<void> {
  logger.warn({ ...act }, 'done on this host without the log')
  const command = { type: 'report local act', text: localActText(act, host) } as const
  for (const cutover of await concerned(log, actor.pool, act.attempt)) {
    await handleCommand(log, cutover, command, { actor, key: ownKey(actor, act.id, cutover) })
  }
}

/** A cancel concerns its own cutover; a hold every open one of which a step runs in this pool. */
async function concerned(
  log: CutoverLog,
  pool: string,
  attempt: string | undefined,
): Promise<readonly string[]> {
  if (attempt !== undefined) return [cutoverOf(attempt)]
  const loaded = await Promise.all((await log.open()).map(({ id }) => log.load(id)))
  return loaded.flatMap((one) => (one && poolsOf(one.state.plan).includes(pool) ? [one.state.id] : []))
}

function localActText({ kind, by, reason, attempt, at }: LocalAct, host: string): string {
  const what = {
    hold: 'held the worker',
    release: 'released the worker',
    cancel: `cancelled ${attempt ?? ''}`,
  }[kind]
  return `On ${host}, ${by} ${what} at ${new Date(at).toISOString()}: ${reason}`
}

/** The outcome of a process whose result is on disk, in the log's words. */
function endedCommand(attempt: string, host: string, { result, facts, digest, tail }: Ended): EndedCommand {
  const common = {
    type: 'report ended',
    attempt,
    facts: facts?.facts ?? {},
    exit: result.code,
    durationMs: result.durationMs,
    host,
    digest: digest?.sha256 ?? '',
    ...partsOf(facts),
  } as const

  if (result.cancelled)
    return { ...common, outcome: 'cancelled', summary: stopText(result), ...errorOf(facts) }
  if (result.notStarted !== undefined) {
    const error = {
      message: result.notStarted,
      hint: 'Mend it, then try again.',
      changed: 'nothing was started',
    }
    return { ...common, outcome: 'failed', summary: result.notStarted, error }
  }
  if (facts && 'error' in facts) {
    return { ...common, outcome: 'failed', summary: facts.error.message, error: facts.error }
  }
  // A verdict counts only from a process that ended as it says: it may have been killed after it wrote it.
  if (facts && 'verdict' in facts && result.code === VERDICT_EXIT[facts.verdict]) {
    return { ...common, outcome: 'succeeded', verdict: facts.verdict, summary: facts.answer }
  }
  if (result.code === 0) {
    const summary = facts && 'summary' in facts ? facts.summary : lastLine(tail)
    return { ...common, outcome: 'succeeded', summary }
  }
  return { ...common, outcome: 'failed', summary: exitText(result), error: exitError(result, facts) }
}

function partsOf(facts: AttemptFacts | null): Pick<EndedCommand, 'parts'> {
  return facts && 'parts' in facts && facts.parts !== undefined ? { parts: facts.parts } : {}
}

/** What a cancelled action says of how far it came. */
function errorOf(facts: AttemptFacts | null): Pick<EndedCommand, 'error'> {
  return facts && 'error' in facts ? { error: facts.error } : {}
}

/** What a program that went well said last; its tail is masked. */
function lastLine(tail: readonly string[]): string {
  const line = tail.findLast((one) => one.trim() !== '')?.trim()
  return line === undefined ? 'Exit 0.' : `Exit 0: ${line.slice(0, LAST_LINE_MAX)}`
}

const LAST_LINE_MAX = 200
const VERDICT_EXIT = { green: 0, red: 3 } as const

function stopText({ forced, survivors }: Ended['result']): string {
  if (survivors > 0) return `Stopped, but ${survivors} of its processes would not end: look at the host.`
  return forced ? 'Killed: it did not stop when asked.' : 'Stopped.'
}

function exitText(result: Ended['result']): string {
  return result.signal === null ? `Exit ${result.code ?? 'unknown'}.` : `Ended by ${result.signal}.`
}

function exitError(result: Ended['result'], facts: AttemptFacts | null) {
  return {
    message: facts === null ? exitText(result) : `${exitText(result)} It had said: done.`,
    hint: 'The last lines of its output are in the thread; look there before trying again.',
    changed: 'what it had done until then stays',
  }
}

function lostCommand(attempt: string, { cause, why }: Lost) {
  return cause === 'never started'
    ? ({ type: 'refuse', attempt, why, hint: 'Nothing was started; try again.' } as const)
    : ({ type: 'report unknown', attempt, why } as const)
}
