import type { WorkerCommand } from '../domain/commands.ts'
import type { Actor } from '../domain/events.ts'
import { handleCommand } from './handle-command.ts'
import type { CutoverLog, Logger } from './ports.ts'

type Report = Extract<
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
  if (!outcome.ok) {
    deps.logger.info(
      { cutover, attempt: report.attempt, refusal: outcome.refusal.code },
      `${report.type}: not taken`,
    )
  }
  return true
}

function workerOf(report: Report): string {
  return report.type === 'report adopted' ? report.worker : ''
}
