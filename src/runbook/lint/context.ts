import type { Finding } from '../finding.ts'
import type { Context } from '../rules/context.ts'
import type { NamedFile } from '../runbook.ts'

/** A rule of lint sees the named files too. */
export interface LintContext extends Context {
  readonly files: ReadonlyMap<string, NamedFile>
  /** `YYYY-MM-DD`. */
  readonly today?: string
}

export type LintRule = (context: LintContext) => Finding[]
