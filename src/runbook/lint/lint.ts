import type { Finding } from '../finding.ts'
import type { LintContext, LintRule } from './context.ts'

const RULES: readonly LintRule[] = []

export const lintFindings = (context: LintContext): Finding[] => RULES.flatMap((rule) => rule(context))
