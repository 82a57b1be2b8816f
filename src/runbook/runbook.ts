import type { Branch, Offset, Place, StepKind } from '../domain/plan.ts'
import type { Path, Source } from './source.ts'
import type { Head, HeadParts, RollbackDocument, WayBackDocument } from './schema/document.ts'
import type {
  CheckDocument,
  Criterion,
  DecideDocument,
  DoDocument,
  RunDocument,
  TellDocument,
  WatchDocument,
} from './schema/steps.ts'

interface Placed<Kind extends StepKind, Document> {
  readonly kind: Kind
  readonly document: Document
  readonly id: string
  /** Only a stated id may be referred to. */
  readonly idStated: boolean
  readonly title: string
  readonly place: Exclude<Place, 'built-in' | 'notice'>
  /** Id of the phase it stands in. */
  readonly phase?: string
  /** The option that it belongs to; an inverse that of its original. */
  readonly branch?: Branch
  /** For an inverse: the step that it undoes. */
  readonly undoes?: string
  /** For a step of one way back: the name of it. */
  readonly wayBack?: string
  readonly path: Path
  /** Made for a metric; nobody wrote it as a step. */
  readonly generated?: true
}

export type PlacedStep =
  | Placed<'do', DoDocument>
  | Placed<'check', CheckDocument>
  | Placed<'run', RunDocument>
  | Placed<'decide', DecideDocument>
  | Placed<'tell', TellDocument>
  | Placed<'watch', WatchDocument>

export interface PlacedPhase {
  readonly id: string
  readonly title: string
  readonly at?: Offset
  /** What is judged at its end. */
  readonly checkpoint?: readonly Criterion[]
  readonly path: Path
  readonly steps: readonly PlacedStep[]
}

/** Alternatives within a phase; their steps stand among those of the phase. */
export interface PlacedChoice {
  readonly id: string
  readonly idStated: boolean
  readonly question: string
  readonly by?: string
  readonly phase: string
  readonly path: Path
  readonly options: readonly { readonly id: string; readonly steps: readonly string[] }[]
}

/** One of several ways back. */
export interface PlacedWayBack {
  readonly id: string
  readonly document: Omit<WayBackDocument, 'steps'>
  readonly path: Path
  /** Absent: the computed inverses. */
  readonly steps?: readonly PlacedStep[]
}

/** A runbook as far as it could be read: what is malformed is left out, so that the rest can still be looked at. */
export interface Draft {
  readonly source: Source
  readonly head: HeadParts
  readonly phases: readonly PlacedPhase[]
  readonly choices: readonly PlacedChoice[]
  readonly rollback: Omit<RollbackDocument, 'before' | 'after' | 'options'>
  readonly before: readonly PlacedStep[]
  readonly waysBack: readonly PlacedWayBack[]
  readonly after: readonly PlacedStep[]
  /** Every step: those of the phases in order, each followed by its inverse, then those of and around a rollback. */
  readonly steps: readonly PlacedStep[]
  /** Names of things that are there but malformed: referring to them is no second error. */
  readonly broken: ReadonlySet<string>
  /** Something was left out, so that what looks at the plan as a whole cannot be trusted. */
  readonly partial: boolean
}

/** A named file as it was when the runbook was validated. */
export interface NamedFile {
  readonly text: string
  /** sha256, hex. */
  readonly sha256: string
}

/** A runbook without errors, ready to be resolved for one environment. */
export interface Runbook extends Draft {
  readonly head: Head
  /** sha256 over its text and every file it names, hex. */
  readonly hash: string
  /** Scripts and SQL files by their path relative to the runbook's folder. */
  readonly files: ReadonlyMap<string, NamedFile>
  readonly templates: ReadonlyMap<string, NamedFile>
}
