import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { offsetOf } from '../values/offset.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'

/** Steps come in order: what is needed to complete cannot stand behind what begins once it is completed. */
export function afterCompletion(context: Context): Finding[] {
  const plan = context.draft.steps.filter(({ place }) => place === 'plan')
  const first = plan.findIndex((step) => comesAfterCompletion(context, step))
  if (first === -1) return []
  const behind = plan.slice(first + 1).find((step) => !comesAfterCompletion(context, step))
  const late = plan[first]
  if (behind === undefined || late === undefined) return []
  return [
    complain(context, late.path, {
      code: 'waits-for-completion',
      message: `"${late.title}" begins after completion, and "${behind.title}" stands behind it and is needed to complete: neither would ever begin`,
      hint: 'Put what comes after completion into phases at the end, with `at: { after: completed +3d }`.',
    }),
  ]
}

/** Whether a step, by itself or by its phase, waits until the cutover is completed. */
export function comesAfterCompletion({ draft }: Context, step: PlacedStep): boolean {
  const { at: written } = step.document
  const at = written === undefined ? draft.phases.find(({ id }) => id === step.phase)?.at : offsetOf(written)
  return at?.kind === 'after' && at.step === 'completed'
}
