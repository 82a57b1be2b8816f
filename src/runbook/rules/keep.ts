import type { Finding } from '../finding.ts'
import { offsetOf } from '../values/offset.ts'
import { durationMs, spoken } from '../values/duration.ts'
import type { Context } from './context.ts'
import { complain } from './context.ts'

/** A backup is not deleted before the time that it is to be kept. */
export function keep(context: Context): Finding[] {
  const { head, steps } = context.draft
  const days = head.keep?.['backups']
  if (days === undefined) return []
  return steps.flatMap((step) => {
    if (step.kind !== 'run' || step.document.uses !== 'backup.cleanup') return []
    const at =
      step.document.at === undefined
        ? context.draft.phases.find((phase) => phase.steps.includes(step))?.at
        : offsetOf(step.document.at)
    const isLate =
      days !== 'forever' && at?.kind === 'after' && at.step === 'completed' && at.ms >= durationMs(days)
    if (isLate) return []
    const kept = days === 'forever' ? 'for ever' : `for ${spoken(durationMs(days))}`
    return [
      complain(context, [...step.path, step.document.at === undefined ? 'run' : 'at'], {
        code: 'deleted-too-early',
        message: `\`keep\` says that backups stay ${kept}, and "${step.title}" deletes one before that`,
        hint:
          days === 'forever'
            ? 'Remove the step, or say in `keep` how long backups stay.'
            : `Give the step \`at: { after: completed +${days} }\`.`,
      }),
    ]
  })
}
