import { sumOf, type PartEstimates } from '../../domain/parts.ts'
import type { Range } from '../../domain/plan.ts'
import type { StepDocument } from '../schema/steps.ts'
import { rangeMs } from './duration.ts'

export const rangesOf = (written: Readonly<Record<string, string>>): PartEstimates =>
  Object.fromEntries(Object.entries(written).map(([name, range]) => [name, rangeMs(range)]))

/** How long a step takes: as it says, or as its parts do together. */
export function rangeOf(document: StepDocument): Range | undefined {
  if (document.estimate !== undefined) return rangeMs(document.estimate)
  return 'estimates' in document && document.estimates !== undefined
    ? sumOf(rangesOf(document.estimates))
    : undefined
}
