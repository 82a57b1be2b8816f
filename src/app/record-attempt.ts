import type { WorkerCommand } from '../domain/commands.ts'
import type { Actor } from '../domain/events.ts'
import { handleCommand } from './handle-command.ts'
import type { CutoverLog, Logger } from './ports.ts'

export type Report = Extract<
  WorkerCommand,
  {
    type:
      | 'report running'
      | 'report adopted'
      | 'report ended'
      | 'report unknown'
      | 'report breach'
      | 'report question'
      | 'refuse'
  }
>

/**
 * Writes what a host saw of its attempt into the log. True: recorded, or the log knows better already. Throws while the
 * log cannot be reached; the supervisor comes again, the result is on disk.
 */
export async function recordAttempt(
  deps: {
    readonly log: CutoverLog
    readonly actor: Extract<Actor, { kind: 'worker' }>
    readonly logger: Logger
    /** The log does not take it, and why: it knows better, or it knows nothing of the attempt. */
    readonly notTaken?: (cutover: string, report: Report, refusal: string) => Promise<void>
  },
  cutover: string,
  report: Report,
): Promise<boolean> {
  // The same report of the same attempt counts once, however often the host says it.
  const key =
    report.type === 'report breach' || report.type === 'report question'
      ? undefined
      : `${report.attempt}/${report.type}/${workerOf(report)}`
  const outcome = await handleCommand(deps.log, cutover, report, {
    actor: deps.actor,
    ...(key === undefined ? {} : { key }),
  })
  const fields = { cutover, attempt: report.attempt }
  if (!outcome.ok) {
    deps.logger.warn({ ...fields, refusal: outcome.refusal.code }, `${report.type}: not taken`)
    await deps.notTaken?.(cutover, report, outcome.refusal.code)
  } else if (outcome.recorded.length > 0) deps.logger.info(fields, report.type)
  return true
}

function workerOf(report: Report): string {
  return report.type === 'report adopted' ? report.worker : ''
}
