import type { ActionCatalogue } from '../domain/catalogue.ts'
import { isMutating } from './mutating.ts'
import type { Draft, PlacedStep } from './runbook.ts'
import { workOf, writtenWork } from './work.ts'

/** Words by which an action says that it only reads a target. */
const READ_FROM: ReadonlySet<string> = new Set(['from', 'source'])

/** Targets that a step gives to its work, those first that it may change. */
export function targetsOf(
  step: PlacedStep,
  catalogue: ActionCatalogue,
): { readonly changed: string[]; readonly read: string[] } {
  const changed: string[] = []
  const read: string[] = []
  const mutating = isMutating(step, catalogue)
  for (const { document, path } of workOf(step)) {
    const work = writtenWork(document, path)
    const parameters = (work && catalogue[work.uses]?.parameters) ?? {}
    for (const [name, value] of Object.entries(work?.arguments ?? {})) {
      const target = parameters[name]?.type === 'target' ? value : envTarget(name, value)
      if (typeof target !== 'string') continue
      if (mutating && !READ_FROM.has(name)) changed.push(target)
      else read.push(target)
    }
  }
  return { changed, read }
}

const envTarget = (name: string, value: unknown): unknown =>
  name === 'env' && typeof value === 'object' && value !== null && 'target' in value
    ? value.target
    : undefined

/** Every target that a step of the plan changes, in the order in which they change first. */
export function changedTargets({ steps }: Draft, catalogue: ActionCatalogue): string[] {
  const inPlan = steps.filter(({ place }) => place === 'plan')
  return [...new Set(inPlan.flatMap((step) => targetsOf(step, catalogue).changed))]
}
