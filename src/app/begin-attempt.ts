import type { PoolCommand } from '../domain/commands.ts'
import type { Actor } from '../domain/events.ts'
import type { CutoverState } from '../domain/state.ts'
import { AttemptRefused, workOf, type AttemptWork } from './attempt-work.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import type { CutoverLog, Logger } from './ports.ts'

/** A worker's host: the folder and the process of an attempt. */
export interface AttemptHost {
  /** Whether this host knows plan and runbook by its own folder: what it tells the log. */
  answer(state: CutoverState): Promise<PoolCommand>
  /** Resolves targets and secrets, guards identities, writes the attempt's folder. Throws {@link AttemptRefused}. */
  prepare(work: AttemptWork): Promise<void>
  /** Starts the runner. From here on the supervisor reports, also when this throws. */
  start(attempt: string): Promise<void>
  /** The spawn was not authorised: the folder goes away. */
  discard(attempt: string): Promise<void>
}

/** A `serve` must have been seen this recently before anything new starts. */
export const SERVE_WITHIN_MS = 15_000

/**
 * Claims an attempt, prepares it, and asks the log once more right before the spawn: a NO-GO or hold that was
 * committed until then wins. A duplicate of the job loses at the claim. Throws `LogUnavailable`; a claim that got no
 * further is taken back by the leader.
 */
export async function beginAttempt(
  deps: {
    readonly log: CutoverLog
    readonly host: AttemptHost
    readonly actor: Extract<Actor, { kind: 'worker' }>
    readonly hostName: string
    readonly logger: Logger
  },
  job: { readonly attempt: string; readonly cutover: string },
): Promise<void> {
  const { log, host, actor, hostName, logger } = deps
  const fields = { cutover: job.cutover, attempt: job.attempt }
  const say = (command: Parameters<typeof handleCommand>[2], serveWithinMs?: number) =>
    handleCommand(log, job.cutover, command, { actor, ...(serveWithinMs ? { serveWithinMs } : {}) })

  const claimed = await say({ type: 'claim', attempt: job.attempt, worker: actor.worker, host: hostName })
  if (!claimed.ok) {
    logger.info({ ...fields, refusal: claimed.refusal.code }, 'attempt not claimed')
    return
  }
  if (claimed.recorded.length === 0 && !claimed.repeated) {
    logger.info(fields, 'another job of this worker has claimed the attempt')
    return
  }

  try {
    const answer = await host.answer(claimed.state)
    await say(answer)
    if (answer.type === 'report pool refused') throw notKnownHere(answer)
    await host.prepare(workOf(claimed.state, job.attempt))
  } catch (error) {
    // Nothing is known to be wrong with the step: its claim is taken back, and it is given out again.
    if (error instanceof LogUnavailable) throw error
    const why = error instanceof AttemptRefused ? error : unexpected(error, logger, fields)
    await say({ type: 'refuse', attempt: job.attempt, why: why.message, hint: why.hint })
    return
  }

  const authorised = await say({ type: 'spawn', attempt: job.attempt }, SERVE_WITHIN_MS)
  if (!authorised.ok) {
    logger.info({ ...fields, refusal: authorised.refusal.code }, 'spawn refused')
    await host.discard(job.attempt)
    return
  }
  logger.info(fields, 'starting')
  await host.start(job.attempt)
}

const notKnownHere = ({ pool, why }: Extract<PoolCommand, { type: 'report pool refused' }>): AttemptRefused =>
  new AttemptRefused(
    `The pool ${pool} does not start what it does not know: ${why}.`,
    'Nothing was started. Mend the runbooks on its host, or open the cutover again.',
  )

function unexpected(error: unknown, logger: Logger, fields: object): AttemptRefused {
  logger.error({ ...fields, error }, 'preparing an attempt failed')
  return new AttemptRefused(
    'The worker could not prepare the step.',
    'Nothing was started. The worker\u2019s log has the cause; try again when it is mended.',
  )
}
