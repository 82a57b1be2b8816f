import type { JsonValue } from '../schema/primitives.ts'

/** A step of the draft: the keys of the language in the order in which they are written. */
export interface DraftStep {
  readonly id: string
  /** Line of the Markdown it comes from. */
  readonly line: number
  readonly document: { readonly [key: string]: JsonValue }
  /** What a command was, for the day when it must be kept with a person after all. */
  readonly command?: { readonly text: string }
}

/** A file that the draft names: a script, SQL, a notice. */
export interface DraftFile {
  /** Relative to the runbook's folder. */
  readonly path: string
  readonly text: string
}

export interface DraftPhase {
  readonly id: string
  readonly title: string
  readonly line: number
  readonly at?: JsonValue
  readonly steps: readonly DraftStep[]
}

/** The kind of a step by the key that it begins with. */
export const kindOf = ({ document }: DraftStep): string => Object.keys(document)[0] ?? 'do'
