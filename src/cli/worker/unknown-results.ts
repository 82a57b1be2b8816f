import { handleCommand } from '../../app/handle-command.ts'
import type { CutoverLog, Logger } from '../../app/ports.ts'
import type { Report } from '../../app/record-attempt.ts'
import type { Actor } from '../../domain/events.ts'
import { ownKey } from './own-key.ts'

/**
 * A result that the log does not take because it knows nothing of the start: it was restored from a backup. People are
 * told by a note in the cutover; where the log does not even know that, by the worker’s log and by `cutover doctor`.
 */
export function makeUnknownResults(deps: {
  readonly log: CutoverLog
  readonly actor: Extract<Actor, { kind: 'worker' }>
  readonly host: string
  readonly logger: Logger
}): (cutover: string, report: Report, refusal: string) => Promise<void> {
  const { log, actor, host, logger } = deps
  return async (cutover, report, refusal) => {
    const what = outcomeIn(report)
    if (what === null) return
    const { attempt } = report
    if (refusal === 'no such cutover') {
      logger.error(
        { cutover, attempt, what },
        'a result of a cutover that the log does not know; it stays in the spool',
      )
      return
    }
    const known = (await log.load(cutover))?.state.attempts[attempt]?.status
    if (known !== undefined && known !== 'refused' && known !== 'revoked') return
    const text = `On ${host}, ${attempt} ${what}. The log knew nothing of its start: was it restored from a backup? Look at the target before this step is run again.`
    const told = await handleCommand(
      log,
      cutover,
      { type: 'report local act', text },
      { actor, key: ownKey(actor, attempt, 'not known') },
    )
    if (!told.ok)
      logger.error({ cutover, attempt, what, refusal: told.refusal.code }, 'a result could not be told')
  }
}

function outcomeIn(report: Report): string | null {
  if (report.type === 'report ended') return `ended: ${report.outcome}, ${report.summary}`
  return report.type === 'report unknown' ? `ended, and nobody knows how: ${report.why}` : null
}
