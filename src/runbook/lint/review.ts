import type { Finding } from '../finding.ts'
import { doubt } from '../rules/context.ts'
import type { LintContext } from './context.ts'

/** A runbook whose review is overdue describes the system as it was. */
export function reviewOverdue(context: LintContext): Finding[] {
  const { review } = context.draft.head
  const { today } = context
  const isDate = review !== undefined && /^\d/.test(review)
  if (!isDate || today === undefined || review >= today) return []
  return [
    doubt(context, ['review'], {
      code: 'review-overdue',
      message: `this runbook was to be looked over again by ${review}`,
      hint: 'Go through it with those who will carry it out, then set `updated` and the next `review`.',
    }),
  ]
}
