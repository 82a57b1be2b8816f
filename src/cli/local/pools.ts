import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_POOL } from '../../runbook/resolve/steps.ts'
import { validateFile } from '../validations.ts'

/** Every pool that the runbooks of a folder name, each once. */
export function poolsOf(runbooks: string): readonly string[] {
  const files = readdirSync(runbooks).filter((name) => name.endsWith('.yaml'))
  const pools = files.flatMap((file) => {
    const { runbook } = validateFile(join(runbooks, file))
    if (!runbook) return []
    const own = runbook.head.pool ?? DEFAULT_POOL
    return runbook.steps.map(({ document }) => ('pool' in document ? document.pool : undefined) ?? own)
  })
  return [...new Set(pools)].sort()
}
