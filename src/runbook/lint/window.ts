import type { Finding } from '../finding.ts'
import { complain } from '../rules/context.ts'
import { durationMs, spoken } from '../values/duration.ts'
import type { LintContext } from './context.ts'

/** What is expected of the window fits into it. */
export function windowFits(context: LintContext): Finding[] {
  const { window } = context.draft.head
  if (window?.expected === undefined) return []
  const overMs = durationMs(window.expected) - durationMs(window.length)
  if (overMs <= 0) return []
  return [
    complain(context, ['window', 'expected'], {
      code: 'plan-does-not-fit',
      message: `it is expected to take ${spoken(overMs)} longer than the window of ${spoken(durationMs(window.length))}`,
      hint: 'Make `length` longer; what is kept free after it is its `buffer`.',
    }),
  ]
}
