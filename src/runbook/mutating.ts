import type { ActionCatalogue } from '../domain/catalogue.ts'
import type { PlacedStep } from './runbook.ts'
import { writtenWork } from './work.ts'

/** Keys by which a person's step says that it changes something. */
const CHANGES = ['opens', 'closes', 'undo', 'irreversible'] as const

/**
 * Whether a step changes something: a `run`, unless its action only adds or the step says `read_only`; a `do`,
 * when it opens or closes a state or says whether it can be undone.
 */
export function isMutating(step: PlacedStep, catalogue: ActionCatalogue): boolean {
  switch (step.kind) {
    case 'do':
      return CHANGES.some((key) => key in step.document)
    case 'run': {
      if (step.document.read_only === true) return false
      const work = writtenWork(step.document, step.path)
      return work === undefined || (catalogue[work.uses]?.mutating ?? true)
    }
    default:
      return false
  }
}
