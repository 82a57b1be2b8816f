import type { Finding } from '../finding.ts'
import { backupOrder } from './backups.ts'
import type { LintContext, LintRule } from './context.ts'
import { estimates } from './estimates.ts'
import { openStates } from './open-states.ts'
import { reviewOverdue } from './review.ts'
import { liveIdentity, rollbackName, undoOrIrreversible } from './way-back.ts'

/** What is well-formed and would still go wrong at night. */
const RULES: readonly LintRule[] = [
  undoOrIrreversible,
  openStates,
  rollbackName,
  liveIdentity,
  backupOrder,
  estimates,
  reviewOverdue,
]

export const lintFindings = (context: LintContext): Finding[] => RULES.flatMap((rule) => rule(context))
