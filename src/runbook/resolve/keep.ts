import type { Plan } from '../../domain/plan.ts'
import type { Runbook } from '../runbook.ts'
import { durationMs } from '../values/duration.ts'

/** What the workers themselves keep and delete. */
const LOGS = 'logs'

/** How long each thing stays; what has no step that deletes it is a follow-up of the lead when its time is over. */
export function keepOf({
  head,
  steps,
}: Runbook): Pick<Plan, 'keepLogsMs'> & { readonly followUps: Plan['followUps'] } {
  const kept = Object.entries(head.keep ?? {})
  const logs = head.keep?.[LOGS]
  const cleans = steps.some((step) => step.kind === 'run' && step.document.uses === 'backup.cleanup')
  const followUps = kept.flatMap(([name, length]) => {
    const isDoneElsewhere = name === LOGS || (name === 'backups' && cleans)
    if (length === 'forever' || isDoneElsewhere) return []
    return [
      {
        id: `keep-${name}`,
        title: `Delete what was kept until now: ${name}`,
        owner: 'lead',
        due: { kind: 'after' as const, step: 'completed', ms: durationMs(length) },
        beforeLive: false,
      },
    ]
  })
  return {
    keepLogsMs: logs === undefined ? null : logs === 'forever' ? 'forever' : durationMs(logs),
    followUps,
  }
}
