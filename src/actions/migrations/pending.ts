import { z } from 'zod'
import type { CheckResult } from '../action.ts'
import { count } from '../wording.ts'
import { listed } from './migrate.ts'

export const pendingShape = {
  exactly: z
    .array(z.string().min(1))
    .optional()
    .describe('Green when exactly these are pending, in this order; without it, when none is.'),
}

export const PENDING_FACTS = { pending: 'list', count: 'int' } as const

/** `rows` is how many are pending, `value` their names, joined by ", ". */
export function pendingResult(pending: readonly string[], exactly: readonly string[] = []): CheckResult {
  const unexpected = pending.filter((name) => !exactly.includes(name))
  const missing = exactly.filter((name) => !pending.includes(name))
  const inOrder = pending.join('\n') === exactly.join('\n')
  const differs = [
    unexpected.length === 0 ? '' : `not expected: ${listed(unexpected)}`,
    missing.length === 0 ? '' : `expected and not pending: ${listed(missing)}`,
    unexpected.length + missing.length > 0 || inOrder ? '' : 'in another order than expected',
  ].filter((part) => part !== '')
  const seen =
    pending.length === 0
      ? 'none pending'
      : `${count(pending.length, 'migration')} pending: ${listed(pending)}`
  return {
    green: inOrder,
    answer: exactly.length > 0 && differs.length > 0 ? `${seen} (${differs.join('; ')})` : seen,
    facts: { pending, count: pending.length },
    measured: { rows: pending.length, value: pending.join(', ') },
  }
}
