import type { ActionCatalogue } from '../../domain/catalogue.ts'
import { errorAt, warningAt } from '../finding.ts'
import type { Complaint, Finding } from '../finding.ts'
import type { Index } from '../names.ts'
import type { Draft } from '../runbook.ts'
import type { Path } from '../source.ts'

/** What a rule looks at. */
export interface Context {
  readonly draft: Draft
  readonly index: Index
  readonly catalogue: ActionCatalogue
}

/** One question put to the whole runbook. */
export type Rule = (context: Context) => Finding[]

/** A finding at the value of a path. */
export const complain = ({ draft }: Context, path: Path, complaint: Complaint): Finding =>
  errorAt(draft.source.spot(path), complaint)

/** A finding at the key that a path ends with. */
export const complainOfKey = ({ draft }: Context, path: Path, complaint: Complaint): Finding =>
  errorAt(draft.source.keySpot(path), complaint)

export const doubt = ({ draft }: Context, path: Path, complaint: Complaint): Finding =>
  warningAt(draft.source.spot(path), complaint)
