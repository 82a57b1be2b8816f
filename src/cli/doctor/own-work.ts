import { DEFAULT_POOL } from '../../runbook/resolve/steps.ts'
import { resolveTargets } from '../../runbook/resolve/targets.ts'
import type { Runbook } from '../../runbook/runbook.ts'
import { workOf, writtenWork, type WrittenWork } from '../../runbook/work.ts'
import { catalogue } from '../../actions/catalogue.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Place } from './place.ts'

/** A runbook of which something runs in the pool of this worker, and what. */
export interface OwnRunbook {
  readonly file: string
  readonly runbook: Runbook
  readonly work: readonly WrittenWork[]
}

export function ownRunbooks({ runbooks, pool }: Place): readonly OwnRunbook[] {
  return runbooks.flatMap(({ file, validation: { runbook } }) => {
    if (!runbook) return []
    const work = runbook.steps
      .filter(({ document }) => poolOf(document, runbook) === pool)
      .flatMap((step) => workOf(step))
      .flatMap(({ document, path }) => writtenWork(document, path) ?? [])
    return work.length > 0 ? [{ file, runbook, work }] : []
  })
}

const poolOf = (document: object, { head }: Runbook): string =>
  'pool' in document && typeof document.pool === 'string' ? document.pool : (head.pool ?? DEFAULT_POOL)

/** Targets as this environment has them, with the vars that nobody is asked for filled in. */
export function targetsIn(runbook: Runbook, environment: string): Plan['targets'] {
  const own = runbook.head.environments[environment]
  if (!own) return {}
  const defaults = Object.entries(runbook.head.vars ?? {}).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const values = {
    head: runbook.head,
    catalogue: catalogue(),
    vars: { ...Object.fromEntries(defaults), ...own.vars },
    cutover: { id: 'doctor', stamp: 'doctor' },
    environment,
  }
  return resolveTargets(values, own)
}
