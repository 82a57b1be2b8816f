import type { Finding } from '../finding.ts'
import { warningAt } from '../finding.ts'
import type { JsonValue } from '../schema/primitives.ts'
import type { Entry } from './blocks.ts'
import type { DraftFile, DraftPhase, DraftStep } from './draft-step.ts'
import type { Ledger } from './ledger.ts'
import { foundKind } from './ledger.ts'
import type { DraftNotice } from './notices.ts'
import type { Section } from './outline.ts'
import type { DraftPeople } from './people.ts'
import { makePeople } from './people.ts'
import { zeroClockOf } from './phases.ts'
import { makeRollback } from './rollback.ts'
import type { DraftRollback } from './rollback.ts'
import type { StepContext } from './steps.ts'
import { RESERVED } from '../values/reference.ts'
import { makeIds } from './words.ts'

/** What the sections of a document hold, as it is read. */
export interface Collection {
  readonly root: Section
  readonly file: string
  readonly people: DraftPeople
  readonly phases: DraftPhase[]
  readonly rollback: DraftRollback
  readonly tells: { readonly notice: DraftNotice; readonly step: DraftStep }[]
  readonly success: JsonValue[]
  readonly followUps: JsonValue[]
  readonly files: DraftFile[]
  readonly findings: Finding[]
  /** Lines that the document says about itself. */
  readonly told: string[]
  readonly context: StepContext
  /** Whether a step asks or changes a database. */
  readonly usesTarget: () => boolean
  /** Says what an entry of a list became. */
  readonly became: (entry: Entry, as: string, where: string) => void
  readonly addPhase: (phase: Omit<DraftPhase, 'id'>) => void
}

/** Names that the draft itself uses. */
const TAKEN = ['main', 'phase-1', 'write-steps']

export function makeCollection(root: Section, ledger: Ledger, folder: string, file: string): Collection {
  const people = makePeople()
  const phases: DraftPhase[] = []
  const files: DraftFile[] = []
  const findings: Finding[] = []
  const newId = makeIds([...TAKEN, ...Object.keys(RESERVED)])
  const zeroClock = zeroClockOf(root)
  let usesTarget = false
  return {
    root,
    file,
    people,
    phases,
    rollback: makeRollback(),
    tells: [],
    success: [],
    followUps: [],
    files,
    findings,
    told: [],
    usesTarget: () => usesTarget,
    became: (entry, as, where) => ledger.place(foundKind(entry), entry.line, { as, where }),
    addPhase(phase) {
      if (phase.steps.length > 0) phases.push({ id: newId(phase.title), ...phase })
    },
    context: {
      newId,
      folder,
      ledger,
      roles: people.roles,
      needsTarget: () => (usesTarget = true),
      addFile: (added) => files.push(added),
      tell: (line, complaint) => findings.push(warningAt({ file, line, col: 1 }, complaint)),
      ...(zeroClock === undefined ? {} : { zeroClock }),
    },
  }
}
